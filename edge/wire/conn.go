package wire

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
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
	phaseLinger               // all is said; the client may still be sending
	phaseClosed
)

// Conn is one client connection, a net.Conn. Its methods are called by the
// goroutine that serves it alone, but for what the sweeper does.
type Conn struct {
	socket
	srv    *Server
	tls    *tls.Conn
	under  *corked // below tls
	remote netip.AddrPort
	id     uint64
	x      *Exchange
	// partial is a head's first bytes, while the rest is awaited.
	partial []byte
	pace    pace
	out     writer

	phase atomic.Int32
	since atomic.Int64 // Now when the phase began
	slot  int          // in the server's table, guarded by its mutex
	acked uint64       // the sweeper's: bytes acknowledged when last asked
	moved int64        // the sweeper's: when that last grew

	last   bool // no request is read after this one: where it would begin is not known
	failed bool // an answer ended before its time: nothing may make it look whole
}

// RemoteAddrPort is the peer's address, unmapped.
func (c *Conn) RemoteAddrPort() netip.AddrPort { return c.remote }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr {
	sa, err := unix.Getsockname(c.fd)
	if err != nil {
		return &net.TCPAddr{}
	}
	return net.TCPAddrFromAddrPort(addrPort(sa))
}

// ID tells connections apart within the process.
func (c *Conn) ID() uint64 { return c.id }

// Exchange is the request being served.
func (c *Conn) Exchange() *Exchange { return c.x }

// enter changes the phase, unless the sweeper has closed the connection.
func (c *Conn) enter(from, to phase) bool {
	if !c.phase.CompareAndSwap(from, to) {
		return false
	}
	c.since.Store(int64(c.srv.coarse()))
	return true
}

func (c *Conn) cut() bool { return c.phase.Load() == phaseClosed }

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
	at := phaseFresh
	if c.x != nil {
		if c.last {
			return io.EOF
		}
		c.finish(nil)
		c.x.reset()
		if c.x.next(); c.x.n == 0 {
			releaseExchange(c.x)
			c.x = nil
			at = phaseIdle
		} else {
			at = phaseHead
		}
		if !c.enter(phaseBusy, at) || at == phaseIdle && c.srv.draining.Load() {
			return io.EOF
		}
	}
	for {
		if c.x != nil && c.x.n > c.x.scanned {
			end, err := c.srv.gate.Next(c.x.buf[:c.x.n], c.x.scanned, &c.x.Head)
			if err != nil || end > 0 {
				c.x.headEnd = end
				if !c.enter(at, phaseBusy) {
					return io.EOF
				}
				if err != nil {
					c.refuse(err)
					return io.EOF
				}
				return c.admit()
			}
			c.x.scanned = c.x.n
			if at != phaseHead {
				if !c.enter(at, phaseHead) {
					return io.EOF
				}
				at = phaseHead
			}
		}
		if err := c.fill(); err != nil || c.cut() {
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
	for {
		x := c.x
		if x == nil {
			if c.drained && c.ready.bits.Load()&(canRead|ended) == 0 {
				c.ready.waitRead()
			}
			x = acquireExchange(c.srv.headBytes)
			x.n = copy(x.buf, c.partial)
			x.scanned = x.n
			c.x = x
		}
		n, err := c.tryRead(x.buf[x.n:]) // the gate refuses before there is no room
		if err == nil {
			x.n += n
			c.partial = nil
			return nil
		}
		if err != unix.EAGAIN { //nolint:errorlint // a bare errno
			return err
		}
		if x.n > 0 {
			c.partial = append(c.partial[:0], x.buf[:x.n]...)
		}
		releaseExchange(x)
		c.x = nil
		c.ready.waitRead()
	}
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

// refuse answers a request that went no further, and ends the connection after.
func (c *Conn) refuse(err error) {
	r := &gate.Refusal{Status: 400, Reason: "malformed", Detail: "malformed request"}
	_ = errors.As(err, &r)
	c.last = true
	c.srv.hooks.Refused(c, r)
	answer := c.srv.hooks.Answer(r)
	if bytes.HasPrefix(c.x.buf[:c.x.n], []byte("HEAD ")) { // RFC 9110 9.3.2
		answer = answer[:bytes.Index(answer, endOfHead)+len(endOfHead)]
	}
	_, _ = c.writeAll(answer)
}

// Close says that the goroutine is done with the connection. Its descriptor is
// closed when the server has forgotten it.
func (c *Conn) Close() error { return nil }

var endOfHead = []byte("\r\n\r\n")

// end says all there is to say before the descriptor is closed. To close with
// bytes unread, or before the client has sent its last, resets the connection and
// takes the tail of the answer with it (RFC 9112 9.6): so what still comes is read
// and dropped until the client ends too.
func (c *Conn) end() {
	if c.x != nil {
		c.finish(net.ErrClosed)
		releaseExchange(c.x)
		c.x = nil
	}
	if c.tls != nil {
		// The alert tells the end from a truncation. It waits for nothing once the
		// sweeper has cut the connection.
		_ = c.tls.CloseWrite()
	}
	if !c.failed && c.enter(phaseBusy, phaseLinger) {
		_ = unix.Shutdown(c.fd, unix.SHUT_WR)
		var sink [4 << 10]byte
		for left := lingerBytes; left > 0; {
			n, err := c.read(sink[:])
			if err != nil {
				break
			}
			left -= n
		}
	}
	c.phase.Store(phaseClosed)
}

const (
	lingerTime  = 5 * time.Second
	lingerBytes = 256 << 10
)

// SetReadDeadline does nothing: the sweeper bounds every wait.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: the sweeper bounds every wait by progress.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline does nothing, as above.
func (c *Conn) SetDeadline(time.Time) error { return nil }
