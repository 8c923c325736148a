// Package library lists a folder of music: its subfolders and tracks with their
// tags and artwork.
//
// A listing comes in pages. The names of a folder are read at most once a
// second; tags are read for the page shown only, and kept for as long as a file
// keeps its size and modification time. What a file says of itself is read by
// [tags.Read]; a broken file is a track without tags.
//
// The package writes nothing, decodes no sound and knows no HTTP.
package library

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"segue/stream/origin"
	"segue/stream/tags"
)

var (
	// ErrCursor says that a cursor is none of ours.
	ErrCursor = errors.New("library: malformed cursor")
	// ErrNoArtwork says that a track has neither an embedded picture nor a cover
	// beside it.
	ErrNoArtwork = errors.New("library: no artwork")
	// ErrTooLarge says that a folder holds more names than are listed.
	ErrTooLarge = errors.New("library: too many names in one folder")
)

// Config bounds what a [Library] reads and keeps.
type Config struct {
	// PageSize is the most folders and tracks of one listing together.
	PageSize int
	// TagBytes is the most that is read of one file for its tags, and once more
	// for its picture.
	TagBytes int64
	// CacheEntries bounds the tracks whose tags are kept.
	CacheEntries int
	// MaxArtwork is the size of the largest picture that is served.
	MaxArtwork int64
}

const (
	// readers is how many files and folders are read at a time, over all callers.
	readers = 4
	// foldersKept bounds the folders whose names are kept for a second.
	foldersKept = 4
	// overhead is what a picture costs to find, beside its own bytes.
	overhead = 64 << 10
)

func (c Config) limits() tags.Limits {
	return tags.Limits{Bytes: c.TagBytes, MaxPicture: c.MaxArtwork}
}

// Library lists the music below a root. It is safe for concurrent use.
type Library struct {
	fsys    fs.FS
	cfg     Config
	folders *memo[folderKey, *folder]
	tags    *memo[tagsKey, tags.Tags]
	slots   chan struct{}
	now     func() time.Time
}

type folderKey struct {
	dir    string
	second int64
}

type tagsKey struct {
	name        string
	size, mtime int64
}

// New makes a library of fsys, whose files must implement io.ReaderAt, as those
// of [origin.Folder.FS] do. It reads nothing yet.
//
// Pipes and devices are told by their mode and never opened. One that takes a
// file's name between the look and the opening is beyond this package: fsys
// must open without waiting to be safe from that too.
func New(fsys fs.FS, cfg Config) (*Library, error) {
	switch {
	case fsys == nil:
		return nil, errors.New("library: no file system")
	case cfg.PageSize <= 0, cfg.CacheEntries <= 0, cfg.MaxArtwork <= 0:
		return nil, fmt.Errorf("library: limits must be positive, have %+v", cfg)
	case cfg.TagBytes/4 < cfg.MaxArtwork/3+overhead/4:
		// A picture stands in base64 in Ogg files.
		return nil, fmt.Errorf("library: tag bytes must be at least 4/3 of the largest artwork and %d, have %+v", overhead, cfg)
	}
	return &Library{
		fsys: fsys, cfg: cfg, slots: make(chan struct{}, readers), now: time.Now,
		folders: newMemo[folderKey, *folder](foldersKept),
		tags:    newMemo[tagsKey, tags.Tags](cfg.CacheEntries),
	}, nil
}

// Listing is one page of a folder: folders before tracks, in natural order.
type Listing struct {
	Path    string // as asked for
	Name    string // its last element; empty for the root
	Folders []Folder
	Tracks  []Track
	Next    string // the cursor of the next page; empty on the last
}

// Folder is a folder within a listing.
type Folder struct {
	Path string // "/a/b/", not escaped
	Name string
}

// Track is a file that can be played.
type Track struct {
	Path     string // "/a/b.mp3", not escaped
	Name     string // the file's own name
	Size     int64
	Modified time.Time
	Type     string // media type, by the name
	Title    string // the tag, else made of the file's name; never empty
	Artist   string
	Album    string
	Number   int // within the album; 0 when unknown
	Year     int // 0 when unknown
	Artwork  bool
	Version  string // of the file that Artwork comes from; of the track's own without
}

