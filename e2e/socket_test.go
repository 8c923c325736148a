package e2e

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// receiveBuffer sets the size of a socket's receive buffer before it connects,
// when it still decides about the window.
func receiveBuffer(size int) func(network, address string, c syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		var err error
		if cerr := c.Control(func(fd uintptr) {
			err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, size)
		}); cerr != nil {
			return cerr
		}
		return err
	}
}
