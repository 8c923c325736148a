package wire

import (
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"segue/stream/origin"
)

// maxVectors bounds one writev: a head and the memory extents that follow it.
const maxVectors = 8

// sendfileChunk bounds one sendfile, so that a fast client on a fast link does
// not keep its thread from the others, and a file rewritten in place is noticed.
const sendfileChunk = 1 << 20

// writer is the progress of one answer through the socket.
type writer struct {
	head   []byte // what is left of the head
	extent int    // index into the plan's extents
	done   int64  // bytes of that extent already sent
	sent   int64  // bytes of all extents
	budget int64  // bytes that may go before the next pause; negative: no bound
	off    int64  // for sendfile, which wants a pointer
	err    error
	iov    [maxVectors]unix.Iovec
	msg    unix.Msghdr
}

// SendPlan makes the exchange's Response and Plan the answer, in place of the
// head that is written next.
func (c *Conn) SendPlan() { c.x.planned = true }

// Write sends the planned answer, or p when there is none.
func (c *Conn) Write(p []byte) (int, error) {
	if c.x == nil || !c.x.planned {
		return c.writeAll(p)
	}
	err := c.send(c.x.Response)
	c.finish(err)
	if err != nil {
		c.failed = true
		return 0, err
	}
	return len(p), nil
}

// finish reports the answer once, whether it was sent, cut or never begun.
func (c *Conn) finish(err error) {
	if c.x == nil || !c.x.planned {
		return
	}
	c.x.planned = false
	c.srv.hooks.Done(c, c.x, c.out.sent, err)
	c.out.sent = 0
}

func (c *Conn) send(head []byte) error {
	w := &c.out
	w.head, w.extent, w.done, w.sent, w.err = head, 0, 0, 0, nil
	if c.tls != nil {
		return c.sendTLS()
	}
	for !w.complete(c) {
		w.budget = c.pace.take()
		for !c.onWritable() {
			if !c.awaitRoom() {
				return net.ErrClosed
			}
		}
		if w.err != nil {
			if errors.Is(w.err, origin.ErrChanged) {
				c.abort()
			}
			return w.err
		}
	}
	c.pace.refund(w.budget)
	return nil
}

// awaitRoom waits until the client has taken some of what was sent. False means
// that the sweeper has lost patience with it.
func (c *Conn) awaitRoom() bool {
	if !c.enter(phaseBusy, phaseBlocked) && c.cut() {
		return false
	}
	c.ready.waitWrite()
	c.enter(phaseBlocked, phaseBusy)
	return !c.cut()
}

func (w *writer) complete(c *Conn) bool {
	return w.extent == len(c.x.Plan.Extents) && len(w.head) == 0
}

// onWritable sends what the socket takes; false means: wait until there is room.
func (c *Conn) onWritable() bool {
	w := &c.out
	for !w.complete(c) && w.budget != 0 {
		c.ready.clear(canWrite)
		var (
			n   int64
			err errno
		)
		if v, more := w.vector(c); v > 0 {
			n, err = w.sendVector(c.fd, v, more)
		} else {
			n, err = w.sendFile(c.fd, c)
		}
		switch {
		case n > 0:
			w.advance(c, n)
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return false
		case err == 0: // sendfile at an early end of the file
			w.err = origin.ErrChanged
			return true
		default:
			w.err = err
			return true
		}
	}
	return true
}

// A head may share its first packet with the file (MSG_MORE) or go alone. Alone
// it leaves the file's pages aligned with the segments, which halves the cost of
// an answer of up to two of them (measured at 100 KB); for shorter ones the
// packet saved is worth more, and for longer ones the client pays for the extra
// packet with a third of its throughput (bench/README.md).
const segment = 64 << 10

func sharesPacket(fileBytes int64) bool { return fileBytes <= segment || fileBytes > 2*segment }

// vector gathers the memory that comes next. more says that a run of the file
// follows, and that their first packet should hold both.
func (w *writer) vector(c *Conn) (n int, more bool) {
	room := w.budget
	add := func(p []byte) {
		if room >= 0 && int64(len(p)) > room {
			p = p[:room]
		}
		if len(p) > 0 {
			w.iov[n].Base = &p[0]
			w.iov[n].SetLen(len(p))
			n++
			if room >= 0 {
				room -= int64(len(p))
			}
		}
	}
	add(w.head)
	done := w.done
	for i := w.extent; i < len(c.x.Plan.Extents) && n < maxVectors; i++ {
		e := &c.x.Plan.Extents[i]
		if e.Mem == nil {
			return n, sharesPacket(e.Len)
		}
		add(e.Mem[done:])
		done = 0
	}
	return n, false
}

func (w *writer) sendVector(fd, n int, more bool) (int64, errno) {
	w.msg.Iov = &w.iov[0]
	w.msg.SetIovlen(n)
	flags := unix.MSG_NOSIGNAL | unix.MSG_DONTWAIT
	if more {
		flags |= unix.MSG_MORE // one packet with what sendfile adds
	}
	sent, err := sysSendmsg(fd, &w.msg, flags)
	clear(w.iov[:n]) // the pool must not keep bodies alive
	return int64(sent), err
}

func (w *writer) sendFile(fd int, c *Conn) (int64, errno) {
	e, f := &c.x.Plan.Extents[w.extent], c.x.Plan.File
	if w.done > 0 && !f.Unchanged() {
		return 0, 0
	}
	count := min(e.Len-w.done, sendfileChunk)
	if w.budget >= 0 {
		count = min(count, w.budget)
	}
	w.off = e.Off + w.done
	if !f.Warm(w.off, count) {
		// The pages may have to come from the disk: let the scheduler know.
		off := w.off
		n, err := unix.Sendfile(fd, f.FD(), &off, int(count))
		if n > 0 {
			f.Warmed(w.off, int64(n))
		}
		var no errno
		_ = errors.As(err, &no)
		return int64(max(n, 0)), no
	}
	off, begin := w.off, Now()
	n, err := sysSendfile(fd, f.FD(), &w.off, int(count))
	if Now()-begin > coldRead {
		f.Cooled(off, count)
	}
	return n, err
}

// coldRead is longer than sending a chunk from memory takes, and shorter than
// most disks.
const coldRead = 3 * time.Millisecond

func (w *writer) advance(c *Conn, n int64) {
	if w.budget > 0 {
		w.budget = max(0, w.budget-n)
	}
	if k := min(n, int64(len(w.head))); k > 0 {
		w.head = w.head[k:]
		n -= k
	}
	w.sent += n
	extents := c.x.Plan.Extents
	for w.extent < len(extents) {
		e := &extents[w.extent]
		size := e.Len
		if e.Mem != nil {
			size = int64(len(e.Mem))
		}
		if w.done+n < size {
			w.done += n
			return
		}
		n -= size - w.done
		w.done = 0
		w.extent++
	}
}

// writeAll sends bytes that belong to no plan.
func (c *Conn) writeAll(p []byte) (int, error) {
	if c.tls != nil {
		return c.tls.Write(p)
	}
	return c.write(p)
}

// write sends all of p as it is, waiting for room.
func (c *Conn) write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		c.ready.clear(canWrite)
		n, err := sysWrite(c.fd, p[sent:])
		switch err {
		case 0:
			sent += n
		case unix.EINTR:
		case unix.EAGAIN:
			if !c.awaitRoom() {
				return sent, net.ErrClosed
			}
		default:
			return sent, err
		}
	}
	return sent, nil
}

// errno is what a system call on a socket ends with; 0 is success.
type errno = syscall.Errno
