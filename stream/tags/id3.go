package tags

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
)

// id3 reads the ID3v2 tag at off, which does not reach beyond end, and returns
// where it ends; off when there is none.
func (p *parser) id3(in *input, off, end int64) int64 {
	h := p.peek(in, off, 10)
	if h == nil || string(h[:3]) != "ID3" || h[3] < 2 || h[3] > 4 {
		return off
	}
	version, flags := h[3], h[5]
	at := off + 10
	next := at + syncsafe(h[6:])
	stop := min(next, end)
	if version == 4 && flags&0x10 != 0 {
		next += 10 // a footer
	}
	t := id3Tag{parser: p, version: version, unsynced: flags&0x80 != 0}
	src := in
	if t.unsynced && version < 4 {
		// The lengths of frames do not count the stuffing.
		from, size := at, stop-at
		src = p.within(func() source { return &synced{src: in, off: from, size: size} }, size)
		at, stop = 0, size
	}
	if flags&0x40 != 0 {
		if version == 2 {
			return next // compressed, in a way that was never defined
		}
		ext := p.peek(src, at, 4)
		if ext == nil {
			return next
		}
		if version == 3 {
			at += 4 + int64(binary.BigEndian.Uint32(ext))
		} else {
			at += syncsafe(ext)
		}
	}
	t.frames(src, at, stop)
	return next
}

type id3Tag struct {
	*parser
	version  byte
	unsynced bool
}

type id3Frame struct {
	id         string
	flags      byte // the second, which tells the format
	body, size int64
}

func (t *id3Tag) frames(src *input, at, stop int64) {
	for {
		f, ok := t.frame(src, at, stop)
		if !ok {
			return
		}
		at = f.body + f.size
		text := t.field(f.id)
		if f.size == 0 || text == nil && !isNested(f.id) {
			continue
		}
		body, off, size := src, f.body, f.size
		switch t.version {
		case 3:
			if f.flags&0xc0 != 0 {
				continue // compressed or encrypted
			}
			if f.flags&0x20 != 0 {
				off, size = off+1, size-1 // its group
			}
		case 4:
			if f.flags&0x0c != 0 {
				continue
			}
			if f.flags&0x40 != 0 {
				off, size = off+1, size-1
			}
			length := size
			if f.flags&0x01 != 0 {
				if b := t.peek(src, off, 4); b != nil {
					length = syncsafe(b)
				}
				off, size = off+4, size-4
				length = min(length, size)
			}
			if (t.unsynced || f.flags&0x02 != 0) && size > 0 {
				from, all := off, size
				body = t.within(func() source { return &synced{src: src, off: from, size: all} }, all)
				off, size = 0, length
			}
		}
		if size <= 0 {
			continue
		}
		switch f.id {
		case "APIC", "PIC":
			t.attached(body, off, size)
		case "TXXX", "TXX":
			t.named(t.peek(body, off, min(size, maxText)), 1)
		case "COMM", "COM":
			t.named(t.peek(body, off, min(size, maxText)), 4) // behind three letters of the language
		case "RVA2":
			t.volume(t.peek(body, off, min(size, maxText)))
		default:
			if b := t.peek(body, off, min(size, maxText)); len(b) > 1 {
				text(decode(b[0], b[1:]))
			}
		}
	}
}

// isNested reports whether a frame is one that says more than a text.
func isNested(id string) bool {
	switch id {
	case "APIC", "PIC", "TXXX", "TXX", "COMM", "COM", "RVA2":
		return true
	}
	return false
}

// named reads a text with its description before it (ID3v2.4.0 frames, 4.2.6
// and 4.10).
func (t *id3Tag) named(b []byte, at int) {
	if len(b) <= at {
		return
	}
	name, value, ok := cutText(b[0], b[at:])
	if !ok {
		return
	}
	if text := t.described(decode(b[0], name)); text != nil {
		text(decode(b[0], value))
	}
}

