package wire

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"segue/edge/gate"
)

// phase is where a connection stands. Whoever moves one out of phaseFresh,
// phaseIdle or phaseHead by compare-and-swap owns what follows: the reader goes
// on to serve, the sweeper to close. So no request in progress is ever shed.
type phase = int32

const (
	phaseFresh   phase = iota // accepted, nothing read
	phaseIdle                 // between requests
	phaseHead                 // a head has begun
	phaseBusy                 // a request is being served
	phaseBlocked              // an answer waits for the client to take more
	phaseClosed
)

// Conn is one client connection. Its methods are called by the goroutine that
// serves it, but for what the sweeper does.
type Conn struct {
	net.Conn // for addresses and deadlines
	tcp      *net.TCPConn
	raw      syscall.RawConn
	tls      *tls.Conn
	under    *corked // below tls
	srv      *Server
	remote   netip.AddrPort
	id       uint64
	x        *Exchange
	partial  []byte // a head's first bytes, while the rest is awaited
	limits   *Limits
	pace     pace
	out      writer

	phase atomic.Int32
	since atomic.Int64 // Now when the phase began
	slot  int          // in the server's table, guarded by its mutex
	acked uint64       // the sweeper's: bytes acknowledged when last asked
	moved int64        // the sweeper's: when that last grew

	linger bool // the client may still be sending: do not cut its answer off by a reset

	readable, writable func(fd uintptr) bool // made once: a method value allocates
	readErr            error
}

// RemoteAddrPort is the peer's address, unmapped.
func (c *Conn) RemoteAddrPort() netip.AddrPort { return c.remote }

// ID tells connections apart within the process.
func (c *Conn) ID() uint64 { return c.id }

// Exchange is the request being served.
func (c *Conn) Exchange() *Exchange { return c.x }

// TLS reports whether the connection is encrypted.
func (c *Conn) TLS() bool { return c.tls != nil }

// enter changes the phase, unless the sweeper has closed the connection.
func (c *Conn) enter(from, to phase) bool {
	if !c.phase.CompareAndSwap(from, to) {
		return false
	}
	c.since.Store(int64(c.srv.coarse()))
	return true
}

// Read hands on the current head, and after it waits for the next request. It
// answers io.EOF when there will be none: nothing must be written then.
func (c *Conn) Read(p []byte) (int, error) {
	if c.x == nil || c.x.given == c.x.headEnd {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.x.buf[c.x.given:c.x.headEnd])
	c.x.given += n
	return n, nil
}

// next ends the request before and reads until another head is complete and
// past the gate.
func (c *Conn) next() error {
	from := phaseFresh
	if c.x != nil {
		from = phaseBusy
		c.finish(nil)
		c.x.reset()
		if c.x.next(); c.x.n == 0 {
			releaseExchange(c.x)
			c.x = nil
		}
		if c.linger {
			return io.EOF
		}
	}
	if from == phaseBusy {
		if c.x == nil {
			if !c.enter(phaseBusy, phaseIdle) {
				return io.EOF
			}
			from = phaseIdle
			if c.srv.draining.Load() {
				c.Close()
				return io.EOF
			}
		} else if !c.enter(phaseBusy, phaseHead) {
			return io.EOF
		} else {
			from = phaseHead
		}
	}
	for {
		if c.x != nil && c.x.n > c.x.scanned {
			end, err := c.srv.gate.Next(c.x.buf[:c.x.n], c.x.scanned, &c.x.Head)
			if err != nil {
				if c.enter(from, phaseBusy) {
					c.refuse(err)
				}
				return io.EOF
			}
			if end > 0 {
				c.x.headEnd = end
				if !c.enter(from, phaseBusy) {
					return io.EOF
				}
				return c.admit()
			}
			c.x.scanned = c.x.n
			if from != phaseHead {
				if !c.enter(from, phaseHead) {
					return io.EOF
				}
				from = phaseHead
			}
		}
		if err := c.fill(); err != nil {
			return io.EOF
		}
	}
}