// List reads one page of the folder at a canonical path, "/" or "/a/b/". after
// is empty, or the Next of the page before: a page begins behind that name,
// whatever was added or taken away meanwhile. A file that vanishes during the
// call is left out, so that a page may be short and still have a Next.
//
// Errors: [origin.ErrNotFound] for what is missing, hidden or no folder,
// [origin.ErrBusy], [ErrCursor], [ErrTooLarge], the context's, else an I/O
// error.
func (l *Library) List(ctx context.Context, path, after string) (Listing, error) {
	dir, err := folderName(path)
	if err != nil {
		return Listing{}, err
	}
	from, err := parseCursor(after)
	if err != nil {
		return Listing{}, err
	}
	f, err := l.folder(ctx, dir)
	if err != nil {
		return Listing{}, err
	}
	page, more := f.page(from, l.cfg.PageSize)
	out := Listing{Path: path, Name: lastElement(path)}
	if more {
		out.Next = page[len(page)-1].cursor()
	}
	for len(page) > 0 && page[0].dir {
		out.Folders = append(out.Folders, Folder{Path: path + page[0].name + "/", Name: page[0].name})
		page = page[1:]
	}
	if out.Tracks, err = l.tracks(ctx, path, f, page); err != nil {
		return Listing{}, err
	}
	return out, nil
}

// tracks looks at the files of a page, several at a time.
func (l *Library) tracks(ctx context.Context, path string, f *folder, page []entry) ([]Track, error) {
	found := make([]*Track, len(page))
	var busy atomic.Bool
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(readers, len(page)) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(page) {
					return
				}
				t, err := l.track(ctx, path, f, page[i])
				if errors.Is(err, origin.ErrBusy) {
					busy.Store(true)
					return
				}
				found[i] = t // nil when it has gone
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if busy.Load() {
		return nil, origin.ErrBusy // rather than a page with holes
	}
	tracks := make([]Track, 0, len(found))
	for _, t := range found {
		if t != nil {
			tracks = append(tracks, *t)
		}
	}
	return tracks, nil
}

func (l *Library) track(ctx context.Context, path string, f *folder, e entry) (*Track, error) {
	full := path[1:] + e.name
	info, err := l.stat(full)
	if err != nil {
		return nil, err
	}
	tg, _ := l.tagsOf(ctx, full, info) // without tags it is still a track
	t := &Track{
		Path: path + e.name, Name: e.name, Size: info.Size(), Modified: info.ModTime().UTC(), Type: mediaType(e.name),
		Title: tg.Title, Artist: tg.Artist, Album: tg.Album, Number: tg.Number, Year: tg.Year,
		Artwork: tg.Picture, Version: version(info),
	}
	number, title := splitName(e.name)
	if t.Title == "" {
		t.Title = title
	}
	if t.Number == 0 {
		t.Number = number
	}
	if !t.Artwork && f.cover != nil {
		t.Artwork, t.Version = true, f.cover.version
	}
	return t, nil
}

// tagsOf answers from memory, or reads the file once however many ask.
func (l *Library) tagsOf(ctx context.Context, name string, info fs.FileInfo) (tags.Tags, error) {
	key := tagsKey{name: name, size: info.Size(), mtime: info.ModTime().UnixNano()}
	if t, ok := l.tags.get(key); ok {
		return t, nil
	}
	if err := l.acquire(ctx); err != nil {
		return tags.Tags{}, err
	}
	defer l.release()
	return l.tags.do(ctx, key, func() (tags.Tags, error) {
		f, err := l.open(name)
		if err != nil {
			return tags.Tags{}, err
		}
		defer f.close()
		t, err := f.tags(l.cfg)
		if err == nil && (f.info.Size() != key.size || f.info.ModTime().UnixNano() != key.mtime) {
			err = origin.ErrChanged // true of another version: not to be kept
		}
		return t, err
	})
}

// stat follows links and knows regular files alone.
func (l *Library) stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(l.fsys, name)
	if err != nil {
		return nil, classify(err)
	}
	if !info.Mode().IsRegular() {
		return nil, origin.ErrNotFound
	}
	return info, nil
}

// acquire waits for the right to read from the disk.
func (l *Library) acquire(ctx context.Context) error {
	select {
	case l.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Library) release() { <-l.slots }

// version names a version of a file in a few characters.
func version(info fs.FileInfo) string {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d-%d", info.Size(), info.ModTime().UnixNano())
	return fmt.Sprintf("%016x", h.Sum64())
}

// classify makes one error of the many ways in which a name leads nowhere.
func classify(err error) error {
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return origin.ErrBusy
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrInvalid),
		errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.ENAMETOOLONG),
		errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV),
		// os.Root gives no sentinel for a link that leaves the root, only a text.
		strings.Contains(err.Error(), "escapes"):
		return origin.ErrNotFound
	}
	return fmt.Errorf("library: %w", err)
}
