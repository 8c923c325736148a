package validate

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// cut removes the lines of a file that begin with any of the texts.
func (s *site) cut(t testing.TB, name string, begins ...string) {
	t.Helper()
	var kept []string
	lines := strings.SplitAfter(string(s.files[name]), "\n")
	for _, line := range lines {
		if !slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(line, b) }) {
			kept = append(kept, line)
		}
	}
	if len(kept) == len(lines) {
		t.Fatalf("%s has no line that begins with %q", name, begins)
	}
	s.files[name] = []byte(strings.Join(kept, ""))
}

// swap replaces what a pattern matches, first only.
func (s *site) swap(t testing.TB, name, pattern, to string) {
	t.Helper()
	m := regexp.MustCompile(pattern).FindSubmatchIndex(s.files[name])
	if m == nil {
		t.Fatalf("%s does not match %q:\n%s", name, pattern, s.files[name])
	}
	b := s.files[name]
	s.files[name] = slices.Concat(b[:m[0]], regexp.MustCompile(pattern).Expand(nil, []byte(to), b, m), b[m[1]:])
}

// box returns the body of the first box of a kind, wherever it is.
func (s *site) box(t testing.TB, name, kind string) []byte {
	t.Helper()
	i := bytes.Index(s.files[name], []byte(kind))
	if i < 4 {
		t.Fatalf("%s has no box %s", name, kind)
	}
	n := int(binary.BigEndian.Uint32(s.files[name][i-4:]))
	return s.files[name][i+4 : i-4+n]
}

func add32(b []byte, n uint32) { binary.BigEndian.PutUint32(b, binary.BigEndian.Uint32(b)+n) }

// scale multiplies a number in the multivariant playlist.
func (s *site) scale(t testing.TB, attr string, by float64) {
	t.Helper()
	m := regexp.MustCompile(`[:,]` + attr + `=(\d+)`).FindSubmatch(s.files["master.m3u8"])
	if m == nil {
		t.Fatal("no", attr)
	}
	s.edit(t, "master.m3u8", attr+"="+string(m[1]), fmt.Sprintf("%s=%d", attr, int(float64(atoi(string(m[1])))*by)))
}

const first = "#EXT-X-INDEPENDENT-SEGMENTS\n" // a line of every media playlist, before the segments

