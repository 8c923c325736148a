package validate

import (
	"bytes"
	"fmt"
	"math"
	"path"
	"sort"
	"strings"
	"sync"
	"testing"
)

const sound = "-f lavfi -i aevalsrc=0.2*sin(440*t*2*PI)+0.1*sin(1000*t*t):s=16000:d=20 "

// bases are good streams, made once.
var bases = map[string]*struct {
	make func(t testing.TB) *site
	once sync.Once
	site *site
}{
	"flac": {make: func(t testing.TB) *site {
		s := ffmpeg(t, words(sound+"-c:a flac -frame_size 1024 -strict -2 -threads 1 -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments -hls_segment_type fmp4 -hls_segment_filename s%d.m4s index.m3u8")...)
		s.master(t, `CODECS="fLaC"`, "index.m3u8")
		return s
	}},
	"range": {make: func(t testing.TB) *site {
		s := ffmpeg(t, words(sound+"-c:a flac -frame_size 1024 -strict -2 -threads 1 -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments+single_file -hls_segment_type fmp4 -hls_segment_filename s.mp4 index.m3u8")...)
		s.master(t, `CODECS="fLaC"`, "index.m3u8")
		return s
	}},
	"aac": {make: func(t testing.TB) *site {
		s := ffmpeg(t, words(sound+"-ar 44100 -ac 2 -c:a aac -b:a 64k -threads 1 -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments -hls_segment_type fmp4 -hls_segment_filename s%d.m4s index.m3u8")...)
		s.master(t, `CODECS="mp4a.40.2"`, "index.m3u8")
		return s
	}},
	"opus": {make: func(t testing.TB) *site {
		s := ffmpeg(t, words(sound+"-c:a libopus -b:a 32k -strict -2 -threads 1 -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments -hls_segment_type fmp4 -hls_segment_filename s%d.m4s index.m3u8")...)
		s.master(t, `CODECS="Opus"`, "index.m3u8")
		return s
	}},
	"alac": {make: func(t testing.TB) *site {
		s := ffmpeg(t, words(sound+"-c:a alac -strict -2 -threads 1 -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments -hls_segment_type fmp4 -hls_segment_filename s%d.m4s index.m3u8")...)
		s.master(t, `CODECS="alac"`, "index.m3u8")
		return s
	}},
	"ts": {make: func(t testing.TB) *site {
		s := ffmpeg(t, words(sound+"-ar 44100 -ac 2 -c:a aac -b:a 64k -threads 1 -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments -hls_segment_filename s%d.ts index.m3u8")...)
		s.master(t, `CODECS="mp4a.40.2"`, "index.m3u8")
		return s
	}},
	"film": {make: func(t testing.TB) *site { // sound and pictures in one TS
		s := ffmpeg(t, words("-f lavfi -i testsrc=s=160x120:r=25:d=20 "+sound+"-ar 44100 -c:v libx264 -preset veryfast -threads 1 -g 50 -b:v 80k -pix_fmt yuv420p -c:a aac -b:a 48k -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments -hls_segment_filename s%d.ts -master_pl_name ff.m3u8 index.m3u8")...)
		_, codecs, _ := strings.Cut(string(s.files["ff.m3u8"]), "CODECS=")
		codecs, _, _ = strings.Cut(codecs, "\n")
		s.master(t, "RESOLUTION=160x120,FRAME-RATE=25.000,CODECS="+codecs, "index.m3u8")
		return s
	}},
	"muxed": {make: func(t testing.TB) *site { // sound and pictures in one fMP4
		s := ffmpeg(t, words("-f lavfi -i testsrc=s=160x120:r=25:d=20 "+sound+"-ar 44100 -c:v libx264 -preset veryfast -threads 1 -g 50 -b:v 80k -pix_fmt yuv420p -c:a aac -b:a 48k -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments -hls_segment_type fmp4 -hls_segment_filename s%d.m4s -master_pl_name ff.m3u8 index.m3u8")...)
		_, codecs, _ := strings.Cut(string(s.files["ff.m3u8"]), "CODECS=")
		codecs, _, _ = strings.Cut(codecs, "\n")
		s.master(t, "RESOLUTION=160x120,FRAME-RATE=25.000,CODECS="+codecs, "index.m3u8")
		return s
	}},
	"split": {make: func(t testing.TB) *site { // sound and pictures apart, fMP4
		s := ffmpeg(t, words("-f lavfi -i testsrc=s=160x120:r=25:d=20 "+sound+"-map 0 -c:v libx264 -preset veryfast -threads 1 -bf 0 -g 50 -b:v 80k -pix_fmt yuv420p -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments -hls_segment_type fmp4 -hls_fmp4_init_filename v.mp4 -hls_segment_filename v%d.m4s video.m3u8 "+
			"-map 1 -c:a flac -frame_size 320 -strict -2 -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments -hls_segment_type fmp4 -hls_fmp4_init_filename a.mp4 -hls_segment_filename a%d.m4s audio.m3u8")...)
		avcc := raw(s.files["v.mp4"]).find("moov", "trak", "mdia", "minf", "stbl", "stsd").from(8).find("avc1").from(78).find("avcC")
		s.master(t, fmt.Sprintf(`RESOLUTION=160x120,FRAME-RATE=25.000,CODECS="avc1.%02x%02x%02x,fLaC",AUDIO="a"`, avcc[1], avcc[2], avcc[3]), "video.m3u8", "audio.m3u8")
		s.edit(t, "master.m3u8", "#EXT-X-STREAM", `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="one",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="audio.m3u8"`+"\n#EXT-X-STREAM")
		return s
	}},
	"mp3": {make: func(t testing.TB) *site {
		return packed(t, "mp3", mp3Frame, ffmpeg(t, words(sound+"-ar 44100 -ac 2 -c:a libmp3lame -b:a 64k -write_xing 0 -id3v2_version 0 -f mp3 a.mp3")...).files["a.mp3"])
	}},
	"adts": {make: func(t testing.TB) *site {
		return packed(t, "aac", adtsFrame, ffmpeg(t, words(sound+"-ar 44100 -ac 2 -c:a aac -b:a 64k -f adts a.aac")...).files["a.aac"])
	}},
}

