package wire

import (
	"fmt"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// poller tells connections when their sockets are ready. It exists beside Go's
// own because that forgets readiness before each read, so that every request
// costs a second read that finds nothing: a tenth of a small answer's time. Here
// readiness is kept until a read has used it.
//
// It is an epoll instance that itself waits in Go's poller: a batch of events
// costs one system call, and no thread is blocked.
type poller struct {
	epoll  *os.File
	fd     int
	byFD   []atomic.Pointer[readiness]
	events [256]unix.EpollEvent
	done   chan struct{}
}

func newPoller(descriptors int) (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // or Go would not poll it
		_ = unix.Close(fd)
		return nil, fmt.Errorf("epoll: %w", err)
	}
	return &poller{
		epoll: os.NewFile(uintptr(fd), "epoll"), fd: fd,
		byFD: make([]atomic.Pointer[readiness], descriptors), done: make(chan struct{}),
	}, nil
}

// run wakes connections until the poller is closed.
func (p *poller) run() {
	defer close(p.done)
	raw, err := p.epoll.SyscallConn()
	if err != nil {
		panic("BUG: " + err.Error())
	}
	// All in one Read, whose function never says that it is done: readiness that
	// comes while it runs is kept, and lost between two Reads.
	_ = raw.Read(func(fd uintptr) bool {
		n, errno := sysEpollWait(int(fd), p.events[:])
		if errno != 0 {
			return errno != unix.EINTR
		}
		for i := range n {
			e := &p.events[i]
			if r := p.byFD[e.Fd].Load(); r != nil {
				r.set(e.Events)
			}
		}
		return false
	})
}

// add watches a descriptor until it is closed.
func (p *poller) add(fd int, r *readiness) error {
	if fd >= len(p.byFD) {
		return unix.EMFILE
	}
	p.byFD[fd].Store(r)
	err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{
		Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET, Fd: int32(fd),
	})
	if err != nil {
		p.byFD[fd].Store(nil)
	}
	return err
}

// remove forgets a descriptor, which is closed right after: that takes it out of
// the epoll instance. An event already fetched wakes nobody, or a newcomer under
// the same number, who then looks and finds nothing.
func (p *poller) remove(fd int) { p.byFD[fd].Store(nil) }

func (p *poller) close() {
	_ = p.epoll.Close()
	<-p.done
}

// readiness is what is known of a socket, and who waits for it: the one
// goroutine that serves the connection.
type readiness struct {
	bits atomic.Uint32
	wake chan struct{} // has room for one
}

const (
	canRead  = 1 << iota // something has come since it was last cleared
	canWrite             // room has come up since it was last cleared
	ended                // the client, or the sweeper, has ended the connection: for ever
	awaitsRead
	awaitsWrite
)

// set notes events and wakes who waits for one of them.
func (r *readiness) set(events uint32) {
	var add uint32
	if events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		add |= canRead
	}
	if events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		add |= canWrite
	}
	// Data and the end may come as one event, of which a read uses up the data.
	if events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
		add |= ended
	}
	r.add(add)
}

func (r *readiness) add(add uint32) {
	for {
		old := r.bits.Load()
		next := old | add
		woken := old&awaitsRead != 0 && add&(canRead|ended) != 0 || old&awaitsWrite != 0 && add&canWrite != 0
		if woken {
			next &^= awaitsRead | awaitsWrite
		}
		if next == old {
			return
		}
		if r.bits.CompareAndSwap(old, next) {
			if woken {
				r.wake <- struct{}{}
			}
			return
		}
	}
}

// clear forgets one kind of readiness, before the call that will find out.
func (r *readiness) clear(bit uint32) {
	if r.bits.Load()&bit != 0 {
		r.bits.And(^bit)
	}
}

// wait returns when one of the bits is set.
func (r *readiness) wait(bits, awaits uint32) {
	for {
		old := r.bits.Load()
		if old&bits != 0 {
			return
		}
		if r.bits.CompareAndSwap(old, old|awaits) {
			<-r.wake
		}
	}
}

func (r *readiness) waitRead()  { r.wait(canRead|ended, awaitsRead) }
func (r *readiness) waitWrite() { r.wait(canWrite, awaitsWrite) }

// interrupt wakes the connection whatever it waits for.
func (r *readiness) interrupt() { r.add(canRead | canWrite | ended) }
