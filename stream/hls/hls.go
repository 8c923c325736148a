// Package hls packages a media file for HTTP Live Streaming just in time: its
// index becomes playlists, and a segment is a short header with extents of the
// file behind it. Nothing is transcoded and nothing is stored twice.
//
// What is made is a pure function of the file's bytes, the packager's version,
// the rendition and the number. Names carry a version that is made of these, so
// that every node answers alike, a changed file changes every name, and an old
// name is gone rather than other bytes.
//
// Sources: RFC 8216 and draft-pantos-hls-rfc8216bis (playlists, packed audio),
// ISO/IEC 14496-12 and 23000-19 (CMAF), Apple's HLS Authoring Specification.
package hls

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync/atomic"

	"segue/stream/container"
)

// packager is raised whenever the same file gives other bytes than before.
const packager = 1

// Media is one version of a file, packaged. It is safe for concurrent use.
type Media struct {
	Index   *container.Index
	Version string // 16 hex digits
	// Format is the file's own: the index's, but "wav" or "aiff" for what was
	// converted.
	Format     string
	Renditions []*Rendition
	Master     *Text
	Info       *Text
	// Of a window, the same for who asks from within its folder.
	MasterInside, InfoInside *Text

	converted string // name of the FLAC that stands in for the file, if any
}

// Rendition is one track of a file, or of a window of it, in segments.
type Rendition struct {
	Name  string // of the codec: "flac", "mp3", "h264"
	Kind  string // "audio" or "video"
	Track *container.Track
	// Extension of segments, with its dot, and their media type.
	Extension, ContentType string
	Playlist               *Text
	// PlaylistOutside is a window's, for who asks from outside its folder.
	PlaylistOutside *Text
	Bandwidth       int64 // of the segment that needs most, bit/s (RFC 8216 4.3.4.2)
	Average         int64 // of all segments, bit/s
	Bytes           int64 // of all segments

	media      *Media
	complained atomic.Bool // that a segment cannot be cut
	parts      []part
	refs       []ref // of a window; else made when needed
	first      []int // the number of each part's first segment, and the count of all
	inits      []atomic.Pointer[Segment]
	slots      []atomic.Pointer[Segment]
}

// part is a run of the track, or what a window leaves of it: frames with one
// init section and one timeline.
type part struct {
	run            *container.Run
	lead           int64 // silence before it: sound that begins after the pictures
	start          int64 // what the first frame's time is in the segments
	began          int64 // of a window's, what it was in the whole
	delay, padding int64
	duration       int64
	// ahead is added to the composition times of pictures, so that none is
	// negative: players drop those, and the sync sample with them.
	ahead int32
}

// music is how long the part is heard, with the silence before it.
func (p *part) music() int64 { return p.lead + p.duration - p.delay - p.padding }

// after is the time at which a part begins that follows p, in units of rate.
// Parts have a DISCONTINUITY between them, and could begin at 0 each; but then
// players made of ffmpeg sort frames of one part in between those of another.
func (p *part) after(rate uint32) int64 {
	end := p.start + p.duration
	return end/int64(p.run.Rate)*int64(rate) + end%int64(p.run.Rate)*int64(rate)/int64(p.run.Rate)
}

// ref says which frames a segment holds: those of cuts k to k+n of the part's
// run, without the first lo, and of them the next count.
type ref struct {
	part      int
	k, n      int
	lo, count int64
	time      int64 // of the first frame, on the part's timeline
	duration  int64
	bytes     int64
}

// Packed reports whether segments hold frames behind an ID3 tag instead of fMP4.
func (r *Rendition) Packed() bool { return r.parts[0].run.Entry == nil }

// Segments is how many segments there are.
func (r *Rendition) Segments() int { return r.first[len(r.first)-1] }

// Inits is how many init sections there are, 0 with packed audio.
func (r *Rendition) Inits() int {
	if r.Packed() {
		return 0
	}
	return len(r.parts)
}

// New packages a file by its index. format is the file's own when the index is
// of a conversion, else empty.
func New(x *container.Index, format string) (*Media, error) {
	m := &Media{Index: x, Version: version(x), Format: format}
	if format == "" {
		m.Format = string(x.Format)
	}
	var ahead int64 // of the pictures, in microseconds
	for _, t := range []struct {
		kind  string
		track *container.Track
	}{{"video", x.Video}, {"audio", x.Audio}} {
		if t.track == nil {
			continue
		}
		r := newRendition(m, t.kind, t.track)
		for i := range t.track.Runs {
			run := &t.track.Runs[i]
			p := part{run: run, lead: run.Start, start: run.Start, delay: run.Delay, padding: run.Padding, duration: run.Duration}
			if t.kind == "video" {
				// Pictures that an edit list hides are shown, and sound waits for them.
				p.ahead, p.delay = int32(run.Delay), 0
				ahead = micros(run.Delay, int64(run.Rate))
			} else if i == 0 && ahead > 0 {
				wait := samples(ahead, int64(run.Rate))
				p.lead, p.start = p.lead+wait, p.start+wait
			}
			if i > 0 {
				p.start = r.parts[i-1].after(run.Rate)
			}
			r.parts = append(r.parts, p)
			r.first = append(r.first, r.first[i]+run.Segments())
		}
		m.Renditions = append(m.Renditions, r)
	}
	return m, m.render("")
}