func base(t testing.TB, name string) *site {
	t.Helper()
	b := bases[name]
	b.once.Do(func() { b.site = b.make(t) })
	if b.site == nil {
		t.Skip("ffmpeg is missing, or failed before")
	}
	return b.site.clone()
}

// master writes a multivariant playlist with the rates of its media, the first
// playlist in a variant.
func (s *site) master(t testing.TB, attrs string, names ...string) {
	t.Helper()
	var peak, average float64
	for _, name := range names {
		// ffmpeg writes the tag for pictures only.
		if !bytes.Contains(s.files[name], []byte(first)) {
			s.swap(t, name, `(#EXT-X-VERSION.*\n)`, "$1"+first)
		}
		x := &stream{list: parse("http://x/"+name, s.files[name], nil, newSheet())}
		for i := range x.list.segments {
			g := &x.list.segments[i]
			size := int64(len(s.files[path.Base(g.url)]))
			if g.span != nil {
				size = g.span.n
			}
			x.seen = append(x.seen, &content{size: size})
		}
		p, a := x.measured()
		peak += p
		average += a
	}
	s.files["master.m3u8"] = fmt.Appendf(nil, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-STREAM-INF:BANDWIDTH=%d,AVERAGE-BANDWIDTH=%d,%s\n%s\n", int64(math.Ceil(peak)), int64(average), attrs, names[0])
}

// priv is the ID3 tag of a packed segment.
func priv(ticks int64) []byte {
	b := append([]byte("ID3\x04\x00\x00\x00\x00\x00\x3fPRIV\x00\x00\x00\x35\x00\x00"), transportStreamTimestamp...)
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(ticks>>shift))
	}
	return b
}

// packed cuts a file of frames into segments of six seconds.
func packed(t testing.TB, ext string, walk func([]byte) frame, data []byte) *site {
	t.Helper()
	s := &site{files: map[string][]byte{}}
	list := &strings.Builder{}
	list.WriteString("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n")
	var samples, begin int64
	var seg []byte
	n := 0
	var f frame
	flush := func() {
		name := fmt.Sprintf("s%d.%s", n, ext)
		s.files[name] = append(priv(900000+begin*90000/int64(f.rate)), seg...)
		fmt.Fprintf(list, "#EXTINF:%.5f,\n%s\n", float64(samples-begin)/float64(f.rate), name)
		n, seg, begin = n+1, nil, samples
	}
	for len(data) > 0 {
		f = walk(data)
		if f.size == 0 || f.size > len(data) {
			t.Fatalf("no frame after %d samples, %d bytes left", samples, len(data))
		}
		seg, data = append(seg, data[:f.size]...), data[f.size:]
		if samples += int64(f.samples); samples >= int64(n+1)*6*int64(f.rate) && len(data) > 0 {
			flush()
		}
	}
	flush()
	list.WriteString("#EXT-X-ENDLIST\n")
	s.files["index.m3u8"] = []byte(list.String())
	s.master(t, `CODECS="`+f.codec+`"`, "index.m3u8")
	return s
}

// What ffmpeg's segments lack, and would be right: see the rules.
var ffmpegFaults = map[string][]string{
	"aac":   {"fmp4-roll"},
	"opus":  {"fmp4-roll", "entry-timescale"}, // it writes the source's 16000
	"muxed": {"fmp4-one-track", "fmp4-edit", "fmp4-roll"},
	"alac":  {"cellular"}, // no fault of ffmpeg
	"split": {"cellular"},
}

func TestGoodStreamsPass(t *testing.T) {
	var names []string
	for name := range bases {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			s := base(t, name)
			r, err := judgeSite(t, s, "master.m3u8", Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := broken(r, Must); len(got) > 0 {
				t.Errorf("broken: %v\n%s", got, printed(r))
			}
			if got := broken(r, Should); fmt.Sprint(got) != fmt.Sprint(ffmpegFaults[name]) {
				t.Errorf("broken: %v, want %v\n%s", got, ffmpegFaults[name], printed(r))
			}
			if r.Failed() || r.Segments < 4 || math.Abs(r.Seconds-20) > 0.1 {
				t.Errorf("failed %t, %d segments, %.2f s", r.Failed(), r.Segments, r.Seconds)
			}
			if testing.Verbose() {
				t.Logf("%s\n%s", s.files["master.m3u8"], printed(r))
			}
		})
	}
}

func TestALiveWindowThatMovesIsGood(t *testing.T) {
	t.Parallel()
	s := live()
	s.files["s8.vtt"] = s.files["s7.vtt"]
	s.files["live.m3u8"] = append(s.files["live.m3u8"], "#EXTINF:1.00,\ns8.vtt\n"...)
	s.then(t, "SEQUENCE:7\n#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.678Z\n#EXTINF:1.10,\ns1.vtt\n", "SEQUENCE:8\n#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:06.778Z\n")
	r, err := judgeSite(t, s, "live.m3u8", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := append(broken(r, Must), broken(r, Should)...); fmt.Sprint(got) != "[target-six segment-six]" {
		t.Errorf("%v\n%s", got, printed(r))
	}
	for _, x := range r.Results {
		if strings.HasPrefix(x.ID, "live-") && x.ID != "live-event" && x.Verdict != Passed {
			t.Errorf("%s: %s", x.ID, x.Verdict)
		}
	}
}
