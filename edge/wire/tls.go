package wire

import (
	"net"
	"sync"
)

// tlsChunk is how much of an answer is encrypted before it is written: four
// records of 16 KB in one write instead of four writes.
const tlsChunk = 64 << 10

// corked is the connection below TLS. While corked it gathers records.
type corked struct {
	*Conn
	on  bool
	buf *[]byte
}

func (k *corked) Read(p []byte) (int, error) {
	n, err := k.read(p)
	if err == nil && k.cut() {
		return 0, net.ErrClosed
	}
	return n, err
}

func (k *corked) Write(p []byte) (int, error) {
	if !k.on {
		return k.write(p)
	}
	*k.buf = append(*k.buf, p...)
	return len(p), nil
}

// flush writes what was gathered.
func (k *corked) flush() error {
	_, err := k.write(*k.buf)
	*k.buf = (*k.buf)[:0]
	return err
}

var (
	tlsPlain  = sync.Pool{New: func() any { b := make([]byte, tlsChunk); return &b }}
	tlsSealed = sync.Pool{New: func() any { b := make([]byte, 0, tlsChunk+8<<10); return &b }}
)

// sendTLS gathers the answer in chunks and writes each as whole records.
func (c *Conn) sendTLS() error {
	w, k := &c.out, c.under
	plain := tlsPlain.Get().(*[]byte)
	k.buf, k.on = tlsSealed.Get().(*[]byte), true
	defer func() {
		*k.buf = (*k.buf)[:0]
		tlsPlain.Put(plain)
		tlsSealed.Put(k.buf)
		k.buf, k.on = nil, false
	}()
	for !w.complete(c) {
		w.budget = c.pace.take()
		chunk := *plain
		if w.budget >= 0 && w.budget < int64(len(chunk)) {
			chunk = chunk[:w.budget]
		}
		n, err := w.gather(c, chunk)
		if err != nil {
			c.abort()
			return err
		}
		if _, err := c.tls.Write(chunk[:n]); err != nil {
			return err
		}
		if err := k.flush(); err != nil {
			return err
		}
		w.advance(c, int64(n))
	}
	c.pace.refund(w.budget)
	return nil
}

// gather copies what comes next of the answer into p.
func (w *writer) gather(c *Conn, p []byte) (int, error) {
	n := copy(p, w.head)
	done := w.done
	for i := w.extent; i < len(c.x.Plan.Extents) && n < len(p); i++ {
		e := &c.x.Plan.Extents[i]
		if e.Mem != nil {
			n += copy(p[n:], e.Mem[done:])
		} else {
			want := p[n:min(int64(len(p)), int64(n)+e.Len-done)]
			if _, err := c.x.Plan.File.ReadAt(want, e.Off+done); err != nil {
				return n, err
			}
			n += len(want)
		}
		done = 0
	}
	return n, nil
}
