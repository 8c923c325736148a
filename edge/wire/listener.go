package wire

import (
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// listener accepts descriptors that Go's own poller never hears of: ours watches
// them, and the listening one (see poller).
type listener struct {
	socket
	addr net.Addr
	// take is accept, but for tests.
	take func(fd int) (int, netip.AddrPort, error)
}

// newListener takes l over: it keeps a descriptor of its own and closes l.
func newListener(l *net.TCPListener, p *poller) (*listener, error) {
	raw, err := l.SyscallConn()
	if err != nil {
		return nil, err
	}
	ln := &listener{addr: l.Addr(), take: accept}
	ln.ready.wake = make(chan struct{}, 1)
	var dup error
	if err := raw.Control(func(fd uintptr) { ln.fd, dup = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if dup != nil {
		return nil, fmt.Errorf("duplicate listener: %w", dup)
	}
	if err := p.add(ln.fd, &ln.ready); err != nil {
		_ = unix.Close(ln.fd)
		return nil, err
	}
	return ln, l.Close()
}

// accept waits for a connection. net.ErrClosed follows an interrupt.
func (l *listener) accept() (int, netip.AddrPort, error) {
	for {
		l.ready.clear(canRead)
		if l.ready.bits.Load()&ended != 0 {
			return -1, netip.AddrPort{}, net.ErrClosed
		}
		fd, remote, err := l.take(l.fd)
		if err != unix.EAGAIN { //nolint:errorlint // a bare errno
			return fd, remote, err
		}
		l.ready.waitRead()
	}
}
