package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// indexFiles are the files of indexes in a cache folder.
func indexFiles(t *testing.T, dir string) (all []string) {
	t.Helper()
	if err := filepath.WalkDir(filepath.Join(dir, "index"), func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all = append(all, name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestIndexesSurviveARestartAndAreMadeAgainWhenDamaged(t *testing.T) {
	t.Parallel()
	root, dir := t.TempDir(), t.TempDir()
	names := []string{"cbr44.mp3", "cd.flac", "tail.m4a", "20.opus", "44.aac"}
	for _, name := range names {
		put(t, root, name, name)
	}
	first := map[string]*viewing{}
	// run starts an edge over the folder, and wants what it says and where it has
	// it from.
	run := func(what string, file, disk int) {
		t.Helper()
		e := startEdge(t, root, "--cache-dir="+dir)
		for _, name := range names {
			v := watch(t, e, "/"+name+"/hls/master.m3u8")
			if first[name] == nil {
				first[name] = v
			}
			sameViewing(t, first[name], v)
		}
		f, d := e.metric(t, `segue_hls_indexes_total{source="file"}`), e.metric(t, `segue_hls_indexes_total{source="disk"}`)
		if int(f) != file || int(d) != disk {
			t.Errorf("%s: %v indexes from files and %v from the disk, want %d and %d", what, f, d, file, disk)
		}
		e.finish(t)
	}
	run("at first", 5, 0)
	run("again", 0, 5)
	damage := map[string]func(b []byte) []byte{
		"cut in half":           func(b []byte) []byte { return b[:len(b)/2] },
		"empty":                 func([]byte) []byte { return nil },
		"a byte changed":        func(b []byte) []byte { b[len(b)*2/3] ^= 1; return b },
		"the last byte missing": func(b []byte) []byte { return b[:len(b)-1] },
		"something else":        func([]byte) []byte { return []byte(randomBytes(5000)) },
	}
	i := 0
	files := indexFiles(t, dir)
	if len(files) != 5 {
		t.Fatalf("%d index files", len(files))
	}
	for what, f := range damage {
		b, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(files[i], f(b), 0o600); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		i++
	}
	run("damaged", 5, 0)
	run("made again", 0, 5)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	run("gone", 5, 0)
	// A file that changed has no use for the index of its last version.
	replace(t, filepath.Join(root, "cbr44.mp3"), string(content(t, "vbr.mp3")))
	delete(first, "cbr44.mp3")
	run("one changed", 1, 4)
}

// long makes a WAV that takes a while to convert.
func long(t *testing.T, root, name string) (size int) {
	t.Helper()
	r := usual
	wav := r.wav()
	samples := wav[44:]
	times := 15
	if racedBinaries {
		times = 4 // which then takes as long
	}
	n := len(samples) * times
	head := append([]byte(nil), wav[:44]...)
	for at, v := range map[int]int{4: 36 + n, 40: n} {
		for k := range 4 {
			head[at+k] = byte(v >> (8 * k))
		}
	}
	write(t, filepath.Join(root, name), string(head)+strings.Repeat(string(samples), times))
	return 44 + n
}

func TestAWAVIsServedInRangesUntilItIsConverted(t *testing.T) {
	t.Parallel()
	root, dir := t.TempDir(), t.TempDir()
	size := long(t, root, "long.wav")
	put(t, root, "short.wav", "16.wav")
	e := startEdge(t, root, "--cache-dir="+dir, "--set=hls.wait=1ms")
	c := connect(t, e.addr)
	r := c.ask("GET", "/long.wav/hls/master.m3u8")
	wantProblem(t, r, 503, "indexing", "")
	if r.get("Retry-After") == "" {
		t.Errorf("no Retry-After: %s", r)
	}
	began := time.Now()
	wantStatus(t, c.ask("GET", "/long.wav", "Range: bytes=0-99"), 206)
	far := c.ask("GET", "/long.wav", "Range: bytes=-100")
	wantStatus(t, far, 206)
	wantStatus(t, c.ask("GET", "/long.wav/hls/info.json"), 503)
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("three short answers took %v", d)
	}
	// Killed now, it leaves nothing that the next would take for whole.
	e.kill()
	e = startEdge(t, root, "--cache-dir="+dir)
	v := watch(t, e, "/long.wav/hls/master.m3u8")
	if want := (size - 44) / 4; v.info.Renditions[0].Samples != want || v.info.Format != "wav" {
		t.Errorf("%d samples of %s, want %d", v.info.Renditions[0].Samples, v.info.Format, want)
	}
	for _, n := range []int{0, len(v.sound.segments) / 2, len(v.sound.segments) - 1} {
		p := v.sound.list.pieces[n]
		if f := takeApart(t, v.sound.inits[p.init], v.sound.segments[n]); len(f.frames) == 0 {
			t.Errorf("segment %d is empty", n)
		}
	}
	if n := e.metric(t, `segue_hls_indexes_total{source="conversion"}`); n != 1 {
		t.Errorf("%v conversions, want 1", n)
	}
	e.finish(t)
	// What was converted is not converted again, and what was emptied is.
	e = startEdge(t, root, "--cache-dir="+dir)
	sameViewing(t, v, watch(t, e, "/long.wav/hls/master.m3u8"))
	if n := e.metric(t, `segue_hls_indexes_total{source="conversion"}`); n != 0 {
		t.Errorf("%v conversions after the restart", n)
	}
	short := watch(t, e, "/short.wav/hls/master.m3u8")
	if err := os.RemoveAll(filepath.Join(dir, "flac")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "flac"), 0o700); err != nil {
		t.Fatal(err)
	}
	eventually(t, patience, "the conversion is made again", func() bool {
		r := e.get(t, beside(short.sound.at, short.sound.list.pieces[0].uri))
		if r.status == 404 || r.status == 500 {
			t.Fatalf("%s", r)
		}
		return r.status == 200 && string(r.body) == string(short.sound.segments[0])
	})
	// The cache folder is not to be had over HTTP, nor left open to others.
	if info, err := os.Stat(filepath.Join(dir, "index")); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the index folder: %v, %v", info, err)
	}
}

func TestACacheFolderThatCannotBeWrittenIsSaidAtTheStart(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"a.txt": "a", "file": "no folder"})
	for _, dir := range []string{filepath.Join(root, "file"), filepath.Join(root, "file", "below"), "/proc/nowhere/cache"} {
		p, err := launch("edge", nil, []string{"--root=" + root, "--listen=127.0.0.1:0", "--admin=", "--cache-dir=" + dir})
		if err != nil {
			t.Fatal(err)
		}
		code, err := p.ended(patience)
		if err != nil {
			p.kill()
			t.Errorf("with %s it runs", dir)
			continue
		}
		if complaint := p.stderr.String(); code != 1 && code != 2 || !strings.Contains(complaint, "cache_dir") && !strings.Contains(complaint, "cache-dir") || strings.Contains(complaint, "goroutine") {
			t.Errorf("with %s it ends with %d:\n%s", dir, code, complaint)
		}
	}
}
