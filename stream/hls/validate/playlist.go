package validate

import (
	"net/url"
	"path"
	"strings"
)

// playlist is what the lines of one say. Faulty lines are reported, and taken for
// what they most likely mean, so that one fault does not hide others.
type playlist struct {
	url          string
	multivariant bool
	defined      map[string]string // variables, bis 4.4.2.3

	version     int
	target      int // 0 when missing
	sequence    int64
	discSeq     bool
	kind        string // of EXT-X-PLAYLIST-TYPE
	end         bool
	independent bool
	iframes     bool
	dated       bool // has EXT-X-PROGRAM-DATE-TIME
	skipped     int64
	segments    []segment

	variants   []variant
	renditions []rendition
	features   map[int]string // the first feature that needs a version
}

// segment is a Media Segment with the tags that apply to it.
type segment struct {
	url       string
	line      int // of its URI
	extinf    int // line of EXTINF, 0 when missing
	seconds   float64
	decimals  int
	span      *span // nil for the whole resource
	init      *initRef
	encrypted string // METHOD
	disc, gap bool
	bitrate   int64 // kbit/s, 0 when not stated
	rateLine  int
}

// span is a byte range.
type span struct{ off, n int64 }

type initRef struct {
	url  string
	span *span
	line int
}

type variant struct {
	url               string // empty when missing
	line              int
	attrs             attributes
	frames            bool // of EXT-X-I-FRAME-STREAM-INF
	bandwidth, avg    int64
	codecs            []string
	audio, video, sub string
}

type rendition struct {
	url, kind, group, name string
	line                   int
	attrs                  attributes
}

type reference struct {
	url               string
	line              int
	frames, subtitles bool
}

// maxFilled bounds what variables add to the text of a playlist: they can name
// each other.
const maxFilled = 1 << 20

// children are the media playlists that a multivariant one names, each once.
func (p *playlist) children() []reference {
	var list []reference
	seen := map[string]bool{}
	add := func(r reference) {
		if r.url != "" && !seen[r.url] {
			seen[r.url] = true
			list = append(list, r)
		}
	}
	for _, v := range p.variants {
		add(reference{url: v.url, line: v.line, frames: v.frames})
	}
	for _, r := range p.renditions {
		add(reference{url: r.url, line: r.line, subtitles: r.kind == "SUBTITLES"})
	}
	return list
}

// extension of an address's path, in small letters, with its point.
func extension(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(path.Ext(u.Path))
}
