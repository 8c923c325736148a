package wire

import (
	"io"
	"net/netip"

	"golang.org/x/sys/unix"
)

// socket is a descriptor with its readiness. Read and Write wait, as those of a
// net.Conn do, for as long as the sweeper lets them.
type socket struct {
	fd    int
	ready readiness
	// drained: the last read found less than it had room for, so that there is
	// nothing more until the poller says so.
	drained bool
}

// read fills p with what has come, waiting for the first byte. io.EOF is the end.
func (s *socket) read(p []byte) (int, error) {
	for {
		if n, err := s.tryRead(p); err != unix.EAGAIN { //nolint:errorlint // a bare errno
			return n, err
		}
		s.ready.waitRead()
	}
}

// tryRead is read without waiting: it answers EAGAIN when there is nothing.
func (s *socket) tryRead(p []byte) (int, error) {
	if s.drained && s.ready.bits.Load()&(canRead|ended) == 0 {
		return 0, unix.EAGAIN
	}
	s.ready.clear(canRead)
	for {
		n, errno := sysRead(s.fd, p)
		switch {
		case errno == unix.EINTR:
		case errno == unix.EAGAIN:
			s.drained = true
			if s.ready.bits.Load()&ended != 0 {
				return 0, io.EOF // interrupted
			}
			return 0, unix.EAGAIN
		case errno != 0:
			return 0, errno
		case n == 0:
			return 0, io.EOF
		default:
			s.drained = n < len(p)
			return n, nil
		}
	}
}

// accept takes one connection off a listening socket, without waiting.
func accept(fd int) (int, netip.AddrPort, error) {
	nfd, sa, err := unix.Accept4(fd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	if err != nil {
		return -1, netip.AddrPort{}, err
	}
	// As package net does. The calls fail on a connection that is gone already,
	// which its first read will tell.
	_ = unix.SetsockoptInt(nfd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	_ = unix.SetsockoptInt(nfd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	return nfd, addrPort(sa), nil
}

func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch a := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port))
	}
	return netip.AddrPort{}
}

// abort makes the coming close a reset: nobody takes what was sent for the whole.
func (s *socket) abort() {
	_ = unix.SetsockoptLinger(s.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
}
