package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// oneOfEach are files of each format and codec.
var oneOfEach = []string{"cbr44.mp3", "44.aac", "tail.m4a", "alac24.m4a", "cd.flac", "20.opus", "chain.opus", "film.mp4", "16.wav"}

// sameViewing wants two players to have got the same, byte by byte.
func sameViewing(t *testing.T, a, b *viewing) {
	t.Helper()
	if a.master != b.master || fmt.Sprint(a.info) != fmt.Sprint(b.info) {
		t.Errorf("described in two ways:\n%s%+v\n%s%+v", a.master, a.info, b.master, b.info)
	}
	for _, pair := range [][2]*stream{{a.sound, b.sound}, {a.video, b.video}} {
		x, y := pair[0], pair[1]
		if x == nil && y == nil {
			continue
		}
		if x == nil || y == nil || x.list.text != y.list.text {
			t.Fatalf("two playlists:\n%+v\n%+v", x, y)
		}
		for uri, init := range x.inits {
			if !bytes.Equal(init, y.inits[uri]) {
				t.Errorf("two init sections %s", uri)
			}
		}
		for n := range x.segments {
			if !bytes.Equal(x.segments[n], y.segments[n]) {
				t.Errorf("two segments %d", n)
			}
			if x.tags[n] != y.tags[n] {
				t.Errorf("segment %d has the ETags %s and %s", n, x.tags[n], y.tags[n])
			}
		}
	}
}

// Nodes share nothing but the bytes of the files: not paths, not times, not what
// they keep.
func TestNodesAnswerAlike(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	for _, name := range oneOfEach {
		put(t, first, name, name)
		file := put(t, second, "elsewhere/"+name, name)
		old := time.Now().Add(-1000 * time.Hour)
		if err := os.Chtimes(file, old, old); err != nil {
			t.Fatal(err)
		}
	}
	a := startEdge(t, first, "--cache-dir="+t.TempDir())
	kept := t.TempDir()
	b := startEdge(t, second, "--cache-dir="+kept)
	before := map[string]*viewing{}
	for _, name := range oneOfEach {
		t.Run(name, func(t *testing.T) {
			before[name] = watch(t, a, "/"+name+"/hls/master.m3u8")
			sameViewing(t, before[name], watch(t, b, "/elsewhere/"+name+"/hls/master.m3u8"))
		})
	}
	b.finish(t)
	b = startEdge(t, second, "--cache-dir="+kept)
	for _, name := range oneOfEach {
		t.Run(name+" after a restart", func(t *testing.T) {
			if before[name] == nil {
				t.Skip("it does not play")
			}
			sameViewing(t, before[name], watch(t, b, "/elsewhere/"+name+"/hls/master.m3u8"))
		})
	}
	if n := b.metric(t, `segue_hls_indexes_total{source="file"}`); n != 0 {
		t.Errorf("%v files were read again after the restart", n)
	}
}

func versionOf(t *testing.T, e *process, name string) string {
	t.Helper()
	c := connect(t, e.addr)
	defer func() { _ = c.Close() }()
	target := "/" + name + "/hls/master.m3u8"
	list := beside(target, readMaster(t, string(c.patient(target).body)).uri)
	uri := readMedia(t, string(c.fetch(list).body)).pieces[0].uri
	v, _, _ := strings.Cut(uri, "/")
	if len(v) != 16 {
		t.Fatalf("the version is %q", v)
	}
	return v
}

