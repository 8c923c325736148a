package container

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// soundEnd is where the tags at the end of a file begin, not before from. It
// believes the length of a tag when the tag's beginning is there.
func soundEnd(w *window, from int64) int64 {
	end := w.size
	for range 16 {
		n := tailID3v1(w, end)
		for _, f := range []func(*window, int64) int64{tailAPE, tailLyrics, tailID3v2} {
			if n == 0 {
				n = f(w, end)
			}
		}
		if n == 0 || end-n < from {
			break
		}
		end -= n
	}
	return end
}

// before returns the n bytes that end at end.
func before(w *window, end int64, n int) []byte { return w.at(end-int64(n), n) }

// tailID3v1 is the length of an ID3v1 tag that ends at end, with its extension
// of 227 bytes if there is one, or 0.
func tailID3v1(w *window, end int64) int64 {
	if b := before(w, end, 128); b == nil || string(b[:3]) != "TAG" {
		return 0
	}
	if b := before(w, end-128, 227); b != nil && string(b[:4]) == "TAG+" {
		return 128 + 227
	}
	return 128
}

// tailAPE is the length of an APE tag, version 1 or 2. Version 1 has no header:
// there its first item must make sense.
func tailAPE(w *window, end int64) int64 {
	b := before(w, end, 32)
	if b == nil || string(b[:8]) != "APETAGEX" {
		return 0
	}
	n := int64(binary.LittleEndian.Uint32(b[12:])) // items and footer
	items, flags := binary.LittleEndian.Uint32(b[16:]), binary.LittleEndian.Uint32(b[20:])
	if n < 32 || n > end {
		return 0
	}
	if flags&(1<<31) != 0 {
		if b = w.at(end-n-32, 8); string(b) == "APETAGEX" {
			return n + 32
		}
		return 0
	}
	if items == 0 {
		return 32
	}
	b = w.upTo(end-n, 8+255)
	if len(b) < 11 || int64(binary.LittleEndian.Uint32(b)) > n {
		return 0
	}
	key, _, ok := bytes.Cut(b[8:], []byte{0})
	if !ok || len(key) < 2 {
		return 0
	}
	for _, c := range key {
		if c < 0x20 || c > 0x7e {
			return 0
		}
	}
	return n
}

// tailLyrics is the length of a Lyrics3 tag of version 2, which states it in six
// digits, or 1, which has at most 5100 bytes.
func tailLyrics(w *window, end int64) int64 {
	const begin = "LYRICSBEGIN"
	b := before(w, end, 15)
	if b == nil {
		return 0
	}
	switch string(b[6:]) {
	case "LYRICS200":
		n, err := strconv.ParseUint(string(b[:6]), 10, 32)
		if err != nil {
			return 0
		}
		if b = w.at(end-15-int64(n), len(begin)); string(b) == begin {
			return int64(n) + 15
		}
	case "LYRICSEND":
		n := min(end, 5100+int64(len(begin))+9)
		if i := bytes.LastIndex(before(w, end, int(n)), []byte(begin)); i >= 0 {
			return n - int64(i)
		}
	}
	return 0
}

// tailID3v2 is the length of an ID3v2 tag with a footer (ID3v2.4.0 structure,
// 3.4).
func tailID3v2(w *window, end int64) int64 {
	b := before(w, end, 10)
	if b == nil || string(b[:3]) != "3DI" || (b[6]|b[7]|b[8]|b[9])&0x80 != 0 {
		return 0
	}
	n := syncSafe(b[6:]) + 20
	if b = w.at(end-n, 3); string(b) == "ID3" {
		return n
	}
	return 0
}

// tagSize is the length that a tag states that begins at off, between frames:
// ID3v2, ID3v1, or APE version 2; or 0.
func tagSize(w *window, off int64) int64 {
	b := w.upTo(off, 32)
	switch {
	case len(b) >= 10 && string(b[:3]) == "ID3" && b[3] < 0xff && b[4] < 0xff && (b[6]|b[7]|b[8]|b[9])&0x80 == 0:
		n := 10 + syncSafe(b[6:])
		if b[5]&0x10 != 0 {
			n += 10 // the footer
		}
		return n
	case len(b) >= 3 && string(b[:3]) == "TAG":
		return 128
	case len(b) >= 32 && string(b[:8]) == "APETAGEX" && b[23]&0xa0 == 0xa0: // a header
		return 32 + int64(binary.LittleEndian.Uint32(b[12:]))
	}
	return 0
}

// syncSafe is a number of 4 times 7 bits (ID3v2.4.0 structure, 6.2).
func syncSafe(b []byte) int64 {
	return int64(b[0]&0x7f)<<21 | int64(b[1]&0x7f)<<14 | int64(b[2]&0x7f)<<7 | int64(b[3]&0x7f)
}
