package hls

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"segue/stream/container"
	"segue/stream/origin"
	"segue/stream/tags"
)

// disk keeps indexes and conversions in a folder. All of it can be made again:
// what is damaged is treated as missing.
type disk struct {
	dir   string
	most  int64
	lock  *os.File // of a folder that is this process's own, gone with it; else nil
	index bool     // indexes are kept
	pcm   *origin.Folder
	mu    sync.Mutex // held while the folder is pruned
}

// record is an index as it is kept.
type record struct {
	Path, ETag string
	Format     string // of the source, when that was converted
	Converted  string // name of the FLAC
	Index      *container.Index
}

// magic begins an index file. Its number is raised when a record or an index
// changes its meaning.
const magic = "segue index 1\n"

const (
	indexDir = "index"
	pcmDir   = "flac"
)

func openDisk(dir string, most int64) (*disk, error) {
	d := &disk{dir: dir, most: most, index: dir != ""}
	if dir == "" {
		if err := d.own(); err != nil {
			return nil, fmt.Errorf("folder for conversions: %w", err)
		}
	}
	for _, sub := range []string{indexDir, pcmDir} {
		if err := os.MkdirAll(filepath.Join(d.dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("cache_dir: %w", err)
		}
	}
	var err error
	d.pcm, err = origin.OpenFolder(filepath.Join(d.dir, pcmDir), origin.FolderConfig{MaxFiles: 64})
	if err != nil {
		return nil, fmt.Errorf("cache_dir: %w", err)
	}
	d.prune()
	return d, nil
}

// own makes a folder for this process, and removes those of processes that were
// killed: nobody holds their locks.
func (d *disk) own() error {
	const pattern = "segue-hls-"
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), pattern+"*", "lock"))
	for _, name := range left {
		if f, err := os.OpenFile(name, os.O_RDWR, 0); err == nil {
			if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
				_ = os.RemoveAll(filepath.Dir(name))
			}
			_ = f.Close()
		}
	}
	var err error
	if d.dir, err = os.MkdirTemp("", pattern); err != nil {
		return err
	}
	// Locked before it has its name, or another process may take it for left.
	f, err := os.CreateTemp(d.dir, "new-*")
	if err != nil {
		return err
	}
	d.lock = f
	return errors.Join(unix.Flock(int(f.Fd()), unix.LOCK_EX), os.Rename(f.Name(), filepath.Join(d.dir, "lock")))
}

func (d *disk) close() error {
	err := d.pcm.Close()
	if d.lock != nil {
		err = errors.Join(err, os.RemoveAll(d.dir), d.lock.Close())
	}
	return err
}

// nameOf is where what belongs to a version of a file stands.
func nameOf(path, etag string) string {
	sum := sha256.Sum256([]byte(path + "\x00" + etag))
	return hex.EncodeToString(sum[:16])
}

func (d *disk) indexFile(path, etag string) string {
	n := nameOf(path, etag)
	return filepath.Join(d.dir, indexDir, n[:2], n[2:])
}

// maxIndexFile bounds what is read of an index file.
const maxIndexFile = 64 << 20

// load reads the index of a version, or nil.
func (d *disk) load(path, etag string) *record {
	if !d.index {
		return nil
	}
	f, err := os.Open(d.indexFile(path, etag))
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxIndexFile))
	if err != nil {
		return nil
	}
	rec := decode(b)
	if rec == nil || rec.Path != path || rec.ETag != etag {
		_ = os.Remove(f.Name())
		return nil
	}
	return rec
}

func (d *disk) save(rec *record) error {
	if !d.index {
		return nil
	}
	name := d.indexFile(rec.Path, rec.ETag)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return writeFile(name, func(f *os.File) error {
		_, err := f.Write(encode(rec))
		return err
	})
}

// encode is the record behind the magic and a checksum.
func encode(rec *record) []byte {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(rec); err != nil {
		panic("BUG: index cannot be written: " + err.Error())
	}
	sum := sha256.Sum256(b.Bytes())
	return slices.Concat([]byte(magic), sum[:], b.Bytes())
}

