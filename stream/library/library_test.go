package library

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"segue/stream/origin"
)

var testConfig = Config{PageSize: 200, TagBytes: 24 << 20, CacheEntries: 1000, MaxArtwork: 16 << 20}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func openLibrary(t *testing.T, dir string, cfg Config) *Library {
	t.Helper()
	d, err := origin.OpenFolder(dir, origin.FolderConfig{MaxFiles: 10})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return newLibrary(t, d.FS(), cfg)
}

func newLibrary(t *testing.T, fsys fs.FS, cfg Config) *Library {
	t.Helper()
	l, err := New(fsys, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// names lists all pages, folders with a slash behind.
func names(t *testing.T, l *Library, path string) []string {
	t.Helper()
	var out []string
	for after := ""; ; {
		got, err := l.List(t.Context(), path, after)
		if err != nil {
			t.Fatalf("list %q after %q: %v", path, after, err)
		}
		for _, f := range got.Folders {
			out = append(out, f.Name+"/")
		}
		for _, tr := range got.Tracks {
			out = append(out, tr.Name)
		}
		if after = got.Next; after == "" {
			return out
		}
	}
}

func TestConfigThatBoundsNothingIsRefused(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"page": func(c *Config) { c.PageSize = 0 }, "cache": func(c *Config) { c.CacheEntries = 0 },
		"artwork": func(c *Config) { c.MaxArtwork = -1 }, "tags": func(c *Config) { c.TagBytes = c.MaxArtwork },
	} {
		cfg := testConfig
		change(&cfg)
		if _, err := New(fstest.MapFS{}, cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New(nil, testConfig); err == nil {
		t.Error("no file system: accepted")
	}
}

func TestListingShowsFoldersAndTracksOnly(t *testing.T) {
	dir := t.TempDir()
	flac := taggedFLAC
	write(t, dir+"/Album 10/x.mp3", nil)
	write(t, dir+"/album 9/x.mp3", nil)
	write(t, dir+"/folder.mp3/x.mp3", nil)
	write(t, dir+"/01 - Öl.FLAC", flac)
	write(t, dir+"/02 Second.mp3", []byte("no tags at all"))
	write(t, dir+"/10.wav", nil)
	for _, name := range []string{".hidden.mp3", ".git/x.mp3", "notes.txt", "a\\b.mp3", "a\nb.mp3", "bad\xff.mp3", "mp3", "cover.txt"} {
		write(t, dir+"/"+name, nil)
	}
	outside := t.TempDir()
	write(t, outside+"/secret.mp3", nil)
	for to, from := range map[string]string{
		"link.mp3": "02 Second.mp3", "linked": "album 9", "broken.mp3": "none", "escape.mp3": outside + "/secret.mp3",
		"escape": outside, "loop.mp3": "loop.mp3", "device.mp3": "/dev/zero", "to pipe.mp3": "pipe.mp3",
	} {
		if err := os.Symlink(from, dir+"/"+to); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(dir+"/pipe.mp3", 0o600); err != nil {
		t.Fatal(err)
	}
	l := openLibrary(t, dir, testConfig)
	want := []string{"album 9/", "Album 10/", "folder.mp3/", "linked/", "01 - Öl.FLAC", "02 Second.mp3", "10.wav", "link.mp3"}
	if got := names(t, l, "/"); !slices.Equal(got, want) {
		t.Fatalf("listed %q, want %q", got, want)
	}

	got, err := l.List(t.Context(), "/", "")
	if err != nil || got.Path != "/" || got.Name != "" || got.Next != "" {
		t.Fatalf("root: %+v, %v", got, err)
	}
	if f := got.Folders[1]; f != (Folder{Path: "/Album 10/", Name: "Album 10"}) {
		t.Errorf("folder = %+v", f)
	}
	tr := got.Tracks[0]
	info, err := os.Stat(dir + "/01 - Öl.FLAC")
	if err != nil {
		t.Fatal(err)
	}
	wantTrack := Track{
		Path: "/01 - Öl.FLAC", Name: "01 - Öl.FLAC", Size: int64(len(flac)), Modified: info.ModTime().UTC(), Type: "audio/flac",
		Title: "Tït", Artist: "Ann", Album: "Café", Number: 3, Year: 2024, Artwork: true, Version: version(info),
	}
	if tr != wantTrack {
		t.Errorf("track = %+v, want %+v", tr, wantTrack)
	}
	if tr := got.Tracks[1]; tr.Title != "Second" || tr.Number != 2 || tr.Artwork || tr.Version == "" {
		t.Errorf("track without tags = %+v", tr)
	}

	sub, err := l.List(t.Context(), "/album 9/", "")
	if err != nil || sub.Name != "album 9" || len(sub.Tracks) != 1 || sub.Tracks[0].Path != "/album 9/x.mp3" {
		t.Errorf("subfolder: %+v, %v", sub, err)
	}
	for _, path := range []string{"/none/", "/.git/", "/10.wav/", "/escape/", "/pipe.mp3/", "/notes.txt/", "/album 9"} {
		if _, err := l.List(t.Context(), path, ""); !errors.Is(err, origin.ErrNotFound) {
			t.Errorf("list %q: %v, want ErrNotFound", path, err)
		}
	}
	for _, path := range []string{"/none.mp3", "/.hidden.mp3", "/pipe.mp3", "/to pipe.mp3", "/device.mp3", "/escape.mp3", "/notes.txt", "/folder.mp3", "/"} {
		if _, err := l.Artwork(t.Context(), path); !errors.Is(err, origin.ErrNotFound) {
			t.Errorf("artwork %q: %v, want ErrNotFound", path, err)
		}
	}
	if _, err := l.List(t.Context(), "/", "?"); !errors.Is(err, ErrCursor) {
		t.Errorf("bad cursor: %v", err)
	}
}

func TestArtworkComesFromTheTagsElseFromBeside(t *testing.T) {
	dir := t.TempDir()
	write(t, dir+"/tagged.flac", taggedFLAC)
	write(t, dir+"/plain.mp3", nil)
	write(t, dir+"/COVER.JPG", []byte("<svg/> is no picture"))
	write(t, dir+"/Folder.Png", pngPicture)
	write(t, dir+"/front.webp", []byte("RIFF\x00\x00\x00\x00WEBPVP8 ......"))
	write(t, dir+"/bare/plain.mp3", nil)
	l := openLibrary(t, dir, testConfig)

	list, err := l.List(t.Context(), "/", "")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		path, kind string
		data       []byte
	}{{"/plain.mp3", "image/png", pngPicture}, {"/tagged.flac", "image/jpeg", jpegPicture}} {
		a, err := l.Artwork(t.Context(), want.path)
		if err != nil || a.ContentType != want.kind || !slices.Equal(a.Data, want.data) {
			t.Errorf("%s: %s, %d bytes, %v", want.path, a.ContentType, len(a.Data), err)
		}
		if tr := list.Tracks[i]; tr.Path != want.path || !tr.Artwork || tr.Version != a.Version {
			t.Errorf("%s: listed as %+v, artwork has version %s", want.path, tr, a.Version)
		}
	}
	if _, err := l.Artwork(t.Context(), "/bare/plain.mp3"); !errors.Is(err, ErrNoArtwork) {
		t.Errorf("no cover: %v, want ErrNoArtwork", err)
	}
}

func TestPagesGoOnWhereTheLastEnded(t *testing.T) {
	files := fstest.MapFS{}
	var want []string
	for i := range 10 {
		files[fmt.Sprintf("d%d/x.mp3", i)] = &fstest.MapFile{}
		want = append(want, fmt.Sprintf("d%d/", i))
	}
	for i := range 25 {
		name := fmt.Sprintf("%d.mp3", i)
		files[name] = &fstest.MapFile{}
		want = append(want, name)
	}
	for size := 1; size < 40; size++ {
		cfg := testConfig
		cfg.PageSize = size
		if got := names(t, newLibrary(t, files, cfg), "/"); !slices.Equal(got, want) {
			t.Fatalf("pages of %d: %q", size, got)
		}
	}

	// What the cursor names may go meanwhile.
	cfg := testConfig
	cfg.PageSize = 15
	first, err := newLibrary(t, files, cfg).List(t.Context(), "/", "")
	if err != nil {
		t.Fatal(err)
	}
	delete(files, "4.mp3")
	files["3.5.mp3"], files["4a.mp3"] = &fstest.MapFile{}, &fstest.MapFile{}
	second, err := newLibrary(t, files, cfg).List(t.Context(), "/", first.Next)
	if err != nil || second.Tracks[0].Name != "4a.mp3" || len(second.Folders) != 0 {
		t.Fatalf("second page: %+v, %v", second, err)
	}
}

// counting counts how often each name is opened, and holds openings back.
type counting struct {
	fs.FS
	mu    sync.Mutex
	opens map[string]int
	open  atomic.Int32
	most  atomic.Int32
	delay time.Duration
}

func (c *counting) Open(name string) (fs.File, error) {
	c.mu.Lock()
	c.opens[name]++
	c.mu.Unlock()
	n := c.open.Add(1)
	for m := c.most.Load(); n > m && !c.most.CompareAndSwap(m, n); m = c.most.Load() {
	}
	time.Sleep(c.delay)
	c.open.Add(-1)
	return c.FS.Open(name)
}

func (c *counting) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.FS, name) }

func TestFilesAreReadOnceHoweverManyAsk(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 30 {
		files[fmt.Sprintf("%d.flac", i)] = &fstest.MapFile{Data: taggedFLAC}
	}
	c := &counting{FS: files, opens: map[string]int{}, delay: time.Millisecond}
	l := newLibrary(t, c, testConfig)
	now := time.Unix(100, 0)
	l.now = func() time.Time { return now }
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, err := l.List(t.Context(), "/", ""); err != nil || len(got.Tracks) != 30 || got.Tracks[29].Title != "Tït" {
				t.Errorf("list: %d tracks, %v", len(got.Tracks), err)
			}
		})
	}
	wg.Wait()
	for name, n := range c.opens {
		if n != 1 {
			t.Errorf("%s was opened %d times", name, n)
		}
	}
	if most := c.most.Load(); most > readers {
		t.Errorf("%d files open at a time, want at most %d", most, readers)
	}

	// A second later the folder is read again; of the files only the new one.
	files["7.flac"] = &fstest.MapFile{Data: taggedFLAC[:len(taggedFLAC)-1], ModTime: now}
	now = now.Add(time.Second)
	if _, err := l.List(t.Context(), "/", ""); err != nil {
		t.Fatal(err)
	}
	for name, n := range c.opens {
		if want := map[string]int{".": 2, "7.flac": 2}[name]; n != max(want, 1) {
			t.Errorf("%s was opened %d times, want %d", name, n, max(want, 1))
		}
	}
}

