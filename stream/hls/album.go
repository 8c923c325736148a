package hls

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"

	"segue/stream/container"
)

// Album is a folder's tracks, joined into one playlist.
type Album struct{ Master, Playlist, Info *Text }

func (a *Album) bytes() int64 { return 256 + a.Master.size() + a.Playlist.size() + a.Info.size() }

// AlbumTrack is one file of an album.
type AlbumTrack struct {
	Path, Name    string // "/a/b.flac", "b.flac", not escaped
	Title, Artist string
	Number        int
	Media         *Media // or Err
	Err           error  // why the file cannot be packaged
}

type albumJSON struct {
	Version    string           `json:"version"`
	Duration   float64          `json:"duration"`
	Album      string           `json:"album,omitempty"`
	Tracks     []albumTrackJSON `json:"tracks"`
	LeftOut    []leftOutJSON    `json:"left_out,omitempty"`
	Renditions []albumRendition `json:"renditions"`
}

type albumTrackJSON struct {
	Path     string  `json:"path"`
	URI      string  `json:"uri"`
	Title    string  `json:"title,omitempty"`
	Artist   string  `json:"artist,omitempty"`
	Track    int     `json:"track,omitempty"`
	Start    float64 `json:"start"`
	Duration float64 `json:"duration"`
	Codec    string  `json:"codec"`
	Segments int     `json:"segments"`
	Joined   bool    `json:"joined"` // goes on where the track before ended, without a DISCONTINUITY
}

type leftOutJSON struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

type albumRendition struct {
	Name      string `json:"name"`
	URI       string `json:"uri"`
	Codecs    string `json:"codecs"`
	Bandwidth int64  `json:"bandwidth"`
	Average   int64  `json:"average_bandwidth"`
}

// Join makes the album of a folder. Its segments are those of the tracks. Tracks
// follow each other without a DISCONTINUITY where the codec's configuration is
// the same and no encoder added samples between them: then the timestamps go on.
// Else a DISCONTINUITY and the track's own init section, whose edit list cuts
// what was added.
//
// One playlist cannot go from fMP4 back to packed audio: an EXT-X-MAP holds until
// the next. What differs from the first track in this is left out, and named.
func Join(name string, tracks []AlbumTrack) (*Album, error) {
	out := albumJSON{Album: name, Tracks: []albumTrackJSON{}}
	sum := sha256.New()
	j := joiner{first: true}
	whole := Rendition{Kind: "audio"}
	for i := range tracks {
		t := &tracks[i]
		reason := ""
		var r *Rendition
		switch {
		case t.Err != nil:
			reason = Reason(t.Err)
		default:
			for _, have := range t.Media.Renditions {
				if have.Kind == "audio" {
					r = have
				}
			}
			switch {
			case r == nil:
				reason = "it holds no sound"
			case len(out.Tracks) > 0 && r.Packed() != j.packed:
				reason = "it is " + r.Name + ", which cannot follow " + out.Tracks[0].Codec + " in one playlist"
			}
		}
		if reason != "" {
			out.LeftOut = append(out.LeftOut, leftOutJSON{t.Path, reason})
			continue
		}
		fmt.Fprintln(sum, t.Path, t.Media.Version)
		uri := "../" + url.PathEscape(t.Name) + "/hls/"
		start := j.seconds
		joined := j.add(r, uri+r.Name+"/")
		var music float64
		for k := range r.parts {
			p := &r.parts[k]
			music += float64(p.duration-p.delay-p.padding) / float64(p.run.Rate)
			whole.parts = append(whole.parts, *p)
		}
		whole.Bandwidth = max(whole.Bandwidth, r.Bandwidth)
		whole.Bytes += r.Bytes
		out.Tracks = append(out.Tracks, albumTrackJSON{
			Path: t.Path, URI: uri, Title: t.Title, Artist: t.Artist, Track: t.Number, Start: round6(start), Duration: round6(music),
			Codec: r.Name, Segments: r.Segments(), Joined: joined,
		})
	}
	if len(out.Tracks) == 0 {
		return nil, &container.Error{Kind: container.ErrNotMedia, Reason: "the folder holds no track that can be packaged"}
	}
	whole.Average = int64(math.Ceil(float64(whole.Bytes*8) / j.seconds))
	out.Version = hex.EncodeToString(sum.Sum(nil)[:8])
	out.Duration = round6(j.seconds)
	whole.Name = "."
	master, err := masterOf([]*Rendition{&whole}, "")
	if err != nil {
		return nil, err
	}
	// An album is a rendition of the folder itself.
	master = newText(bytes.Replace(master.Body, []byte("./index.m3u8"), []byte("index.m3u8"), 1))
	codecs := ""
	for i, c := range whole.codecs() {
		if i > 0 {
			codecs += ","
		}
		codecs += c
	}
	out.Renditions = []albumRendition{{out.Tracks[0].Codec, "index.m3u8", codecs, whole.Bandwidth, whole.Average}}
	info, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return &Album{Master: master, Playlist: newText(j.end()), Info: newText(info)}, nil
}

