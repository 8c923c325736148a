package origin

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// File is one version of a stored file. It is safe for concurrent use between
// Open and the Release that belongs to it.
type File struct {
	// Size is the length in bytes.
	Size int64
	// ModTime is the modification time in whole Unix seconds, 0 when that lies in
	// the future.
	ModTime int64
	// ETag is the strong entity tag, quoted. It is made of size and modification
	// time in nanoseconds, so that every node holding a copy says the same and no
	// request waits for a file to be read.
	ETag string
	// LastModified is ModTime as an HTTP-date, or empty.
	LastModified string
	// DateStrong says that LastModified names these bytes alone: no other version
	// of the name was served with the same second (RFC 9110 8.8.2.2).
	DateStrong bool
	// ContentType is sniffed from the first bytes, or taken from the name.
	ContentType string
	// Tag names the file, whatever its version, in Cache-Tag headers.
	Tag string

	id     identity
	body   []byte // the whole file when it is small; then f is nil
	f      *os.File
	fd     int
	refs   atomic.Int32
	racy   bool // written so shortly before it was read that its time may not tell
	opened time.Time
	warm   atomic.Uint64

	text     bool
	gzipOnce sync.Once
	gzipped  []byte
	gzipETag string
}

// identity is what tells one version of a file from another.
type identity struct {
	dev, ino     uint64
	size         int64
	mtime, ctime int64 // nanoseconds
}

func identityOf(st *unix.Stat_t) identity {
	return identity{
		dev: uint64(st.Dev), ino: st.Ino, size: st.Size, //nolint:unconvert // Dev's width differs by platform
		mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(),
	}
}

// racyWindow is longer than the step of file times on kernels that stamp them
// once a clock tick. Two writes within one step look like one.
const racyWindow = 20 * time.Millisecond

// newFile takes over f, whose status is st, and reads it whole when it is no
// larger than inline bytes. The caller holds the one reference.
func newFile(f *os.File, fd int, st *unix.Stat_t, name string, inline int64) (*File, error) {
	id := identityOf(st)
	v := &File{
		Size: id.size, ModTime: st.Mtim.Sec, id: id, f: f, fd: fd, opened: time.Now(),
		ETag:         string(appendETag(nil, id)),
		LastModified: time.Unix(st.Mtim.Sec, 0).UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT"),
		Tag:          TagOf(name), DateStrong: true,
	}
	if v.ModTime > v.opened.Unix() {
		// A Last-Modified must not lie in the future (RFC 9110 8.8.2.1).
		v.ModTime, v.LastModified, v.DateStrong = 0, "", false
	}
	v.racy = v.opened.UnixNano()-id.mtime < int64(racyWindow)
	v.refs.Store(1)
	if id.size <= inline {
		body := make([]byte, id.size)
		if _, err := io.ReadFull(io.NewSectionReader(f, 0, id.size), body); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = ErrChanged
			}
			_ = f.Close()
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		if !v.Unchanged() {
			_ = f.Close()
			return nil, fmt.Errorf("read %s: %w", name, ErrChanged)
		}
		v.body = body
		v.ContentType = contentType(name, body)
		v.text = isText(v.ContentType)
		_ = f.Close()
		v.f, v.fd = nil, -1
		return v, nil
	}
	var first [sniffLen]byte
	n, err := f.ReadAt(first[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		_ = f.Close()
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	v.ContentType = contentType(name, first[:n])
	return v, nil
}

func appendETag(dst []byte, id identity) []byte {
	dst = append(dst, '"')
	dst = strconv.AppendInt(dst, id.size, 16)
	dst = append(dst, '-')
	dst = strconv.AppendInt(dst, id.mtime, 16)
	return append(dst, '"')
}

// Bytes is the whole file when it is small enough to be kept in memory, else
// nil. An empty file gives an empty, non-nil slice. It must not be changed.
func (f *File) Bytes() []byte { return f.body }

// FD is the descriptor to send from, with explicit offsets only, or -1 when
// [File.Bytes] holds the file. It stays open until Release.
func (f *File) FD() int { return f.fd }

// ReadAt reads from this version. It answers [ErrChanged] when the file turned
// out to be another by the time that the bytes were there.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	if f.body != nil {
		n := copy(p, f.body[min(off, f.Size):])
		if n < len(p) {
			return n, io.EOF
		}
		return n, nil
	}
	n, err := f.f.ReadAt(p, off)
	if n < len(p) && off+int64(n) < f.Size || !f.Unchanged() {
		return n, ErrChanged
	}
	return n, err
}

// Unchanged reports whether the open file still has the size and the times
// that its ETag was made of. Small files are held in memory and never change.
func (f *File) Unchanged() bool {
	if f.body != nil {
		return true
	}
	var st unix.Stat_t
	if err := fstat(f.fd, &st); err != nil {
		return false
	}
	// Only these two: a rename over the name, or a change of mode, moves the
	// ctime and leaves the bytes alone.
	return st.Size == f.id.size && st.Mtim.Nano() == f.id.mtime
}

// Retain takes another reference, to be given back by Release.
func (f *File) Retain() { f.refs.Add(1) }

// Release gives a reference back. The last one closes the descriptor.
func (f *File) Release() {
	switch n := f.refs.Add(-1); {
	case n == 0 && f.f != nil:
		_ = f.f.Close()
	case n < 0:
		panic("BUG: origin.File released twice")
	}
}

// The file is seen as 64 stretches of equal length, each of which has a bit in
// warm when its bytes were sent before, so that they are likely in memory.

// Warm reports whether n bytes from off are likely in memory: to read them would
// not wait for a disk.
func (f *File) Warm(off, n int64) bool {
	mask := f.stretches(off, n)
	return f.warm.Load()&mask == mask
}

// Warmed notes that the bytes have just been read.
func (f *File) Warmed(off, n int64) { f.warm.Or(f.stretches(off, n)) }

// Cooled notes that reading the bytes took the time of a disk.
func (f *File) Cooled(off, n int64) { f.warm.And(^f.stretches(off, n)) }

func (f *File) stretches(off, n int64) uint64 {
	if n <= 0 || f.Size == 0 {
		return 0
	}
	size := (f.Size + 63) / 64
	first, last := off/size, min((off+n-1)/size, 63)
	return (^uint64(0) >> (63 - (last - first))) << first
}

// fstat is quick and never waits on a local disk, so the scheduler is not told.
func fstat(fd int, st *unix.Stat_t) error {
	for {
		_, _, errno := unix.RawSyscall(unix.SYS_FSTAT, uintptr(fd), uintptr(unsafe.Pointer(st)), 0)
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}
