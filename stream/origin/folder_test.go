package origin

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func open(t testing.TB, cfg FolderConfig) (*Folder, string) {
	t.Helper()
	dir := t.TempDir()
	d, err := OpenFolder(dir, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d, dir
}

var usual = FolderConfig{MaxFiles: 8, InlineBytes: 100, MemoryBytes: 1000}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	full := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func replace(t *testing.T, dir, name, text string) {
	t.Helper()
	write(t, dir, name+".new", text)
	if err := os.Rename(filepath.Join(dir, name+".new"), filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, f *File) string {
	t.Helper()
	b := make([]byte, f.Size)
	if _, err := f.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const (
	small = "small enough to be held"
	now   = time.Hour // any time of the caller's clock
)

var large = strings.Repeat("large ", 50)

func TestSmallFilesAreHeldAndLargeOnesStayOpen(t *testing.T) {
	d, dir := open(t, usual)
	write(t, dir, "s.txt", small)
	write(t, dir, "l.txt", large)
	write(t, dir, "empty", "")
	for name, want := range map[string]string{"/s.txt": small, "/l.txt": large, "/empty": ""} {
		f, err := d.Open([]byte(name), now)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, f); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if held := f.Bytes() != nil; held != (len(want) <= 100) || held == (f.FD() >= 0) {
			t.Errorf("%s: held %v, descriptor %d", name, held, f.FD())
		}
		f.Release()
	}
}

func TestWhatIsNoRegularFileIsNotFound(t *testing.T) {
	d, dir := open(t, usual)
	outside := t.TempDir()
	write(t, outside, "secret", "x")
	write(t, dir, ".hidden", "x")
	write(t, dir, ".git/config", "x")
	write(t, dir, "sub/file", "x")
	for _, err := range []error{
		unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600),
		os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "absolute")),
		os.Symlink("../"+filepath.Base(outside)+"/secret", filepath.Join(dir, "relative")),
		os.Symlink("loop", filepath.Join(dir, "loop")),
		os.Symlink("/dev/zero", filepath.Join(dir, "zero")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	f := func(path string, want error) {
		t.Helper()
		file, err := d.Open([]byte(path), now)
		if !errors.Is(err, want) {
			t.Errorf("Open(%q): %v, want %v", path, err, want)
		}
		if err == nil {
			file.Release()
		}
	}
	for _, p := range []string{
		"/none", "/pipe", "/.hidden", "/.git/config", "/absolute", "/relative", "/loop", "/zero", "/sub/none",
		"/sub/file/below", "/" + strings.Repeat("n", 300), "/a\x00b",
	} {
		f(p, ErrNotFound)
	}
	for _, p := range []string{"/", "/sub", "/sub/", ""} {
		f(p, ErrDirectory)
	}
	if err := os.Symlink("sub/file", filepath.Join(dir, "inside")); err != nil {
		t.Fatal(err)
	}
	f("/inside", nil)
}

func TestReplacedFileIsSeenWithinASecondAndTheOldVersionStaysWhole(t *testing.T) {
	d, dir := open(t, usual)
	write(t, dir, "f", large)
	old, err := d.Open([]byte("/f"), now)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Release()
	changed := strings.ToUpper(large) + "!"
	replace(t, dir, "f", changed)

	f, err := d.Open([]byte("/f"), now+time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	if got := read(t, f); got != changed {
		t.Fatalf("a second later: %q", got)
	}
	if f.ETag == old.ETag {
		t.Fatal("both versions have one ETag")
	}
	if got := read(t, old); got != large {
		t.Fatalf("the old version became %q", got)
	}
}

func TestFileRewrittenInPlaceIsNoticedAtOnce(t *testing.T) {
	d, dir := open(t, usual)
	write(t, dir, "f", large)
	old, err := d.Open([]byte("/f"), now)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Release()
	write(t, dir, "f", strings.ToUpper(large))
	if old.Unchanged() {
		t.Fatal("unchanged")
	}
	if _, err := old.ReadAt(make([]byte, 10), 0); !errors.Is(err, ErrChanged) {
		t.Fatalf("read of the old version: %v", err)
	}
	f, err := d.Open([]byte("/f"), now) // not a moment later
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	if got := read(t, f); got != strings.ToUpper(large) {
		t.Fatalf("got %q", got)
	}
}

func TestRemovedFileIsGoneWithinASecond(t *testing.T) {
	d, dir := open(t, usual)
	write(t, dir, "f", small)
	f, err := d.Open([]byte("/f"), now)
	if err != nil {
		t.Fatal(err)
	}
	f.Release()
	if err := os.Remove(filepath.Join(dir, "f")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open([]byte("/f"), now+time.Second); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a second later: %v", err)
	}
}

// A date in If-Range must not match a version that shares it with another.
func TestSecondVersionWithinASecondHasAWeakDate(t *testing.T) {
	d, dir := open(t, usual)
	write(t, dir, "f", large)
	at := time.Unix(1_700_000_000, 100)
	if err := os.Chtimes(filepath.Join(dir, "f"), at, at); err != nil {
		t.Fatal(err)
	}
	f, err := d.Open([]byte("/f"), now)
	if err != nil {
		t.Fatal(err)
	}
	if f.Release(); !f.DateStrong {
		t.Fatal("the only version known has a weak date")
	}
	replace(t, dir, "f", large+"!")
	at = at.Add(time.Millisecond)
	if err := os.Chtimes(filepath.Join(dir, "f"), at, at); err != nil {
		t.Fatal(err)
	}
	f, err = d.Open([]byte("/f"), now+time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if f.Release(); f.DateStrong {
		t.Fatal("two versions of one second both have a strong date")
	}
}

func TestVersionsKeptAreBounded(t *testing.T) {
	d, dir := open(t, usual)
	for i := range 50 {
		name, text := fmt.Sprintf("f%d", i), small
		if i%2 == 0 {
			text = large
		}
		write(t, dir, name, text)
		f, err := d.Open([]byte("/"+name), now)
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, f); got != text {
			t.Fatalf("%s: %q", name, got)
		}
		f.Release()
		if s := d.Stats(); s.Files > usual.MaxFiles || s.MemoryBytes > usual.MemoryBytes {
			t.Fatalf("after %d files: %+v", i+1, s)
		}
	}
}

func TestDescriptorsAreClosed(t *testing.T) {
	count := func() int {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(fds)
	}
	before := count()
	func() {
		dir := t.TempDir()
		d, err := OpenFolder(dir, usual)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 30 {
			write(t, dir, fmt.Sprint(i), large)
			f, err := d.Open([]byte("/"+fmt.Sprint(i)), now)
			if err != nil {
				t.Fatal(err)
			}
			f.Release()
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	if after := count(); after != before {
		t.Fatalf("%d descriptors before, %d after", before, after)
	}
}

func TestVersionsAreNeverMixedUnderConcurrentReplacement(t *testing.T) {
	d, dir := open(t, FolderConfig{MaxFiles: 2, InlineBytes: 100, MemoryBytes: 1000})
	version := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), 200+i%7) }
	write(t, dir, "f", version(0))
	stop := make(chan struct{})
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for clock := now; ; clock += 200 * time.Millisecond {
				select {
				case <-stop:
					return
				default:
				}
				f, err := d.Open([]byte("/f"), clock)
				if err != nil {
					t.Error(err)
					return
				}
				b := make([]byte, f.Size)
				if _, err := f.ReadAt(b, 0); err != nil {
					t.Error(err)
				} else if len(bytes.Trim(b, string(b[:1]))) != 0 {
					t.Errorf("mixed: %q", b)
				}
				f.Release()
			}
		})
	}
	for i := range 200 {
		replace(t, dir, "f", version(i))
	}
	close(stop)
	group.Wait()
}