// Reason is what an error says of a file, for its owner.
func Reason(err error) string {
	var bad *container.Error
	if errors.As(err, &bad) {
		return bad.Reason
	}
	return "it cannot be read just now"
}

// joiner writes the media playlist of an album.
type joiner struct {
	body    []byte
	target  int
	first   bool
	packed  bool
	seconds float64
	last    *part // the part before
	codec   container.Codec
	base    int64 // where the next part begins, on the timeline of the last
	rate    bitrate
}

// add appends a track's segments, which stand below uri, and reports whether
// it goes on where the one before ended.
func (j *joiner) add(r *Rendition, uri string) (joined bool) {
	j.packed = r.Packed()
	joined = true
	for i := range r.parts {
		p := &r.parts[i]
		goesOn := !j.first && j.codec == r.Track.Codec && joinable(r.Track.Codec, j.last, p)
		rate := int64(p.run.Rate)
		switch {
		case goesOn:
		case j.packed:
			j.base = 0 // so that caches hold a segment once, for the track and for the album
		case j.last != nil:
			j.base = j.base * rate / int64(j.last.run.Rate) // see after
		}
		if !goesOn {
			if !j.first {
				j.body = append(j.body, "#EXT-X-DISCONTINUITY\n"...)
			}
			if !j.packed {
				j.body = append(append(append(j.body, "#EXT-X-MAP:URI=\""...), uri+r.initName(i)...), "\"\n"...)
			}
			j.rate, joined = bitrate{}, false
		}
		for n := r.first[i]; n < r.first[i+1]; n++ {
			s := r.ref(n)
			exact := float64(s.duration) / float64(rate)
			j.seconds += exact
			j.target = max(j.target, int(exact+0.5))
			j.body = j.rate.append(j.body, float64(r.size(&s)*8)/exact)
			j.body = appendDuration(j.body, j.base+s.time, j.base+s.time+s.duration, rate)
			j.body = append(j.body, uri+r.media.Version+"/"+strconv.Itoa(n)...)
			if j.base > 0 {
				j.body = append(append(j.body, '-'), strconv.FormatInt(j.base, 10)...)
			}
			j.body = append(append(j.body, r.Extension...), '\n')
		}
		j.base += p.duration
		j.last, j.codec, j.first = p, r.Track.Codec, false
	}
	return joined
}

func (j *joiner) end() []byte {
	head := "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:" + strconv.Itoa(max(j.target, 1)) +
		"\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
	return append([]byte(head), append(j.body, "#EXT-X-ENDLIST\n"...)...)
}

// joinable reports whether b can go on where a ended, under a's init section.
func joinable(codec container.Codec, a, b *part) bool {
	if a.run.Entry == nil || b.run.Entry == nil || a.run.Rate != b.run.Rate || a.padding != 0 || b.delay != 0 || b.lead != 0 {
		return false
	}
	if codec != container.CodecFLAC {
		return a.run.Roll == 0 && bytes.Equal(a.run.Entry, b.run.Entry)
	}
	return bytes.Equal(decoderOf(a.run.Entry), decoderOf(b.run.Entry))
}

// decoderOf is what of a FLAC sample entry a decoder goes by: not the sizes of
// frames, the number of samples and their MD5, which are each file's own
// (RFC 9639 8.2).
func decoderOf(entry []byte) []byte {
	at := bytes.Index(entry, []byte("dfLa"))
	if at < 0 || len(entry) < at+12+34 {
		return entry
	}
	e := bytes.Clone(entry)
	info := e[at+12:]
	clear(info[4:10])  // frame sizes
	info[13] &= 0xf0   // the high bits of the number of samples
	clear(info[14:34]) // the rest of it, and the MD5
	return e
}
