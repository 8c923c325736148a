package validate

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// raw reads numbers, 0 behind its end.
type raw []byte

func (b raw) at(i, n int) (v uint64) {
	if i < 0 || i+n > len(b) {
		return 0
	}
	for _, c := range b[i : i+n] {
		v = v<<8 | uint64(c)
	}
	return v
}
func (b raw) u8(i int) uint8   { return uint8(b.at(i, 1)) }
func (b raw) u16(i int) uint16 { return uint16(b.at(i, 2)) }
func (b raw) u32(i int) uint32 { return uint32(b.at(i, 4)) }
func (b raw) from(i int) raw   { return b[min(i, len(b)):] }

// boxes hands over the boxes of a stream, with the offsets of their headers and
// of their ends (ISO/IEC 14496-12, 4.2). The body of mdat is passed over.
func boxes(r *bufio.Reader, f func(kind string, at, payload, end int64, body raw)) error {
	pos := int64(0)
	for {
		h, err := r.Peek(8)
		if len(h) == 0 && errors.Is(err, io.EOF) {
			return nil
		}
		if len(h) < 8 {
			return fmt.Errorf("%d stray bytes at %d", len(h), pos)
		}
		size, head := int64(binary.BigEndian.Uint32(h)), int64(8)
		kind := string(h[4:8])
		if size == 1 {
			if h, err = r.Peek(16); err != nil {
				return fmt.Errorf("box %q at %d: its header is cut", kind, pos)
			}
			size, head = int64(binary.BigEndian.Uint64(h[8:])), 16
		}
		endless := size == 0
		if endless {
			size = maxSegmentSize // to the end
		} else if size < head || size > maxSegmentSize {
			return fmt.Errorf("box %q at %d says it has %d bytes", kind, pos, size)
		}
		_, _ = r.Discard(int(head))
		var body []byte
		var n int64
		if kind == "mdat" || size > maxBox {
			n, err = io.CopyN(io.Discard, r, size-head)
		} else {
			body, err = io.ReadAll(io.LimitReader(r, size-head)) // grows as bytes come
			n = int64(len(body))
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if n < size-head && !endless {
			return fmt.Errorf("box %q at %d has %d of its %d bytes", kind, pos, n+head, size)
		}
		f(kind, pos, pos+head, pos+head+n, body)
		pos += head + n
	}
}

// children hands over the boxes in a box, and reports whether they fill it.
func (b raw) children(f func(kind string, body raw)) bool {
	for len(b) >= 8 {
		n, head := b.at(0, 4), 8
		if n == 1 {
			n, head = b.at(8, 8), 16
		}
		if n < uint64(head) || n > uint64(len(b)) {
			return false
		}
		f(string(b[4:8]), b[head:n])
		b = b[n:]
	}
	return len(b) == 0
}

// find returns the first box of a path below b.
func (b raw) find(path ...string) raw {
	var got raw
	b.children(func(kind string, body raw) {
		if kind != path[0] || got != nil {
			return
		}
		if got = body; len(path) > 1 {
			got = body.find(path[1:]...)
		}
	})
	return got
}