func TestMemoryIsBoundedByEntries(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 50 {
		files[fmt.Sprintf("d%d/x.flac", i)] = &fstest.MapFile{Data: taggedFLAC}
	}
	cfg := testConfig
	cfg.CacheEntries = 7
	l := newLibrary(t, files, cfg)
	for i := range 50 {
		names(t, l, fmt.Sprintf("/d%d/", i))
	}
	if n := len(l.tags.answers); n != 7 || l.tags.order.Len() != n {
		t.Errorf("%d tags kept, %d in order, want 7", n, l.tags.order.Len())
	}
	if n := len(l.folders.answers); n > foldersKept {
		t.Errorf("%d folders kept", n)
	}
}

func TestFailuresAreNotKept(t *testing.T) {
	m := newMemo[int, int](5)
	fail := errors.New("for now")
	if _, err := m.do(t.Context(), 1, func() (int, error) { return 0, fail }); !errors.Is(err, fail) {
		t.Fatal(err)
	}
	if v, err := m.do(t.Context(), 1, func() (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Fatal(v, err)
	}
	if v, ok := m.get(1); v != 7 || !ok {
		t.Fatal(v, ok)
	}
}

func TestCancelledListingEnds(t *testing.T) {
	l := newLibrary(t, fstest.MapFS{"a.mp3": &fstest.MapFile{}}, testConfig)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.List(ctx, "/", ""); !errors.Is(err, context.Canceled) {
		t.Fatalf("err = %v", err)
	}
	// Others hold all the slots: the caller's patience decides.
	for range readers {
		l.slots <- struct{}{}
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := l.Artwork(ctx, "/a.mp3"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("err = %v", err)
	}
}

func TestHugeFoldersAreListed(t *testing.T) {
	const n = 50_000
	files := fstest.MapFS{}
	for i := range n {
		files[fmt.Sprintf("m/%d.mp3", i)] = &fstest.MapFile{}
	}
	c := &counting{FS: files, opens: map[string]int{}}
	l := newLibrary(t, c, testConfig)
	got, err := l.List(t.Context(), "/m/", "")
	if err != nil || len(got.Tracks) != 200 || got.Tracks[199].Name != "199.mp3" {
		t.Fatalf("%d tracks, %v", len(got.Tracks), err)
	}
	if opened := len(c.opens); opened != 201 {
		t.Errorf("%d files were opened for one page, want 201", opened)
	}
	after := entry{key: sortKey(false, "49900.mp3"), name: "49900.mp3"}.cursor()
	if got, err = l.List(t.Context(), "/m/", after); err != nil || len(got.Tracks) != 99 || got.Next != "" {
		t.Fatalf("last page: %d tracks, %v", len(got.Tracks), err)
	}
}

// endless is a folder in which names never end.
type endless struct{ fstest.MapFS }

type endlessFolder struct {
	fs.ReadDirFile
	name string
}

func (e endless) Open(name string) (fs.File, error) {
	f, err := e.MapFS.Open(name)
	return endlessFolder{f.(fs.ReadDirFile), e.name()}, err
}

func (e endless) name() string {
	for name := range e.MapFS {
		return name
	}
	return ""
}

func (f endlessFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	return slices.Repeat([]fs.DirEntry{f}, n), nil
}

func (f endlessFolder) Name() string               { return f.name }
func (f endlessFolder) IsDir() bool                { return false }
func (f endlessFolder) Type() fs.FileMode          { return 0 }
func (f endlessFolder) Info() (fs.FileInfo, error) { return nil, fs.ErrInvalid }

func TestEndlessFoldersAreRefused(t *testing.T) {
	for _, name := range []string{"a.mp3", "a.txt"} {
		l := newLibrary(t, endless{fstest.MapFS{name: &fstest.MapFile{}}}, testConfig)
		if _, err := l.List(t.Context(), "/", ""); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s without end: %v, want ErrTooLarge", name, err)
		}
	}
}