// breaks holds an edit for each rule: of a good stream, as small as can be.
var breaks = []struct {
	rule string
	base string
	list string   // judged; empty for master.m3u8
	also []string // what cannot but be broken, too
	edit func(t testing.TB, s *site)
}{
	{rule: "utf8", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", first, first+"# \xff\n") }},
	{rule: "bom", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", "#EXTM3U", "\ufeff#EXTM3U") }},
	{rule: "control-characters", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", first, first+"# \x01\n") }},
	{rule: "extm3u-first", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", "#EXTM3U\n", "") }},
	{rule: "extm3u-first", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", "#EXTM3U\n", "\n#EXTM3U\n") }},
	{rule: "kind", base: "flac", edit: func(t testing.TB, s *site) {
		s.edit(t, "index.m3u8", first, first+"#EXT-X-SESSION-DATA:DATA-ID=\"a\",VALUE=\"b\"\n")
	}},
	{rule: "kind", base: "flac", edit: func(t testing.TB, s *site) { s.files["index.m3u8"] = s.files["master.m3u8"] }},
	{rule: "tag-known", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", first, first+"#EXT-X-CUE-OUT:30\n") }},
	{rule: "tag-once", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", first, first+first) }},
	{rule: "tag-value", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", "TYPE:VOD", "TYPE:vod") }},
	{rule: "tag-value", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", "SEQUENCE:0", "SEQUENCE:-1") }},
	{rule: "tag-value", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", "ENDLIST", "ENDLIST:1") }},
	{rule: "attribute-list", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", `"init.mp4"`, `"init.mp4",`) }},
	{rule: "attribute-list", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `"fLaC"`, `fLaC`) }},
	{rule: "attribute-list", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `,AV`, `, AV`) }},
	{rule: "attribute-list", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `"fLaC"`, `"fLaC",CODECS="fLaC"`) }},
	{rule: "attribute-list", base: "split", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", "160x120", "160*120") }},
	{rule: "variable-defined", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", "s0.m4s", "s0.m4s?{$a}") }},
	{rule: "uri", base: "flac", edit: func(t testing.TB, s *site) {
		s.edit(t, "index.m3u8", "s0.m4s", "s 0.m4s")
		s.files["s 0.m4s"] = s.files["s0.m4s"]
	}},
	{rule: "version", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", "VERSION:7", "VERSION:5") }},
	{rule: "version", base: "mp3", edit: func(t testing.TB, s *site) { s.cut(t, "index.m3u8", "#EXT-X-VERSION") }},

	{rule: "targetduration", base: "flac", edit: func(t testing.TB, s *site) { s.cut(t, "index.m3u8", "#EXT-X-TARGETDURATION") }},
	{rule: "targetduration-covers", base: "flac", also: []string{"target-six"}, edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", "DURATION:6", "DURATION:5") }},
	{rule: "sequence-first", base: "flac", edit: func(t testing.TB, s *site) {
		s.cut(t, "index.m3u8", "#EXT-X-MEDIA-SEQUENCE")
		s.edit(t, "index.m3u8", "s0.m4s\n", "s0.m4s\n#EXT-X-MEDIA-SEQUENCE:0\n")
	}},
	{rule: "vod-endlist", base: "flac", edit: func(t testing.TB, s *site) { s.cut(t, "index.m3u8", "#EXT-X-ENDLIST") }},
	{rule: "playlist-type", base: "flac", edit: func(t testing.TB, s *site) { s.cut(t, "index.m3u8", "#EXT-X-PLAYLIST") }},
	{rule: "segments-listed", base: "flac", list: "index.m3u8", edit: func(t testing.TB, s *site) { s.cut(t, "index.m3u8", "#EXTINF", "s") }},
	{rule: "extinf", base: "flac", list: "index.m3u8", edit: func(t testing.TB, s *site) { s.swap(t, "index.m3u8", "#EXTINF.*\n", "") }},
	{rule: "extinf", base: "flac", list: "index.m3u8", edit: func(t testing.TB, s *site) { s.cut(t, "index.m3u8", "s3.m4s") }},
	{rule: "extinf-form", base: "flac", edit: func(t testing.TB, s *site) { s.swap(t, "index.m3u8", "(#EXTINF.*),\n", "$1\n") }},
	{rule: "extinf-decimals", base: "aac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", "5.990748", "5.99") }},
	{rule: "segment-zero", base: "ts", list: "index.m3u8", edit: func(t testing.TB, s *site) { s.swap(t, "index.m3u8", `#EXTINF:.*,(\ns3)`, "#EXTINF:0,$1") }},
	{rule: "segment-short", base: "ts", list: "index.m3u8", edit: func(t testing.TB, s *site) { s.swap(t, "index.m3u8", `#EXTINF:.*,(\ns3)`, "#EXTINF:0.125,$1") }},
	{rule: "target-six", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", "DURATION:6", "DURATION:7") }},
	{rule: "segment-six", base: "flac", list: "index.m3u8", also: []string{"target-six"}, edit: func(t testing.TB, s *site) {
		sum := 0.0
		for i, g := range parse("http://x/", s.files["index.m3u8"], nil, newSheet()).segments {
			if i < 2 {
				sum += g.seconds
			}
		}
		s.files["s0.m4s"] = slices.Concat(s.files["s0.m4s"], s.files["s1.m4s"])
		s.swap(t, "index.m3u8", `#EXTINF.*\ns0.m4s\n#EXTINF.*\ns1.m4s`, fmt.Sprintf("#EXTINF:%.6f,\ns0.m4s", sum))
		s.edit(t, "index.m3u8", "DURATION:6", "DURATION:12")
	}},
	{rule: "byterange-form", base: "flac", list: "index.m3u8", edit: func(t testing.TB, s *site) {
		s.edit(t, "index.m3u8", "s0.m4s", fmt.Sprintf("#EXT-X-BYTERANGE:%d\ns0.m4s", len(s.files["s0.m4s"])))
	}},
	{rule: "map-uri", base: "flac", edit: func(t testing.TB, s *site) {
		s.edit(t, "index.m3u8", `"init.mp4"`, fmt.Sprintf(`"init.mp4",BYTERANGE="%d"`, len(s.files["init.mp4"])))
	}},
	{rule: "map-needed", base: "flac", edit: func(t testing.TB, s *site) { s.cut(t, "index.m3u8", "#EXT-X-MAP") }},
	{rule: "key-form", base: "flac", edit: func(t testing.TB, s *site) {
		s.edit(t, "index.m3u8", first, first+"#EXT-X-KEY:METHOD=NONE,URI=\"k\"\n")
	}},
	{rule: "key-form", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", first, first+"#EXT-X-KEY:METHOD=AES-128\n") }},
	{rule: "date-form", base: "flac", edit: func(t testing.TB, s *site) {
		s.edit(t, "index.m3u8", first, first+"#EXT-X-PROGRAM-DATE-TIME:2026-01-02 03:04\n")
	}},
	{rule: "bitrate-tag", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", first, first+"#EXT-X-BITRATE:9000\n") }},
	{rule: "discontinuity", base: "mp3", list: "index.m3u8", edit: func(t testing.TB, s *site) {
		o := base(t, "adts")
		s.files["s3.aac"] = o.files["s3.aac"]
		tail := regexp.MustCompile(`#EXTINF.*\ns3.aac`).Find(o.files["index.m3u8"])
		s.swap(t, "index.m3u8", `#EXTINF.*\ns3.mp3`, string(tail))
	}},
	{rule: "independent-tag", base: "flac", list: "index.m3u8", edit: func(t testing.TB, s *site) { s.edit(t, "index.m3u8", first, "") }},
	{rule: "independent-true", base: "split", edit: func(t testing.TB, s *site) {
		b := raw(s.box(t, "v1.m4s", "trun"))
		at := 12 // the first sample's flags, behind its duration and size
		for _, bit := range []uint64{0x100, 0x200} {
			if b.at(1, 3)&bit != 0 {
				at += 4
			}
		}
		if b.at(1, 3)&0x405 != 0x401 {
			t.Fatalf("trun has the flags %x", b.at(1, 3))
		}
		b[at+1] |= 1
	}},

	{rule: "variants-listed", base: "flac", edit: func(t testing.TB, s *site) { s.cut(t, "master.m3u8", "index") }},
	{rule: "variants-listed", base: "flac", edit: func(t testing.TB, s *site) {
		s.edit(t, "master.m3u8", "index.m3u8\n", "index.m3u8\nindex.m3u8\n")
	}},
	{rule: "bandwidth", base: "flac", edit: func(t testing.TB, s *site) { s.swap(t, "master.m3u8", `:BANDWIDTH=\d+,`, ":") }},
	{rule: "bandwidth-covers", base: "flac", edit: func(t testing.TB, s *site) { s.scale(t, "BANDWIDTH", 0.85) }},
	{rule: "bandwidth-close", base: "mp3", edit: func(t testing.TB, s *site) { s.scale(t, "BANDWIDTH", 1.3) }},
	{rule: "average-bandwidth", base: "flac", edit: func(t testing.TB, s *site) { s.swap(t, "master.m3u8", `AVERAGE-BANDWIDTH=\d+,`, "") }},
	{rule: "average-bandwidth-true", base: "flac", edit: func(t testing.TB, s *site) { s.scale(t, "AVERAGE-BANDWIDTH", 0.85) }},
	{rule: "average-bandwidth-true", base: "flac", edit: func(t testing.TB, s *site) { s.scale(t, "AVERAGE-BANDWIDTH", 1.15) }},
	{rule: "codecs", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `,CODECS="fLaC"`, "") }},
	{rule: "codecs-spelling", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `"fLaC"`, `"flac"`) }},
	{rule: "codecs-spelling", base: "opus", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `"Opus"`, `"opus"`) }},
	{rule: "codecs-spelling", base: "aac", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `"mp4a.40.2"`, `"mp4a"`) }},
	{rule: "codecs-true", base: "aac", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `"mp4a.40.2"`, `"mp4a.40.34"`) }},
	{rule: "codecs-true", base: "split", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `,fLaC"`, `,mp4a.40.2"`) }},
	{rule: "codecs-true", base: "ts", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `"mp4a.40.2"`, `"ac-3"`) }},
	{rule: "codecs-true", base: "adts", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `"mp4a.40.2"`, `"mp4a.40.42"`) }},
	{rule: "resolution", base: "film", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", "RESOLUTION=160x120,", "") }},
	{rule: "frame-rate", base: "film", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", "FRAME-RATE=25.000,", "") }},
	{rule: "cellular", base: "mp3", also: []string{"bandwidth-close"}, edit: func(t testing.TB, s *site) { s.scale(t, "BANDWIDTH", 10) }},
	{rule: "media-attributes", base: "split", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `NAME="one",`, "") }},
	{rule: "media-uri", base: "split", edit: func(t testing.TB, s *site) {
		s.edit(t, "master.m3u8", "#EXT-X-STREAM", `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="s",LANGUAGE="en"`+"\n#EXT-X-STREAM")
	}},
	{rule: "media-uri", base: "split", edit: func(t testing.TB, s *site) {
		s.edit(t, "master.m3u8", "#EXT-X-STREAM", `#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="s",NAME="s",LANGUAGE="en"`+"\n#EXT-X-STREAM")
	}},
	{rule: "media-name", base: "split", edit: func(t testing.TB, s *site) {
		s.edit(t, "master.m3u8", "#EXT-X-STREAM", `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="one",LANGUAGE="en",URI="audio.m3u8"`+"\n#EXT-X-STREAM")
	}},
	{rule: "media-default", base: "split", edit: func(t testing.TB, s *site) {
		s.edit(t, "master.m3u8", "#EXT-X-STREAM", `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="two",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="audio.m3u8"`+"\n#EXT-X-STREAM")
	}},
	{rule: "media-default", base: "split", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", "AUTOSELECT=YES", "AUTOSELECT=NO") }},
	{rule: "media-language", base: "split", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `LANGUAGE="en",`, "") }},
	{rule: "group", base: "split", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", `AUDIO="a"`, `AUDIO="a",VIDEO="v"`) }},
	{rule: "same-target", base: "split", also: []string{"target-six"}, edit: func(t testing.TB, s *site) { s.edit(t, "audio.m3u8", "DURATION:6", "DURATION:7") }},
	{rule: "same-duration", base: "split", also: []string{"same-boundaries"}, edit: func(t testing.TB, s *site) { s.swap(t, "audio.m3u8", `#EXTINF.*\na3.m4s\n`, "") }},
	{rule: "same-discontinuities", base: "split", edit: func(t testing.TB, s *site) {
		s.swap(t, "audio.m3u8", `(#EXTINF.*\na2)`, "#EXT-X-DISCONTINUITY\n$1")
	}},
	{rule: "same-boundaries", base: "split", also: []string{"target-six"}, edit: func(t testing.TB, s *site) {
		s.edit(t, "video.m3u8", "DURATION:6", "DURATION:8")
		s.edit(t, "audio.m3u8", "DURATION:6", "DURATION:8")
		sum := 0.0
		for i, g := range parse("http://x/", s.files["audio.m3u8"], nil, newSheet()).segments {
			if i >= 2 {
				sum += g.seconds
			}
		}
		s.files["a2.m4s"] = slices.Concat(s.files["a2.m4s"], s.files["a3.m4s"])
		s.swap(t, "audio.m3u8", `#EXTINF.*\na2.m4s\n#EXTINF.*\na3.m4s`, fmt.Sprintf("#EXTINF:%.6f,\na2.m4s", sum))
	}},

	{rule: "media-reachable", base: "flac", edit: func(t testing.TB, s *site) { delete(s.files, "s1.m4s") }},
	{rule: "media-reachable", base: "flac", edit: func(t testing.TB, s *site) {
		s.change = onPath("/s1.m4s", func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Length", fmt.Sprint(len(s.files["s1.m4s"])+50)) // and then closes
			w.Write(s.files["s1.m4s"])
			return true
		})
	}},
	{rule: "media-redirect", base: "flac", edit: func(t testing.TB, s *site) {
		s.files["x1.m4s"] = s.files["s1.m4s"]
		s.change = onPath("/s1.m4s", func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/x1.m4s", http.StatusFound)
			return true
		})
	}},
	{rule: "byterange-answer", base: "range", edit: func(t testing.TB, s *site) {
		s.change = func(_ http.ResponseWriter, r *http.Request) bool { r.Header.Del("Range"); return false }
	}},
	{rule: "byterange-answer", base: "range", list: "index.m3u8", edit: func(t testing.TB, s *site) {
		s.swap(t, "index.m3u8", `(#EXTINF.*\n)#EXT-X-BYTERANGE:(\d+)@\d+`, "$1#EXT-X-BYTERANGE:$2@99999999")
	}},
	{rule: "format", base: "flac", edit: func(t testing.TB, s *site) {
		s.files["s1.m4s"] = bytes.Repeat([]byte("U"), len(s.files["s1.m4s"]))
	}},
	{rule: "one-audio", base: "ts", list: "two.m3u8", edit: func(t testing.TB, s *site) {
		o := ffmpeg(t, words(sound+"-ar 44100 -map 0 -map 0 -c:a aac -b:a 32k -threads 1 -f hls -hls_time 6 -hls_playlist_type vod -hls_flags independent_segments -hls_segment_filename x%d.ts two.m3u8")...)
		for name, b := range o.files {
			s.files[name] = b
		}
		s.edit(t, "two.m3u8", "#EXTM3U\n", "#EXTM3U\n"+first)
	}},
	{rule: "extinf-true", base: "flac", list: "index.m3u8", edit: func(t testing.TB, s *site) { s.swap(t, "index.m3u8", `#EXTINF:6\.0[^,]*`, "#EXTINF:6.110000") }},
	{rule: "extinf-true", base: "ts", list: "index.m3u8", edit: func(t testing.TB, s *site) { s.swap(t, "index.m3u8", `#EXTINF:6\.0[^,]*`, "#EXTINF:6.210000") }},
	{rule: "extinf-true", base: "mp3", list: "index.m3u8", edit: func(t testing.TB, s *site) { s.swap(t, "index.m3u8", `#EXTINF:[56]\.[^,]*`, "#EXTINF:6.110000") }},
	{rule: "extinf-sum", base: "mp3", list: "index.m3u8", edit: func(t testing.TB, s *site) {
		m := regexp.MustCompile(`#EXTINF:([^,]*)`).FindAllSubmatch(s.files["index.m3u8"], -1)
		for _, x := range m {
			var d float64
			fmt.Sscan(string(x[1]), &d)
			s.edit(t, "index.m3u8", string(x[0]), fmt.Sprintf("#EXTINF:%.5f0", d+0.015))
		}
	}},
	{rule: "fmp4-boxes", base: "flac", edit: func(t testing.TB, s *site) {
		s.files["s1.m4s"] = s.files["s1.m4s"][:len(s.files["s1.m4s"])-99]
	}},
	{rule: "fmp4-boxes", base: "flac", edit: func(t testing.TB, s *site) { s.files["s1.m4s"] = append(s.files["s1.m4s"], 0, 0, 0) }},
	{rule: "fmp4-brand", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "init.mp4", "iso6", "mp42") }},
	{rule: "fmp4-mvex", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "init.mp4", "mvex", "free") }},
	{rule: "fmp4-no-samples", base: "flac", edit: func(t testing.TB, s *site) { s.box(t, "init.mp4", "stsz")[11] = 1 }},
	{rule: "fmp4-no-duration", base: "flac", edit: func(t testing.TB, s *site) { s.box(t, "init.mp4", "tkhd")[23] = 1 }},
	{rule: "fmp4-no-duration", base: "flac", edit: func(t testing.TB, s *site) { s.box(t, "init.mp4", "mvhd")[19] = 1 }},
	{rule: "fmp4-track-id", base: "flac", edit: func(t testing.TB, s *site) { s.box(t, "s1.m4s", "tfhd")[7] = 9 }},
	{rule: "fmp4-tfdt", base: "flac", edit: func(t testing.TB, s *site) { s.edit(t, "s1.m4s", "tfdt", "free") }},
	{rule: "fmp4-addressing", base: "flac", edit: func(t testing.TB, s *site) { s.box(t, "s1.m4s", "tfhd")[1] = 0 }},
	{rule: "fmp4-data", base: "flac", edit: func(t testing.TB, s *site) { add32(s.box(t, "s1.m4s", "trun")[8:], 4) }},
	{rule: "fmp4-continuous", base: "flac", edit: func(t testing.TB, s *site) {
		b := s.box(t, "s1.m4s", "tfdt")
		add32(b[len(b)-4:], 1)
	}},
	{rule: "fmp4-one-trun", base: "flac", edit: func(t testing.TB, s *site) {
		name := "s1.m4s"
		add32(s.box(t, name, "trun")[8:], 16)
		b := s.files[name]
		moof, traf := bytes.Index(b, []byte("moof")), bytes.Index(b, []byte("traf"))
		end := moof - 4 + int(binary.BigEndian.Uint32(b[moof-4:]))
		add32(b[moof-4:], 16)
		add32(b[traf-4:], 16)
		s.files[name] = slices.Concat(b[:end], []byte("\x00\x00\x00\x10trun\x00\x00\x00\x00\x00\x00\x00\x00"), b[end:])
	}},
	{rule: "fmp4-edit", base: "aac", edit: func(t testing.TB, s *site) { s.box(t, "init.mp4", "elst")[7] = 2 }},
	{rule: "entry-config", base: "flac", edit: func(t testing.TB, s *site) { s.box(t, "init.mp4", "dfLa")[4] = 0 }},
	{rule: "entry-config", base: "opus", edit: func(t testing.TB, s *site) { s.box(t, "init.mp4", "dOps")[0] = 1 }},
	{rule: "entry-config", base: "aac", edit: func(t testing.TB, s *site) { s.edit(t, "init.mp4", "esds", "free") }, also: []string{"codecs-true"}},
	{rule: "entry-config", base: "alac", edit: func(t testing.TB, s *site) { // the box in the entry of the same name
		b := s.files["init.mp4"]
		copy(b[bytes.LastIndex(b, []byte("alac")):], "free")
	}},
	{rule: "entry-config", base: "split", edit: func(t testing.TB, s *site) { s.edit(t, "v.mp4", "avcC", "free") }},
	{rule: "entry-rate", base: "flac", edit: func(t testing.TB, s *site) { s.box(t, "init.mp4", "fLaC")[25] ^= 1 }},
	{rule: "explicit-sbr", base: "aac", edit: func(t testing.TB, s *site) { s.edit(t, "master.m3u8", "mp4a.40.2", "mp4a.40.5") }},

	{rule: "packed-timestamp", base: "mp3", edit: func(t testing.TB, s *site) { s.files["s1.mp3"] = s.files["s1.mp3"][73:] }},
	{rule: "packed-timestamp", base: "adts", edit: func(t testing.TB, s *site) { s.files["s1.aac"][65] = 1 }},
	{rule: "packed-timestamp", base: "adts", edit: func(t testing.TB, s *site) { s.edit(t, "s1.aac", "transportStream", "TransportStream") }},
	{rule: "packed-continuous", base: "mp3", edit: func(t testing.TB, s *site) { add32(s.files["s1.mp3"][69:], 200) }},
	{rule: "packed-frames", base: "mp3", edit: func(t testing.TB, s *site) { s.files["s1.mp3"] = append(s.files["s1.mp3"], "TAG"...) }},
	{rule: "packed-frames", base: "adts", edit: func(t testing.TB, s *site) {
		s.files["s3.aac"] = s.files["s3.aac"][:len(s.files["s3.aac"])-5]
	}},
	{rule: "packed-sound", base: "mp3", edit: func(t testing.TB, s *site) { copy(s.files["s0.mp3"][73+36:], "Info") }},

	{rule: "ts-packets", base: "ts", edit: func(t testing.TB, s *site) { s.files["s1.ts"] = append(s.files["s1.ts"], "\x47junk"...) }},
	{rule: "ts-packets", base: "ts", edit: func(t testing.TB, s *site) {
		s.files["s3.ts"][len(s.files["s3.ts"])-188] = 0
	}},
	{rule: "ts-tables", base: "ts", edit: func(t testing.TB, s *site) {
		var b []byte
		for p := range slices.Chunk(s.files["s1.ts"], tsPacket) {
			if pid := raw(p).u16(1) & 0x1fff; pid == 256 {
				b = append(b, p...)
			}
		}
		s.files["s1.ts"] = b
	}},
	{rule: "ts-counters", base: "ts", edit: func(t testing.TB, s *site) { s.packet(t, "s1.ts", 9)[3] ^= 8 }},
	{rule: "ts-counters", base: "ts", edit: func(t testing.TB, s *site) {
		for p := range slices.Chunk(s.files["s3.ts"], tsPacket) {
			p[3] = p[3]&0xf0 | (p[3]+5)&15
		}
	}},
	{rule: "ts-timestamps", base: "ts", edit: func(t testing.TB, s *site) {
		n := 0
		for p := range slices.Chunk(s.files["s1.ts"], tsPacket) {
			i := bytes.Index(p, []byte{0, 0, 1, 0xc0})
			if p[1]&0x40 != 0 && i > 0 {
				if n++; n == 4 {
					p[i+7] &= 0x3f
				}
			}
		}
	}},

	{rule: "playlist-reachable", base: "flac", edit: func(t testing.TB, s *site) { delete(s.files, "index.m3u8") }},
	{rule: "playlist-reachable", base: "flac", edit: func(t testing.TB, s *site) { s.files["index.m3u8"] = []byte("<html>") }},
	{rule: "playlist-named", base: "flac", list: "list", also: []string{"playlist-type-header", "playlist-gzip"}, edit: func(t testing.TB, s *site) { s.files["list"] = s.files["index.m3u8"] }},
	{rule: "playlist-type-header", base: "flac", edit: func(t testing.TB, s *site) {
		s.change = onPath("/index.m3u8", func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Type", "text/plain")
			return false
		})
	}},
	{rule: "playlist-gzip", base: "flac", edit: func(t testing.TB, s *site) {
		s.change = func(w http.ResponseWriter, r *http.Request) bool { r.Header.Del("Accept-Encoding"); return false }
	}},
	{rule: "media-type-header", base: "flac", edit: func(t testing.TB, s *site) {
		s.change = onPath("/s1.m4s", func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Type", "application/octet-stream")
			return false
		})
	}},
	{rule: "cache-control", base: "flac", edit: func(t testing.TB, s *site) {
		s.change = func(w http.ResponseWriter, r *http.Request) bool { w.Header().Del("Cache-Control"); return false }
	}},
	{rule: "cors", base: "flac", edit: func(t testing.TB, s *site) {
		s.change = func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Access-Control-Allow-Origin", "https://other.example")
			return false
		}
	}},
	{rule: "etag", base: "flac", edit: func(t testing.TB, s *site) {
		s.change = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Header.Get("Range") != "" {
				w.Header().Set("Etag", `"other"`)
			}
			return false
		}
	}},
	{rule: "range", base: "flac", edit: func(t testing.TB, s *site) {
		s.change = func(_ http.ResponseWriter, r *http.Request) bool { r.Header.Del("Range"); return false }
	}},
	{rule: "head", base: "flac", edit: func(t testing.TB, s *site) {
		s.change = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == "HEAD" {
				w.WriteHeader(http.StatusMethodNotAllowed)
			}
			return r.Method == "HEAD"
		}
	}},

	{rule: "live-six", base: "live", list: "live.m3u8", edit: func(t testing.TB, s *site) { s.cut(t, "live.m3u8", "#EXTINF:1.1", "s1", "s5") }},
	{rule: "live-date", base: "live", list: "live.m3u8", edit: func(t testing.TB, s *site) { s.cut(t, "live.m3u8", "#EXT-X-PROGRAM") }},
	{rule: "discontinuity-sequence", base: "live", list: "live.m3u8", edit: func(t testing.TB, s *site) {
		s.edit(t, "live.m3u8", "s3.vtt\n", "s3.vtt\n#EXT-X-DISCONTINUITY\n")
	}},
	{rule: "live-sequence", base: "live", list: "live.m3u8", edit: func(t testing.TB, s *site) { s.then(t, "SEQUENCE:7", "SEQUENCE:6") }},
	{rule: "live-sequence", base: "live", list: "live.m3u8", edit: func(t testing.TB, s *site) { s.then(t, "#EXTINF:1.10,\ns1.vtt\n", "") }},
	{rule: "live-uris", base: "live", list: "live.m3u8", edit: func(t testing.TB, s *site) { s.then(t, "s4.vtt", "t4.vtt") }},
	{rule: "live-target", base: "live", list: "live.m3u8", edit: func(t testing.TB, s *site) { s.then(t, "DURATION:1", "DURATION:2") }},
	{rule: "live-event", base: "live", list: "live.m3u8", edit: func(t testing.TB, s *site) {
		s.edit(t, "live.m3u8", "#EXTM3U\n", "#EXTM3U\n#EXT-X-PLAYLIST-TYPE:EVENT\n")
		s.then(t, "SEQUENCE:7\n#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.678Z\n#EXTINF:1.10,\ns1.vtt\n", "SEQUENCE:8\n#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.678Z\n")
	}},
}