func TestAChangedByteOfSoundChangesEveryName(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	e := startEdge(t, root)
	for _, name := range []string{"cbr44.mp3", "44.aac", "cd.flac", "alac16.m4a", "tail.m4a", "film.mp4"} {
		t.Run(name, func(t *testing.T) {
			file := content(t, name)
			seen := map[string]string{}
			f := func(what string, b []byte) {
				t.Helper()
				as := fmt.Sprintf("%d-%s", len(seen), name)
				write(t, filepath.Join(root, as), string(b))
				v := versionOf(t, e, as)
				if was, ok := seen[v]; ok {
					t.Errorf("%s and %s have one version", what, was)
				}
				seen[v] = what
			}
			f("the file", file)
			begin := len(file) / 10
			if at := bytes.Index(file, []byte("mdat")); at > 0 {
				begin = at + 1000
			}
			for _, part := range []int{0, 3, 5, 6} {
				b := bytes.Clone(file)
				at := begin + (len(file)-begin)*part/8
				b[at] ^= 0x10
				f(fmt.Sprintf("a bit flipped at %d of %d", at, len(file)), b)
			}
		})
	}
}

// A player goes on with the names of its playlist while the file is replaced.
func TestAFileReplacedUnderAPlayerIsNeverMixed(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{"cbr44.mp3", "vbr.mp3"}, {"cd.flac", "mono.flac"}, {"alac16.m4a", "tail.m4a"}} {
		t.Run(pair[0], func(t *testing.T) {
			root := t.TempDir()
			file := put(t, root, "a.flac", pair[0])
			put(t, root, "b.flac", pair[1])
			e := startEdge(t, root, "--cache-dir="+t.TempDir())
			old := watch(t, e, "/a.flac/hls/master.m3u8")
			next := watch(t, e, "/b.flac/hls/master.m3u8")
			var stop atomic.Bool
			var gone atomic.Int64 // when the last of the old was served
			ended := make(chan struct{})
			c := connect(t, e.addr)
			go func() {
				defer close(ended)
				for n := 0; !stop.Load(); n++ {
					k := n % len(old.sound.segments)
					began := time.Now()
					_, _ = io.WriteString(c, request("GET", beside(old.sound.at, old.sound.list.pieces[k].uri)))
					r, err := readReply(c.br, "GET")
					switch {
					case err != nil:
						t.Errorf("segment %d: %v", k, err)
						return
					case r.status == 200 && bytes.Equal(r.body, old.sound.segments[k]):
						gone.Store(began.UnixNano())
					case r.status != 404:
						t.Errorf("under the old name of segment %d: %s", k, r)
					}
				}
			}()
			time.Sleep(100 * time.Millisecond)
			replaced := time.Now()
			replace(t, file, string(content(t, pair[1])))
			var now *viewing
			eventually(t, patience, "the new playlist", func() bool {
				r := e.get(t, "/a.flac/hls/master.m3u8")
				return r.status == 200 && string(r.body) == next.master
			})
			took := time.Since(replaced)
			now = watch(t, e, "/a.flac/hls/master.m3u8")
			sameViewing(t, next, now)
			time.Sleep(300 * time.Millisecond)
			stop.Store(true)
			<-ended
			if late := time.Unix(0, gone.Load()).Sub(replaced); late > 1100*time.Millisecond || took > 2500*time.Millisecond {
				t.Errorf("old segments were served for %v after the change, the new playlist came after %v", late, took)
			}
			for n, p := range old.sound.list.pieces {
				wantProblem(t, e.get(t, beside(old.sound.at, p.uri)), 404, "not_found", "")
				if n == 0 && p.init != "" {
					wantProblem(t, e.get(t, beside(old.sound.at, p.init)), 404, "not_found", "")
				}
			}
			// And back: the names are those of the bytes.
			replace(t, file, string(content(t, pair[0])))
			eventually(t, patience, "the old version again", func() bool {
				return string(e.get(t, "/a.flac/hls/master.m3u8").body) == old.master && e.get(t, beside(old.sound.at, old.sound.list.pieces[0].uri)).status == 200
			})
			sameViewing(t, old, watch(t, e, "/a.flac/hls/master.m3u8"))
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			eventually(t, 5*time.Second, "nothing of a removed file", func() bool {
				return e.get(t, beside(old.sound.at, old.sound.list.pieces[0].uri)).status == 404 && e.get(t, "/a.flac/hls/master.m3u8").status == 404
			})
		})
	}
}
