package container

import (
	"context"
	"encoding/binary"
	"io"

	"github.com/cespare/xxhash/v2"
)

// window reads a file from front to back in large pieces, and hashes what it
// reads once hashing is turned on. A reader that goes on forward reads nothing
// twice.
type window struct {
	ctx  context.Context // of one Open or Frames, never kept beyond
	src  io.ReaderAt
	size int64
	buf  []byte
	off  int64 // of buf[0] in the file
	err  error // the disk's or the context's, as against the file's

	sum    xxhash.Digest
	hashed int64 // all bytes from hashFrom to here are in sum
	hash   bool
}

// windowSize is read at a time: large enough that system calls cost nothing,
// small enough to stay in the processor's cache.
const windowSize = 256 << 10

func newWindow(ctx context.Context, src io.ReaderAt, size int64) *window {
	w := &window{ctx: ctx, src: src, size: size}
	w.sum.Reset()
	return w
}

// hashAll begins to hash every byte from off on. Until the walk ends, at must be
// called with offsets that never leave a gap of more than a window unread.
func (w *window) hashAll(off int64) {
	w.hash, w.hashed = true, off
	// What is here already is not read again.
	if d := off - w.off; d >= 0 && d < int64(len(w.buf)) {
		_, _ = w.sum.Write(w.buf[d:])
		w.hashed = w.off + int64(len(w.buf))
	}
}

// at returns the n bytes from off, n at most windowSize, or nil when the file
// ends before. They are valid until the next call.
func (w *window) at(off int64, n int) []byte {
	// Fast path: they are here.
	if d := off - w.off; d >= 0 && d+int64(n) <= int64(len(w.buf)) {
		return w.buf[d : d+int64(n)]
	}
	return w.load(off, n)
}

// upTo is at for as many of n bytes as the file has.
func (w *window) upTo(off int64, n int) []byte {
	if off < 0 || off >= w.size {
		return nil
	}
	return w.at(off, int(min(int64(n), w.size-off)))
}

// rest returns all bytes from off that the window holds, at least one, or nil
// at the end of the file.
func (w *window) rest(off int64) []byte {
	if w.at(off, 1) == nil {
		return nil
	}
	return w.buf[off-w.off:]
}

func (w *window) load(off int64, n int) []byte {
	if w.err != nil || off < 0 || n < 0 || n > windowSize || off > w.size-int64(n) {
		return nil
	}
	if w.hash && off > w.off+int64(len(w.buf)) && w.hashed < off {
		w.hashTo(off)
	}
	if w.err = w.ctx.Err(); w.err != nil {
		return nil
	}
	if w.buf == nil {
		w.buf = make([]byte, 0, min(windowSize, w.size))
	}
	// What is here already moves to the front.
	kept := 0
	if d := off - w.off; d >= 0 && d < int64(len(w.buf)) {
		kept = copy(w.buf[:cap(w.buf)], w.buf[d:])
	}
	want := int(min(int64(cap(w.buf)), w.size-off))
	w.buf, w.off = w.buf[:want], off
	m, err := w.src.ReadAt(w.buf[kept:], off+int64(kept))
	if m < want-kept {
		if !isEnd(err) {
			w.err = err
		} else {
			w.err = io.ErrUnexpectedEOF // shorter than it was when it was opened
		}
		w.buf = w.buf[:0]
		return nil
	}
	if w.hash && w.hashed < off+int64(want) {
		if w.hashed >= off {
			_, _ = w.sum.Write(w.buf[w.hashed-off:])
			w.hashed = off + int64(want)
		}
	}
	return w.buf[:n]
}

// hashTo hashes what was leapt over. Slow path: junk longer than a window.
func (w *window) hashTo(off int64) {
	for w.hashed < off && w.err == nil {
		n := int(min(off-w.hashed, windowSize))
		if w.load(w.hashed, n) == nil {
			return
		}
	}
}

// note adds numbers to the hash.
func (w *window) note(v ...uint64) {
	var b [8]byte
	for _, x := range v {
		binary.LittleEndian.PutUint64(b[:], x)
		_, _ = w.sum.Write(b[:])
	}
}