func (s *site) packet(t testing.TB, name string, n int) []byte {
	return s.files[name][n*tsPacket : (n+1)*tsPacket]
}

func onPath(name string, f func(http.ResponseWriter, *http.Request) bool) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool { return r.URL.Path == name && f(w, r) }
}

// then makes the live playlist change after it was fetched once.
func (s *site) then(t testing.TB, from, to string) {
	t.Helper()
	later := s.clone()
	later.edit(t, "live.m3u8", from, to)
	var asked atomic.Int32
	s.change = onPath("/live.m3u8", func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == "GET" && asked.Add(1) > 1 {
			later.ServeHTTP(w, r)
			return true
		}
		return false
	})
}

// live is a live playlist of subtitles, which last no time to make.
func live() *site {
	s := &site{files: map[string][]byte{}}
	list := "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-PROGRAM-DATE-TIME:2026-01-02T03:04:05.678Z\n"
	for i := 1; i < 8; i++ {
		name := fmt.Sprintf("s%d.vtt", i)
		s.files[name] = []byte("WEBVTT\n\n00:00:00.000 --> 00:00:00.500\nla la la\n")
		list += fmt.Sprintf("#EXTINF:1.%d0,\n%s\n", i%4, name)
	}
	s.files["live.m3u8"] = []byte(list)
	return s
}