// volume reads the master volume of an RVA2 frame: an adjustment in 512ths of a
// decibel and a peak of as many bits as it says (ID3v2.4.0 frames, 4.11).
func (t *id3Tag) volume(b []byte) {
	name, b, ok := bytes.Cut(b, []byte{0})
	if !ok {
		return
	}
	gain, peak := &t.replayGain.Track, &t.replayGain.TrackPeak
	if strings.EqualFold(string(name), "album") {
		gain, peak = &t.replayGain.Album, &t.replayGain.AlbumPeak
	}
	for len(b) >= 4 {
		kind, adjust, bits := b[0], int16(binary.BigEndian.Uint16(b[1:])), int(b[3])
		n := (bits + 7) / 8
		if b = b[4:]; n > len(b) {
			return
		}
		if kind == 1 { // the master volume
			fill(gain, float64(adjust)/512, -maxGain, maxGain)
			if n > 0 && n <= 4 {
				var v [8]byte
				copy(v[8-n:], b[:n])
				// Full scale is half of what the bits can say.
				full := float64(uint64(1) << (bits - 1))
				fill(peak, float64(binary.BigEndian.Uint64(v[:]))/full, math.SmallestNonzeroFloat64, maxPeak)
			}
		}
		b = b[n:]
	}
}

// frame reads a frame's header. Padding, and whatever else is no frame, ends a
// tag.
func (t *id3Tag) frame(src *input, at, stop int64) (f id3Frame, ok bool) {
	if t.version == 2 {
		h := t.peek(src, at, 6)
		if at > stop-6 || h == nil {
			return f, false
		}
		f = id3Frame{id: string(h[:3]), body: at + 6, size: int64(h[3])<<16 | int64(h[4])<<8 | int64(h[5])}
	} else {
		h := t.peek(src, at, 10)
		if at > stop-10 || h == nil {
			return f, false
		}
		f = id3Frame{id: string(h[:4]), flags: h[9], body: at + 10, size: int64(binary.BigEndian.Uint32(h[4:8]))}
		if t.version == 4 {
			f.size = t.frameSize(src, f, syncsafe(h[4:8]), stop)
		}
	}
	return f, isFrameID(f.id) && f.size <= stop-f.body
}

// frameSize undoes a known fault: some writers of ID3v2.4 state lengths as
// version 3 did. A true length leads to the next frame, to padding or to the
// end.
func (t *id3Tag) frameSize(src *input, f id3Frame, safe, stop int64) int64 {
	plain := f.size
	if safe == plain || plain > stop-f.body {
		return safe
	}
	leads := func(size int64) bool {
		if f.body+size == stop {
			return true
		}
		id := t.peek(src, f.body+size, 4)
		return f.body+size <= stop-4 && id != nil && (id[0] == 0 || isFrameID(string(id)))
	}
	if !leads(safe) && leads(plain) {
		return plain
	}
	return safe
}

func isFrameID(id string) bool {
	for i := range len(id) {
		if c := id[i]; !isDigit(c) && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// attached reads an APIC or PIC frame (ID3v2.4.0 frames, 4.14).
func (t *id3Tag) attached(src *input, off, size int64) {
	head := t.peek(src, off, min(size, windowSize))
	if len(head) < 5 {
		return
	}
	enc, i := head[0], 4 // behind the three letters of the format
	if t.version > 2 {
		end := bytes.IndexByte(head[1:], 0) // of the media type
		if end < 0 {
			return
		}
		i = end + 2
	}
	if i >= len(head) {
		return
	}
	front := head[i] == 3
	i++
	for wide := enc == 1 || enc == 2; ; { // the description
		switch {
		case i+1 >= len(head):
			return
		case !wide && head[i] == 0:
			t.offer(src, off+int64(i)+1, size-int64(i)-1, front)
			return
		case wide && head[i] == 0 && head[i+1] == 0:
			t.offer(src, off+int64(i)+2, size-int64(i)-2, front)
			return
		case wide:
			i += 2
		default:
			i++
		}
	}
}

// id3v1 reads the 128 bytes at the end of old files.
func (p *parser) id3v1(in *input) {
	b := p.peek(in, in.size-128, 128)
	if b == nil || string(b[:3]) != "TAG" {
		return
	}
	for _, f := range []struct {
		name     string
		from, to int
	}{{"TITLE", 3, 33}, {"ARTIST", 33, 63}, {"ALBUM", 63, 93}, {"YEAR", 93, 97}} {
		p.field(f.name)(decode(encLatin, b[f.from:f.to]))
	}
	if b[125] == 0 {
		p.setNumber(int(b[126]))
	}
}

// syncsafe reads four times seven bits.
func syncsafe(b []byte) int64 {
	return int64(b[0]&0x7f)<<21 | int64(b[1]&0x7f)<<14 | int64(b[2]&0x7f)<<7 | int64(b[3]&0x7f)
}
