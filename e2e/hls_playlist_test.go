package e2e

import (
	"bytes"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/grafov/m3u8"
)

// listing is a media playlist, read by the letter of RFC 8216: what is not in it,
// or not as it must be, ends the test.
type listing struct {
	version, target int
	pieces          []piece
	text            string
}

// piece is a segment as its playlist names it.
type piece struct {
	uri     string
	seconds string // as it is written
	init    string // address of its init section, or empty
	broken  bool   // a DISCONTINUITY stands before it
	kbits   int    // what BITRATE says, or 0
}

func (p piece) micros(t testing.TB) int64 {
	t.Helper()
	whole, fraction, ok := strings.Cut(p.seconds, ".")
	if !ok || len(fraction) != 6 {
		t.Fatalf("EXTINF %q has not six decimals", p.seconds)
	}
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// micros is how long all pieces are.
func (l *listing) micros(t testing.TB) (sum int64) {
	t.Helper()
	for _, p := range l.pieces {
		sum += p.micros(t)
	}
	return sum
}

var (
	attributes = regexp.MustCompile(`([A-Z0-9-]+)=("[^"\n]*"|[^",\s]+)(?:,|$)`)
	extinf     = regexp.MustCompile(`^#EXTINF:(\d+\.\d{5,}),(.*)$`)
)

// attributesOf reads an attribute list (RFC 8216 4.2), of which nothing may be
// left over.
func attributesOf(t testing.TB, line string) map[string]string {
	t.Helper()
	_, list, ok := strings.Cut(line, ":")
	if !ok {
		t.Fatalf("no attributes in %q", line)
	}
	m := map[string]string{}
	left := attributes.ReplaceAllStringFunc(list, func(s string) string {
		name, value, _ := strings.Cut(strings.TrimSuffix(s, ","), "=")
		if _, twice := m[name]; twice {
			t.Errorf("%s stands twice in %q", name, line)
		}
		m[name] = strings.Trim(value, `"`)
		return ""
	})
	if left != "" {
		t.Errorf("%q is no attribute, in %q", left, line)
	}
	return m
}

// relative wants an address that a token in the path goes on to, and a CDN.
func relative(t testing.TB, uri string) {
	t.Helper()
	if uri == "" || strings.HasPrefix(uri, "/") || strings.Contains(uri, "://") || strings.ContainsAny(uri, "?# ") {
		t.Errorf("the address %q is not a relative one", uri)
	}
}

// readMedia reads a media playlist.
func readMedia(t testing.TB, text string) *listing {
	t.Helper()
	l := &listing{text: text}
	seen := map[string]int{}
	var next piece
	init, ended := "", false
	if !strings.HasPrefix(text, "#EXTM3U\n") || !strings.HasSuffix(text, "\n") || strings.Contains(text, "\r") {
		t.Fatalf("it begins or ends not as a playlist:\n%.200s", text)
	}
	number := func(line string) int {
		t.Helper()
		_, v, _ := strings.Cut(line, ":")
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 {
			t.Fatalf("no number in %q", line)
		}
		return n
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		tag, _, _ := strings.Cut(line, ":")
		if ended {
			t.Fatalf("%q stands behind the end", line)
		}
		if strings.HasPrefix(line, "#EXT") {
			seen[tag]++
		}
		switch tag {
		case "#EXTM3U", "#EXT-X-INDEPENDENT-SEGMENTS":
		case "#EXT-X-VERSION":
			l.version = number(line)
		case "#EXT-X-TARGETDURATION":
			l.target = number(line)
		case "#EXT-X-MEDIA-SEQUENCE":
			if number(line) != 0 {
				t.Errorf("%s", line)
			}
		case "#EXT-X-PLAYLIST-TYPE":
			if line != "#EXT-X-PLAYLIST-TYPE:VOD" {
				t.Errorf("%s", line)
			}
		case "#EXT-X-MAP":
			init = attributesOf(t, line)["URI"]
			relative(t, init)
		case "#EXT-X-DISCONTINUITY":
			next.broken = true
		case "#EXT-X-BITRATE":
			next.kbits = number(line)
		case "#EXTINF":
			m := extinf.FindStringSubmatch(line)
			if m == nil {
				t.Fatalf("no duration: %q", line)
			}
			next.seconds = m[1]
		case "#EXT-X-ENDLIST":
			ended = true
		default:
			if strings.HasPrefix(line, "#") || line == "" {
				t.Fatalf("a line of its own: %q", line)
			}
			if next.seconds == "" {
				t.Fatalf("%q has no EXTINF", line)
			}
			relative(t, line)
			next.uri, next.init = line, init
			l.pieces = append(l.pieces, next)
			next = piece{kbits: next.kbits} // it holds until the next one
		}
	}
	for _, tag := range []string{"#EXTM3U", "#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-PLAYLIST-TYPE", "#EXT-X-ENDLIST", "#EXT-X-INDEPENDENT-SEGMENTS"} {
		if seen[tag] != 1 {
			t.Errorf("%s stands %d times in:\n%s", tag, seen[tag], text)
		}
	}
	least := 3 // EXTINF with a fraction (RFC 8216 7)
	if init != "" {
		least = 6 // EXT-X-MAP without I-FRAMES-ONLY
	}
	if l.version < least || len(l.pieces) == 0 {
		t.Errorf("version %d with %d segments; the tags need %d", l.version, len(l.pieces), least)
	}
	names := map[string]bool{}
	for i, p := range l.pieces {
		micros := p.micros(t)
		// RFC 8216 4.3.3.1: rounded to the nearest, none is above the target.
		if n := int(math.Round(float64(micros) / 1e6)); n > l.target {
			t.Errorf("segment %d of %s s is above the target of %d", i, p.seconds, l.target)
		}
		if micros < 500_000 && len(l.pieces) > 1 {
			t.Errorf("segment %d is of %s s", i, p.seconds)
		}
		if names[p.uri] {
			t.Errorf("%s stands twice", p.uri)
		}
		names[p.uri] = true
	}
	// A reader of another's finds the same.
	list, kind, err := m3u8.DecodeFrom(strings.NewReader(text), true)
	if err != nil || kind != m3u8.MEDIA {
		t.Fatalf("m3u8: %v, kind %v:\n%s", err, kind, text)
	}
	media := list.(*m3u8.MediaPlaylist)
	if media.Count() != uint(len(l.pieces)) || !media.Closed || media.MediaType != m3u8.VOD {
		t.Errorf("m3u8 reads %d segments, want %d: %+v", media.Count(), len(l.pieces), media)
	}
	for i, p := range l.pieces {
		if s := media.Segments[i]; s.URI != p.uri || s.Discontinuity != p.broken {
			t.Errorf("m3u8 reads %+v, want %+v", s, p)
		}
	}
	return l
}

// variant is the one of a master playlist.
type variant struct {
	uri                string
	sound              string // address of the sound, when it stands apart
	codecs             []string
	bandwidth, average int
	attributes         map[string]string
}

// readMaster reads a multivariant playlist of one variant.
func readMaster(t testing.TB, text string) *variant {
	t.Helper()
	var v variant
	if !strings.HasPrefix(text, "#EXTM3U\n") || !strings.HasSuffix(text, "\n") {
		t.Fatalf("it begins or ends not as a playlist:\n%.200s", text)
	}
	stream := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch tag, _, _ := strings.Cut(line, ":"); tag {
		case "#EXTM3U", "#EXT-X-INDEPENDENT-SEGMENTS":
		case "#EXT-X-VERSION":
			if line < "#EXT-X-VERSION:6" {
				t.Errorf("%s", line)
			}
		case "#EXT-X-MEDIA":
			a := attributesOf(t, line)
			if a["TYPE"] != "AUDIO" || a["NAME"] == "" || a["GROUP-ID"] == "" {
				t.Errorf("%s", line)
			}
			v.sound = a["URI"]
			relative(t, v.sound)
		case "#EXT-X-STREAM-INF":
			stream, v.attributes = true, attributesOf(t, line)
			v.codecs = strings.Split(v.attributes["CODECS"], ",")
			v.bandwidth, _ = strconv.Atoi(v.attributes["BANDWIDTH"])
			v.average, _ = strconv.Atoi(v.attributes["AVERAGE-BANDWIDTH"])
		default:
			if !stream || v.uri != "" || strings.HasPrefix(line, "#") {
				t.Fatalf("%q stands in:\n%s", line, text)
			}
			v.uri = line
			relative(t, line)
		}
	}
	if v.uri == "" || v.bandwidth <= 0 || v.average <= 0 || v.average > v.bandwidth || v.codecs[0] == "" || v.attributes["PROGRAM-ID"] != "" {
		t.Errorf("the variant is %+v:\n%s", v, text)
	}
	if v.sound != "" && v.attributes["AUDIO"] == "" {
		t.Errorf("the variant names no group of sound:\n%s", text)
	}
	list, kind, err := m3u8.DecodeFrom(bytes.NewReader([]byte(text)), true)
	if err != nil || kind != m3u8.MASTER {
		t.Fatalf("m3u8: %v, kind %v:\n%s", err, kind, text)
	}
	if m := list.(*m3u8.MasterPlaylist); len(m.Variants) != 1 || m.Variants[0].URI != v.uri {
		t.Errorf("m3u8 reads %+v", m)
	}
	return &v
}

// beside resolves an address of a playlist against the playlist's.
func beside(target, uri string) string {
	target, _, _ = strings.Cut(target, "?")
	return path.Join(path.Dir(target), uri)
}