func TestHitDoesNotAllocate(t *testing.T) {
	d, dir := open(t, usual)
	write(t, dir, "s", small)
	write(t, dir, "l", large)
	for _, path := range [][]byte{[]byte("/s"), []byte("/l")} {
		hit := func() {
			f, err := d.Open(path, now)
			if err != nil {
				t.Fatal(err)
			}
			f.Release()
		}
		hit()
		if n := testing.AllocsPerRun(100, hit); n != 0 {
			t.Errorf("%s: %v allocations, want 0", path, n)
		}
	}
}

func TestContentTypeIsSniffed(t *testing.T) {
	f := func(name, head, want string) {
		t.Helper()
		if got := contentType(name, []byte(head)); got != want {
			t.Errorf("contentType(%q, %q) = %q, want %q", name, head, got, want)
		}
	}
	f("/a.mp3", "fLaC\x00\x00", "audio/flac") // mislabelled
	f("/a.bin", "OggS", "audio/ogg")
	f("/a.mp3", "ID3\x04", "audio/mpeg")
	f("/a.flac", "ID3\x04", "audio/flac")
	f("/a", "\xff\xfb\x90\x64", "audio/mpeg")
	f("/a", "\xff\xf1\x50\x80", "audio/aac")
	f("/a", "\xff\xff\xff\xff", "application/octet-stream")
	f("/a.wav", "RIFF\x00\x00\x00\x00WAVE", "audio/wav")
	f("/a", "FORM\x00\x00\x00\x00AIFF", "audio/aiff")
	f("/a.mp4", "\x00\x00\x00\x20ftypM4A ", "audio/mp4")
	f("/a.mp4", "\x00\x00\x00\x20ftypisom", "video/mp4")
	f("/a.m4a", "\x00\x00\x00\x20ftypisom", "audio/mp4")
	f("/a.weba", "\x1a\x45\xdf\xa3", "audio/webm")
	f("/A.OPUS", "", "audio/ogg")
	f("/x.html", "<html>", "text/html; charset=utf-8")
	f("/x", "", "application/octet-stream")
}

func BenchmarkHit(b *testing.B) {
	d, dir := open(b, usual)
	write(b, dir, "s", small)
	write(b, dir, "l", large)
	for _, path := range []string{"/s", "/l"} {
		b.Run(path[1:], func(b *testing.B) {
			b.ReportAllocs()
			p := []byte(path)
			for b.Loop() {
				f, err := d.Open(p, now)
				if err != nil {
					b.Fatal(err)
				}
				f.Release()
			}
		})
	}
}

func FuzzContentType(f *testing.F) {
	f.Add("/a.mp3", []byte("ID3\x04\x00"))
	f.Add("/a.bin", []byte("\xff\xfb\x90\x64"))
	f.Fuzz(func(t *testing.T, name string, head []byte) {
		if got := contentType(name, head); strings.ContainsAny(got, "\r\n\x00") || !strings.Contains(got, "/") {
			t.Fatalf("contentType(%q, %q) = %q", name, head, got)
		}
	})
}
