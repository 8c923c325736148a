package wire

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The raw forms do not tell the scheduler: a call on a non-blocking socket
// never waits, and leaving and entering Go's accounting costs a tenth of it.
// What the pointers name lives on the heap, kept alive by the connection.

func sysRead(fd int, p []byte) (int, syscall.Errno) {
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return int(n), errno
}

func sysSendmsg(fd int, msg *unix.Msghdr, flags int) (int, syscall.Errno) {
	n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(msg)), uintptr(flags))
	return int(n), errno
}
