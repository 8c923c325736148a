package wire

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The raw forms do not tell Go's scheduler. A call on a non-blocking socket never
// waits, and the telling is dear: a call of more than 20 µs has its processor
// taken away and given to another thread, and sysmon woken to watch over it.
// What the pointers name lives on the heap, kept alive by the connection.

func sysRead(fd int, p []byte) (int, syscall.Errno) {
	n, _, errno := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return int(n), errno
}

func sysSendmsg(fd int, msg *unix.Msghdr, flags int) (int, syscall.Errno) {
	n, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(msg)), uintptr(flags))
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}

// sysSendfile sends from a file whose pages are in memory.
func sysSendfile(out, in int, off *int64, count int) (int64, syscall.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDFILE, uintptr(out), uintptr(in), uintptr(unsafe.Pointer(off)), uintptr(count), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int64(n), 0
}

func sysWrite(fd int, p []byte) (int, syscall.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)),
		unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, 0, 0)
	return int(n), errno
}

// sysEpollWait asks without waiting.
func sysEpollWait(fd int, events []unix.EpollEvent) (int, syscall.Errno) {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0)
	return int(n), errno
}
