package tags

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sort"
)

var (
	errShort  = errors.New("tags: beyond the end")
	errBudget = errors.New("tags: too much to read")
)

// source is bytes at offsets: read fills p whole or fails.
type source interface {
	read(p []byte, off int64) error
}

// meter reads a file, up to a sum of bytes.
type meter struct {
	r    io.ReaderAt
	left int64
	err  error // the disk's, as against the file's
}

func (m *meter) read(p []byte, off int64) error {
	if int64(len(p)) > m.left {
		return errBudget
	}
	m.left -= int64(len(p))
	n, err := m.r.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case errors.Is(err, io.EOF): // truncated since
		return errShort
	}
	m.err = err
	return err
}

// input reads the small pieces that tags are made of through a window. A reader
// that moves forward reads nothing twice; what is leapt over is not read.
type input struct {
	src    source
	size   int64
	start  int64 // of the window
	filled int
	window [windowSize]byte
}

const windowSize = 4 << 10

// nothing is an input without a byte, and so is never changed.
var nothing input

func newInput(src source, size int64) *input { return &input{src: src, size: size} }

// peek returns n bytes at off, at most windowSize, or nil. They are valid until
// the next call.
func (in *input) peek(off, n int64) []byte {
	if off < 0 || n < 0 || n > windowSize || n > in.size-off {
		return nil
	}
	d := off - in.start
	if d < 0 || d+n > int64(in.filled) {
		kept := 0
		if d >= 0 && d < int64(in.filled) {
			kept = copy(in.window[:], in.window[d:in.filled])
		}
		in.start, in.filled = off, 0
		want := int(min(windowSize, in.size-off))
		if in.src.read(in.window[kept:want], off+int64(kept)) != nil {
			return nil
		}
		in.filled, d = want, 0
	}
	return in.window[d : d+n]
}

// read is for what is larger.
func (in *input) read(p []byte, off int64) error {
	if off < 0 || int64(len(p)) > in.size-off {
		return errShort
	}
	if b := in.peek(off, int64(len(p))); b != nil {
		copy(p, b)
		return nil
	}
	return in.src.read(p, off)
}

// part is a stretch of the bytes below that stands at off in the whole.
type part struct {
	off  int64
	at   int64
	size int64
}

// pieces is one run of bytes that stands in many places.
type pieces struct {
	src   source
	parts []part
}

func (s *pieces) read(p []byte, off int64) error {
	i := sort.Search(len(s.parts), func(i int) bool { return s.parts[i].off+s.parts[i].size > off })
	for ; len(p) > 0; i++ {
		if i == len(s.parts) {
			return errShort
		}
		skip := off - s.parts[i].off
		n := min(int64(len(p)), s.parts[i].size-skip)
		if err := s.src.read(p[:n], s.parts[i].at+skip); err != nil {
			return err
		}
		p, off = p[n:], off+n
	}
	return nil
}

// base64Source is what the size characters of src at off stand for. They carry
// no padding.
type base64Source struct {
	src       source
	off, size int64

	text [1024]byte
	raw  [1024 / 4 * 3]byte
}

func (s *base64Source) read(p []byte, off int64) error {
	for len(p) > 0 {
		from := off / 3 * 4
		n := min(int64(len(s.text)), s.size-from)
		if n <= 0 {
			return errShort
		}
		if err := s.src.read(s.text[:n], s.off+from); err != nil {
			return err
		}
		m, err := base64.RawStdEncoding.Decode(s.raw[:], s.text[:n])
		if err != nil {
			return fmt.Errorf("picture: %w", err)
		}
		if m != base64.RawStdEncoding.DecodedLen(int(n)) || m <= int(off%3) {
			return errShort // broken into lines, which the sizes do not count
		}
		c := copy(p, s.raw[off%3:m])
		p, off = p[c:], off+int64(c)
	}
	return nil
}

// synced takes the stuffing of ID3v2 out of the size bytes of src at off: every
// zero behind an 0xff (ID3v2.4.0 structure, 6.1). Behind the end are zeros, as
// in padding. Reading on is cheap, turning back begins anew.
type synced struct {
	src       source
	off, size int64

	at  int64 // in src, from off
	pos int64 // in what is left
	ff  bool

	stuffed [windowSize]byte
}

func (s *synced) read(p []byte, off int64) error {
	if off < s.pos {
		s.at, s.pos, s.ff = 0, 0, false
	}
	for len(p) > 0 {
		n := min(int64(len(s.stuffed)), s.size-s.at)
		if n <= 0 {
			clear(p)
			return nil
		}
		// Never more than is wanted: what is read too far would be read again.
		n = min(n, off-s.pos+int64(len(p)))
		if err := s.src.read(s.stuffed[:n], s.off+s.at); err != nil {
			return err
		}
		s.at += n
		for _, c := range s.stuffed[:n] {
			if s.ff && c == 0 {
				s.ff = false
				continue
			}
			s.ff = c == 0xff
			if s.pos == off {
				p[0] = c
				p, off = p[1:], off+1
			}
			s.pos++
		}
	}
	return nil
}