func TestEachEditBreaksItsRuleAndNoOther(t *testing.T) {
	seen := map[string]bool{"tls": true} // see TestPlainHTTPIsTold
	for _, faults := range ffmpegFaults {
		for _, rule := range faults {
			seen[rule] = true
		}
	}
	for i, b := range breaks {
		seen[b.rule] = true
		t.Run(fmt.Sprintf("%03d-%s", i, b.rule), func(t *testing.T) {
			if b.base == "live" {
				t.Parallel() // they wait
			}
			s, known := live(), []string{"target-six", "segment-six"}
			if b.base != "live" {
				s, known = base(t, b.base), ffmpegFaults[b.base]
			}
			b.edit(t, s)
			if b.list == "" {
				b.list = "master.m3u8"
			}
			r, err := judgeSite(t, s, b.list, Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := append(broken(r, Must), broken(r, Should)...)
			want := append(slices.Clone(b.also), b.rule)
			for _, rule := range got {
				if !slices.Contains(want, rule) && !slices.Contains(known, rule) {
					t.Errorf("%s is broken, too", rule)
				}
			}
			for _, rule := range want {
				if !slices.Contains(got, rule) {
					t.Errorf("%s is not broken", rule)
				}
			}
			if must := ruleByID[b.rule].Severity == Must; must && !r.Failed() || !must && !r.Warned() {
				t.Errorf("failed %t, warned %t", r.Failed(), r.Warned())
			}
			if t.Failed() {
				t.Logf("%s\n%s", s.files[path.Base(b.list)], printed(r))
			}
		})
	}
	for _, r := range rules {
		if !seen[r.ID] {
			t.Errorf("no test breaks %s", r.ID)
		}
	}
}