// decode is nil for what is not whole.
func decode(b []byte) *record {
	b, ok := bytes.CutPrefix(b, []byte(magic))
	if !ok || len(b) < sha256.Size {
		return nil
	}
	if sum := sha256.Sum256(b[sha256.Size:]); !bytes.Equal(sum[:], b[:sha256.Size]) {
		return nil
	}
	rec := new(record)
	if gob.NewDecoder(bytes.NewReader(b[sha256.Size:])).Decode(rec) != nil || rec.Index == nil {
		return nil
	}
	return rec
}

// writeFile puts a file in place whole: another process sees all of it or none.
func writeFile(name string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

func (d *disk) remove(name string) { _ = os.Remove(filepath.Join(d.dir, pcmDir, name)) }

func (d *disk) open(name string, now time.Duration) (*origin.File, error) {
	return d.pcm.Open([]byte("/"+name), now)
}

// intact reports whether what an index is of is still there, byte for byte.
func (s *Store) intact(rec *record) bool {
	if rec.Converted == "" {
		return true
	}
	f, err := os.Open(filepath.Join(s.disk.dir, pcmDir, rec.Converted))
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || info.Size() != rec.Index.Size {
		return false
	}
	x, err := container.Open(s.ctx, f, info.Size())
	return err == nil && x.Content == rec.Index.Content
}

// convert makes the FLAC of a WAV or AIFF file, and its index.
func (s *Store) convert(rec *record, f *origin.File) error {
	rec.Format, _ = container.PCM(f, f.Size)
	rec.Converted = nameOf(rec.Path, rec.ETag) + ".flac"
	err := writeFile(filepath.Join(s.disk.dir, pcmDir, rec.Converted), func(w *os.File) error {
		return container.Convert(s.ctx, w, f, f.Size)
	})
	if err != nil {
		return err
	}
	s.stats.Converted.Add(1)
	s.disk.prune()
	flac, err := os.Open(filepath.Join(s.disk.dir, pcmDir, rec.Converted))
	if err != nil {
		return err
	}
	defer func() { _ = flac.Close() }()
	now := time.Now()
	_ = os.Chtimes(flac.Name(), now, time.Time{}) // pruned by use
	info, err := flac.Stat()
	if err != nil {
		return err
	}
	if rec.Index, err = container.Open(s.ctx, flac, info.Size()); err != nil {
		return fmt.Errorf("converted file: %w", err)
	}
	rec.Index.Notes = append(rec.Index.Notes, container.PCMNotes(s.ctx, f, f.Size)...)
	rec.Index.Tags, err = tags.Read(f, f.Size)
	return err
}

// prune removes what was not used for longest until the folder is within its
// bound.
func (d *disk) prune() {
	d.mu.Lock()
	defer d.mu.Unlock()
	type stored struct {
		name string
		size int64
		used time.Time
	}
	var all []stored
	var sum int64
	add := func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil //nolint:nilerr // what cannot be read is left alone
		}
		info, err := e.Info()
		if err != nil {
			return nil //nolint:nilerr // gone meanwhile
		}
		if strings.HasPrefix(e.Name(), ".new-") && time.Since(info.ModTime()) > time.Hour {
			_ = os.Remove(name) // of a process that was killed
			return nil
		}
		all = append(all, stored{name, info.Size(), info.ModTime()})
		sum += info.Size()
		return nil
	}
	for _, sub := range []string{indexDir, pcmDir} { // the rest of the folder is others'
		_ = filepath.WalkDir(filepath.Join(d.dir, sub), add)
	}
	slices.SortFunc(all, func(a, b stored) int { return a.used.Compare(b.used) })
	for _, f := range all {
		if sum <= d.most || time.Since(f.used) < time.Minute {
			break // what was just made is about to be asked for
		}
		if os.Remove(f.name) == nil {
			sum -= f.size
		}
	}
}