func newRendition(m *Media, kind string, t *container.Track) *Rendition {
	r := &Rendition{Name: string(t.Codec), Kind: kind, Track: t, media: m, first: []int{0}, Extension: ".m4s", ContentType: kind + "/mp4"}
	if t.Runs[0].Entry == nil { // RFC 8216bis 3.1.3
		switch t.Codec {
		case container.CodecMP3:
			r.Extension, r.ContentType = ".mp3", "audio/mpeg"
		default:
			r.Extension, r.ContentType = ".aac", "audio/aac"
		}
	}
	return r
}

// render writes all text of the media. window is the folder of a window's
// renditions below the one of the master playlist, with its slash, or empty.
func (m *Media) render(window string) error {
	target := 1
	for _, r := range m.Renditions {
		if r.Segments() == 0 {
			return &container.Error{Kind: container.ErrBroken, Reason: "it holds no whole frame of " + r.Name}
		}
		r.slots = make([]atomic.Pointer[Segment], r.Segments())
		r.inits = make([]atomic.Pointer[Segment], r.Inits())
		for n := range r.Segments() {
			s := r.ref(n)
			target = max(target, int(float64(s.duration)/float64(r.parts[s.part].run.Rate)+0.5))
		}
	}
	for _, r := range m.Renditions {
		r.Playlist = r.render("", target)
		if window != "" {
			r.PlaylistOutside = r.render("../"+window+r.Name+"/", target)
		}
	}
	var err error
	text := func(to **Text, write func(string) (*Text, error), folder string) {
		if err == nil {
			*to, err = write(folder)
		}
	}
	text(&m.Master, m.master, window)
	text(&m.Info, m.info, window)
	if window != "" {
		text(&m.MasterInside, m.master, "")
		text(&m.InfoInside, m.info, "")
	}
	return err
}

// Find returns the rendition of a name, or nil.
func (m *Media) Find(name []byte) *Rendition {
	for _, r := range m.Renditions {
		if r.Name == string(name) {
			return r
		}
	}
	return nil
}

// Seconds is how long the media is: its sound without delay and padding, else
// its pictures.
func (m *Media) Seconds() float64 {
	var longest float64
	for _, r := range m.Renditions {
		var s float64
		for i := range r.parts {
			p := &r.parts[i]
			s += float64(p.music()) / float64(p.run.Rate)
		}
		longest = max(longest, s)
	}
	return longest
}

// ref finds segment n, which there is.
func (r *Rendition) ref(n int) ref {
	if r.refs != nil {
		return r.refs[n]
	}
	i := 0
	for n >= r.first[i+1] {
		i++
	}
	run := r.parts[i].run
	k := n - r.first[i]
	a, b := &run.Cuts[k], &run.Cuts[k+1]
	return ref{part: i, k: k, n: 1, count: b.Frame - a.Frame, time: a.Time, duration: b.Time - a.Time, bytes: b.Bytes - a.Bytes}
}

// version is 64 bits of a hash of all that the segments are made of.
func version(x *container.Index) string {
	h := sha256.New()
	fmt.Fprintf(h, "segue hls %d\n%s %d %x\n", packager, x.Format, x.Size, x.Content)
	for _, t := range []*container.Track{x.Audio, x.Video} {
		if t == nil {
			fmt.Fprint(h, "none\n")
			continue
		}
		for i := range t.Runs {
			r := &t.Runs[i]
			fmt.Fprintf(h, "%s %s %d %d %d %d %d %d %d %x\n", t.Codec, r.Codecs, r.Rate, r.Frames, r.Duration, r.Start, r.Delay, r.Padding, r.Roll, r.Entry)
			for j := range r.Cuts {
				c := &r.Cuts[j]
				var b [32]byte
				binary.BigEndian.PutUint64(b[:], uint64(c.Frame))
				binary.BigEndian.PutUint64(b[8:], uint64(c.Time))
				binary.BigEndian.PutUint64(b[16:], uint64(c.Bytes))
				binary.BigEndian.PutUint64(b[24:], uint64(c.Offset))
				h.Write(b[:])
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (r *Rendition) segmentName(n int) string {
	return r.media.Version + "/" + strconv.Itoa(n) + r.Extension
}

func (r *Rendition) initName(part int) string {
	if part == 0 {
		return r.media.Version + "/init.mp4"
	}
	return r.media.Version + "/init-" + strconv.Itoa(part) + ".mp4"
}
