package hls

import "bytes"

// Kind is what an address below /hls/ names.
type Kind uint8

// The kinds of addresses.
const (
	Master   Kind = iota + 1 // master.m3u8
	Info                     // info.json
	Joined                   // index.m3u8: the media playlist of an album
	Playlist                 // {rendition}/index.m3u8
	Init                     // {rendition}/{version}/init.mp4
	Fragment                 // {rendition}/{version}/{n}.m4s
)

// Name is an address below /hls/, taken apart. Its slices are of what was parsed.
type Name struct {
	Kind      Kind
	Window    bool // of the span
	Span      Span
	Rendition []byte
	Version   []byte // 16 hex digits
	N         int    // number of the segment, or of the init section
	Base      int64  // by how much the timeline is moved, in samples
	Extension []byte // of a segment, with its dot
}

// maxNumber bounds numbers in names.
const maxNumber = 1 << 40

// Parse takes apart what follows "/hls/" in a canonical path:
//
//	[{from}-{to}/] master.m3u8 | info.json | index.m3u8
//	[{from}-{to}/] {rendition}/index.m3u8
//	[{from}-{to}/] {rendition}/{version}/init[-{n}].mp4
//	[{from}-{to}/] {rendition}/{version}/{n}[-{base}].{m4s,mp3,aac}
//
// Each thing has one name: numbers have no leading zeros. It does not allocate.
func Parse(rest []byte) (n Name, ok bool) {
	dir, file, deep := bytes.Cut(rest, []byte("/"))
	if deep && len(dir) > 0 && dir[0] >= '0' && dir[0] <= '9' {
		if n.Span, n.Window = ParseSpan(dir); !n.Window {
			return n, false
		}
		dir, file, deep = bytes.Cut(file, []byte("/"))
	}
	if !deep {
		switch string(dir) {
		case "master.m3u8":
			n.Kind = Master
		case "info.json":
			n.Kind = Info
		case "index.m3u8":
			n.Kind = Joined
		default:
			return n, false
		}
		return n, true
	}
	if len(dir) == 0 {
		return n, false
	}
	n.Rendition = dir
	if string(file) == "index.m3u8" {
		n.Kind = Playlist
		return n, true
	}
	version, file, ok := bytes.Cut(file, []byte("/"))
	if !ok || len(version) != 16 || len(file) == 0 {
		return n, false
	}
	for _, c := range version {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return n, false
		}
	}
	n.Version = version
	if tail, is := bytes.CutPrefix(file, []byte("init")); is {
		n.Kind = Init
		if string(tail) == ".mp4" {
			return n, true
		}
		if len(tail) == 0 || tail[0] != '-' {
			return n, false
		}
		v, tail, ok := number(tail[1:])
		n.N = int(v)
		return n, ok && v > 0 && string(tail) == ".mp4"
	}
	n.Kind = Fragment
	v, tail, ok := number(file)
	if !ok {
		return n, false
	}
	n.N = int(v)
	if len(tail) > 0 && tail[0] == '-' {
		n.Base, tail, ok = number(tail[1:])
		if !ok || n.Base == 0 {
			return n, false
		}
	}
	switch string(tail) {
	case ".m4s", ".mp3", ".aac":
		n.Extension = tail
		return n, true
	}
	return n, false
}

// number reads a decimal number without leading zeros.
func number(b []byte) (v int64, rest []byte, ok bool) {
	i := 0
	for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
		if v = v*10 + int64(b[i]-'0'); v > maxNumber {
			return 0, nil, false
		}
	}
	if i == 0 || i > 1 && b[0] == '0' {
		return 0, nil, false
	}
	return v, b[i:], true
}
