package container

import (
	"encoding/binary"
	"iter"
)

const (
	// maxTopBoxes bounds the search for the moov: camera files have some ten
	// boxes beside each other, never thousands.
	maxTopBoxes = 1 << 14
	// maxBoxes bounds the boxes inside of one.
	maxBoxes = 1 << 12
	// maxDescriptions bounds the stsd box, which is read whole.
	maxDescriptions = 1 << 16
)

// box is a box of an ISO base media file (ISO/IEC 14496-12, 4.2) or an atom of
// QuickTime, which are framed alike: its kind, and where its body stands in the
// file. The zero box is one that is not there.
type box struct {
	kind     [4]byte
	off, end int64
}

func (b box) is(kind string) bool { return string(b.kind[:]) == kind }

// missing reports whether there is no such box.
func (b box) missing() bool { return b.end == 0 }

// pane is a small window, for what is read here and there: a window proper would
// read 256 KiB for each box header. What goes wrong with the disk goes to the
// window it was made of.
type pane struct {
	window
	from *window
}

// newPane makes a pane onto the file up to end. It serves n bytes at a time.
func newPane(w *window, end int64, n int) *pane {
	p := &pane{from: w}
	p.set(w, end, make([]byte, 0, n))
	return p
}

func (p *pane) set(w *window, end int64, buf []byte) {
	p.from = w
	p.ctx, p.src, p.size, p.buf = w.ctx, w.src, min(end, w.size), buf
}

// at is [window.at], for at most as many bytes as the pane was made for.
func (p *pane) at(off int64, n int) []byte {
	b := p.window.at(off, n)
	if b == nil && p.err != nil && p.from.err == nil {
		p.from.err = p.err
	}
	return b
}

// header reads the box that begins at off and should end at limit or before. An
// end of limit+1 says that it goes on behind the limit.
func (m *movie) header(off, limit int64) (box, bool) {
	var b box
	if limit-off < 8 {
		return b, false
	}
	h := m.pane.at(off, 8)
	if h == nil {
		return b, false
	}
	size, n := uint64(binary.BigEndian.Uint32(h)), int64(8)
	copy(b.kind[:], h[4:])
	switch size {
	case 0: // to the end
		size = uint64(limit - off)
	case 1:
		if h = m.pane.at(off+8, 8); h == nil {
			return b, false
		}
		size, n = binary.BigEndian.Uint64(h), 16
	}
	if size < uint64(n) {
		return b, false
	}
	b.off, b.end = off+n, limit+1
	if size <= uint64(limit-off) {
		b.end = off + int64(size)
	}
	return b, true
}

// in walks the boxes inside of one. It ends at what makes no sense: QuickTime
// ends lists with four zeros, and what is needed is missed later.
func (m *movie) in(parent box) iter.Seq[box] {
	return func(yield func(box) bool) {
		off := parent.off
		for range maxBoxes {
			b, ok := m.header(off, parent.end)
			if !ok || b.end > parent.end || !yield(b) {
				return
			}
			off = b.end
		}
	}
}

// body reads the first n bytes of a box's body, or fewer when it is shorter.
func (m *movie) body(b box, n int) []byte {
	n = int(min(int64(n), b.end-b.off))
	if n <= 0 {
		return nil
	}
	if n <= cap(m.pane.buf) {
		return m.pane.at(b.off, n)
	}
	return newPane(m.w, b.end, n).at(b.off, n)
}

// boxesOf walks the boxes in bytes that were read: kinds and bodies.
func boxesOf(b []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for len(b) >= 8 {
			n := int64(binary.BigEndian.Uint32(b))
			if n < 8 || n > int64(len(b)) || !yield(string(b[4:8]), b[8:n]) {
				return
			}
			b = b[n:]
		}
	}
}
