package origin

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// FolderConfig bounds what a [Folder] keeps.
type FolderConfig struct {
	// MaxFiles bounds the versions kept, and so the open descriptors. A version
	// in use is kept open beyond it until its last answer ends.
	MaxFiles int
	// InlineBytes is the size up to which a file is kept in memory instead of a
	// descriptor.
	InlineBytes int64
	// MemoryBytes bounds the bytes of all files kept in memory.
	MemoryBytes int64
}

// freshFor is how long an answer may rest on an earlier look at the disk. The
// promise is one second; the rest is left for the look itself.
const freshFor = 900 * time.Millisecond

// Folder serves the regular files below a root. Paths never leave the root:
// os.Root refuses links that lead out of it. It is safe for concurrent use.
type Folder struct {
	root  *os.Root
	cfg   FolderConfig
	table *table
	opens atomic.Int64
}

// OpenFolder opens dir as a root. Close releases it.
func OpenFolder(dir string, cfg FolderConfig) (*Folder, error) {
	if cfg.MaxFiles <= 0 || cfg.MemoryBytes < 0 || cfg.InlineBytes < 0 {
		return nil, fmt.Errorf("origin: folder limits must be positive, have %+v", cfg)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open root: %w", err)
	}
	return &Folder{root: root, cfg: cfg, table: newTable(cfg.MaxFiles, cfg.MemoryBytes)}, nil
}

// FS is the folder as a file system, hidden names included, for listings.
// Opening a pipe in it does not wait.
func (d *Folder) FS() fs.FS { return folderFS{d.root.FS(), d.root} }

type folderFS struct {
	fs.FS
	root *os.Root
}

func (f folderFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return f.root.OpenFile(name, os.O_RDONLY|unix.O_NONBLOCK, 0)
}

func (f folderFS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.FS, name) }

// Open finds the file at a canonical URL path ("/a/b.flac"). now is the
// caller's monotonic clock, read once a request. The caller must Release the
// file. Errors: [ErrNotFound], [ErrDirectory], [ErrBusy], [ErrChanged] when a
// small file kept changing while it was read, else an I/O error.
//
// Fast path: a version looked at within the last second, without allocating.
func (d *Folder) Open(urlPath []byte, now time.Duration) (*File, error) {
	return d.find(urlPath, now, true)
}

// OpenUnread is Open for who sends nothing of the file's bytes: it does not ask
// whether the open file was written to since the last look, at most a second ago.
func (d *Folder) OpenUnread(urlPath []byte, now time.Duration) (*File, error) {
	return d.find(urlPath, now, false)
}

func (d *Folder) find(urlPath []byte, now time.Duration, read bool) (*File, error) {
	var before *File
	if e := d.table.get(urlPath); e != nil {
		if d.current(e, now) && (!read || e.file.Unchanged()) {
			return e.file, nil
		}
		d.table.drop(e)
		before = e.file
		defer before.Release()
	}
	return d.open(string(urlPath), before, now)
}

// current reports whether e's version may still be served.
func (d *Folder) current(e *entry, now time.Duration) bool {
	looked := e.looked.Load()
	// Of the requests that find the look too old one looks again; the others use
	// the version meanwhile.
	if now-time.Duration(looked) > freshFor && e.looked.CompareAndSwap(looked, int64(now)) {
		id, err := d.look(e.path)
		if err != nil || id != e.file.id || e.file.racy {
			return false
		}
	}
	return true
}

func (d *Folder) look(urlPath string) (identity, error) {
	info, err := d.root.Stat(urlPath[1:])
	if err != nil {
		return identity{}, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, errors.New("no file identity on this platform")
	}
	return identity{
		dev: uint64(st.Dev), ino: st.Ino, size: st.Size, //nolint:unconvert // as in identityOf
		mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(),
	}, nil
}

// open is the slow path: the file is opened, looked at and kept. before is the
// version that it takes the place of, or nil.
func (d *Folder) open(urlPath string, before *File, now time.Duration) (*File, error) {
	if err := Visible(urlPath); err != nil {
		return nil, err
	}
	var err error
	for range 3 { // a small file that changes while it is read is read again
		var f *File
		if f, err = d.openOnce(urlPath); err == nil {
			if before != nil && before.ModTime == f.ModTime && !(before.id == f.id && before.DateStrong) {
				f.DateStrong = false
			}
			d.table.put(urlPath, f, int64(now))
			return f, nil
		}
		if !errors.Is(err, ErrChanged) {
			break
		}
	}
	return nil, err
}

func (d *Folder) openOnce(urlPath string) (*File, error) {
	d.opens.Add(1)
	// O_NONBLOCK: opening a pipe without a writer must not wait for one.
	f, err := d.root.OpenFile(urlPath[1:], os.O_RDONLY|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.EMFILE) || errors.Is(err, unix.ENFILE) {
		// Files kept for later give way to one asked for now.
		d.table.shrink()
		f, err = d.root.OpenFile(urlPath[1:], os.O_RDONLY|unix.O_NONBLOCK, 0)
	}
	if err != nil {
		return nil, classify(err)
	}
	fd, st, err := status(f)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("stat %s: %w", urlPath, err)
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		_ = f.Close()
		return nil, ErrDirectory
	default:
		_ = f.Close()
		return nil, ErrNotFound
	}
	inline := d.cfg.InlineBytes
	if st.Size > d.cfg.MemoryBytes {
		inline = -1
	}
	return newFile(f, fd, st, urlPath, inline)
}

// status asks the descriptor itself, so that what was checked is what is read.
func status(f *os.File) (int, *unix.Stat_t, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return -1, nil, err
	}
	var (
		st  unix.Stat_t
		num int
		sys error
	)
	if err := raw.Control(func(fd uintptr) { num = int(fd); sys = fstat(num, &st) }); err != nil {
		return -1, nil, err
	}
	return num, &st, sys
}

// Visible reports ErrNotFound for paths that the folder never serves: the root
// itself, names that begin with a dot, and a trailing slash on a file.
func Visible(urlPath string) error {
	if len(urlPath) < 2 || urlPath[0] != '/' {
		return ErrDirectory
	}
	if strings.Contains(urlPath, "/.") {
		return ErrNotFound
	}
	if strings.HasSuffix(urlPath, "/") {
		return ErrDirectory
	}
	return nil
}

func classify(err error) error {
	switch {
	case errors.Is(err, unix.EMFILE), errors.Is(err, unix.ENFILE):
		return ErrBusy
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ENAMETOOLONG),
		errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV),
		errors.Is(err, fs.ErrPermission), errors.Is(err, unix.EINVAL):
		return ErrNotFound
	}
	// os.Root gives no sentinel for a link that leaves the root, only a text.
	if strings.Contains(err.Error(), "escapes") {
		return ErrNotFound
	}
	return fmt.Errorf("open: %w", err)
}

// Stats tells what the folder holds, for metrics.
type Stats struct {
	Files       int   // versions kept
	MemoryBytes int64 // bytes of small files kept in memory
	Opens       int64 // times that a file was opened on disk
}

// Stats is safe to call at any time.
func (d *Folder) Stats() Stats {
	n, mem := d.table.size()
	return Stats{Files: n, MemoryBytes: mem, Opens: d.opens.Load()}
}

// Close forgets every version and closes the root. Versions in use stay open
// until they are released.
func (d *Folder) Close() error {
	d.table.clear()
	return d.root.Close()
}