// admit refuses a request that carries a body: no route takes one, and a body
// that nobody reads would pass for the next request.
func (c *Conn) admit() error {
	c.x.Start = Now()
	h := &c.x.Head
	if h.ContentLength == 0 {
		return nil
	}
	if h.Method == gate.Other {
		c.refuse(refuseMethod)
	} else {
		c.refuse(refuseBody)
	}
	return io.EOF
}

var (
	refuseMethod = &gate.Refusal{Status: 405, Reason: "method", Detail: "only GET, HEAD and OPTIONS are answered here"}
	refuseBody   = &gate.Refusal{Status: 413, Reason: "body", Detail: "this request takes no body"}
	refuseSlow   = &gate.Refusal{Status: 408, Reason: "slow_head", Detail: "the request took too long to arrive"}
)

// fill reads once. While it waits for a first byte it holds no buffer, and
// while it waits for the rest of a head only the bytes of that.
func (c *Conn) fill() error {
	if c.tls != nil {
		return c.fillTLS()
	}
	c.readErr = nil
	if err := c.raw.Read(c.readable); err != nil {
		return err
	}
	return c.readErr
}

// onReadable is called by the poller's loop. False means: wait.
func (c *Conn) onReadable(fd uintptr) bool {
	x := c.x
	if x == nil {
		x = acquireExchange(c.srv.headBytes)
		if len(c.partial) > 0 {
			x.n = copy(x.buf, c.partial)
			x.scanned = x.n
		}
	}
	if x.n == len(x.buf) {
		c.x, c.readErr = x, unix.ENOBUFS // the gate refuses earlier
		return true
	}
	n, errno := rawRead(int(fd), x.buf[x.n:])
	switch {
	case errno == unix.EAGAIN:
		if x.n > 0 {
			c.partial = append(c.partial[:0], x.buf[:x.n]...)
		}
		releaseExchange(x)
		c.x = nil
		return false
	case errno != 0:
		c.readErr = errno
	case n == 0:
		c.readErr = io.EOF
	}
	x.n += n
	c.x = x
	c.partial = nil
	return true
}

// fillTLS waits for a first byte without a buffer of ours.
func (c *Conn) fillTLS() error {
	if c.x == nil {
		var one [1]byte
		n, err := c.tls.Read(one[:])
		if n == 0 {
			return eof(err)
		}
		c.x = acquireExchange(c.srv.headBytes)
		c.x.buf[0], c.x.n = one[0], 1
		return nil
	}
	if c.x.n == len(c.x.buf) {
		return unix.ENOBUFS
	}
	n, err := c.tls.Read(c.x.buf[c.x.n:])
	c.x.n += n
	if n == 0 {
		return eof(err)
	}
	return nil
}

func eof(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

func rawRead(fd int, p []byte) (int, syscall.Errno) {
	for {
		n, errno := sysRead(fd, p)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return 0, errno
		}
		return n, 0
	}
}

// refuse answers a request that went no further, and ends the connection after.
func (c *Conn) refuse(err error) {
	r := &gate.Refusal{Status: 400, Reason: "malformed", Detail: "malformed request"}
	_ = errors.As(err, &r)
	c.linger = true
	_, _ = c.writeAll(c.srv.hooks.Answer(r))
	c.srv.hooks.Refused(c, r)
}

// Close ends the connection. The answer to a client that is still sending is
// given a moment to arrive: closing with bytes unread resets the connection.
func (c *Conn) Close() error {
	if c.phase.Swap(phaseClosed) == phaseClosed {
		return nil
	}
	if c.linger {
		c.drainInput()
	}
	return c.tcp.Close()
}

const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 256 << 10
)

func (c *Conn) drainInput() {
	if c.tls != nil {
		_ = c.tls.CloseWrite()
	}
	_ = c.tcp.CloseWrite()
	_ = c.tcp.SetReadDeadline(time.Now().Add(lingerTime))
	_, _ = io.CopyN(io.Discard, c.tcp, lingerBytes)
}

// SetReadDeadline does nothing: the sweeper bounds every wait.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: the sweeper bounds every wait by progress.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline does nothing, as above.
func (c *Conn) SetDeadline(time.Time) error { return nil }
