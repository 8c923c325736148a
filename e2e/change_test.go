package e2e

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// version is a file whose every byte tells which version it is of.
func version(letter byte, size int) string { return strings.Repeat(string(letter), size) }

// large is more than any socket buffer takes at once.
const large = 24 << 20

// halfRead has begun to read a large file of the letter v and stopped: the
// server waits for it.
func halfRead(t *testing.T, e *process, target string) (*client, *reply) {
	t.Helper()
	c := narrow(t, e.addr)
	c.send(request("GET", target))
	r, err := readHead(c.br)
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, r, 200)
	r.body = make([]byte, 1<<20)
	if _, err := io.ReadFull(c.br, r.body); err != nil {
		t.Fatal(err)
	}
	return c, r
}

// rest reads what still comes, at most up to n bytes in all.
func rest(c *client, r *reply, n int) error {
	more := make([]byte, n-len(r.body))
	k, err := io.ReadFull(c.br, more)
	r.body = append(r.body, more[:k]...)
	return err
}

func TestAFileReplacedByRenameIsServedToItsEndAndThenAnew(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"a.flac": version('v', large)})
	e := startEdge(t, root)
	c, r := halfRead(t, e, "/a.flac")
	replace(t, filepath.Join(root, "a.flac"), version('w', large))
	eventually(t, 5*time.Second, "the new version is served", func() bool {
		return string(e.get(t, "/a.flac", "Range: bytes=0-0").body) == "w"
	})
	if err := rest(c, r, large); err != nil {
		t.Fatalf("the old answer ends after %d bytes: %v", len(r.body), err)
	}
	if string(r.body) != version('v', large) {
		t.Error("the answer mixes two versions")
	}
	// The connection goes on, with the new version.
	again := c.ask("GET", "/a.flac", "Range: bytes=0-9", "If-Range: "+r.get("ETag"))
	wantStatus(t, again, 200)
}

func TestAFileRemovedIsServedToItsEndAndThenGone(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"a.flac": version('v', large), "small.txt": "x"})
	e := startEdge(t, root)
	wantStatus(t, e.get(t, "/small.txt"), 200)
	c, r := halfRead(t, e, "/a.flac")
	for _, name := range []string{"a.flac", "small.txt"} {
		if err := os.Remove(filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, target := range []string{"/a.flac", "/small.txt"} {
		eventually(t, 5*time.Second, target+" is gone", func() bool { return e.get(t, target).status == 404 })
	}
	if err := rest(c, r, large); err != nil || string(r.body) != version('v', large) {
		t.Errorf("the old answer has %d bytes: %v", len(r.body), err)
	}
}

// What was queued in the kernel cannot be taken back, but nobody may take the
// answer for whole.
func TestAFileRewrittenInPlaceCutsItsAnswers(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, file string){
		"truncated": func(t *testing.T, file string) {
			if err := os.Truncate(file, 2<<20); err != nil {
				t.Fatal(err)
			}
		},
		"truncated to nothing": func(t *testing.T, file string) {
			if err := os.Truncate(file, 0); err != nil {
				t.Fatal(err)
			}
		},
		"rewritten":            func(t *testing.T, file string) { write(t, file, version('w', large)) },
		"rewritten and longer": func(t *testing.T, file string) { write(t, file, version('w', large+5)) },
		"appended to": func(t *testing.T, file string) {
			f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString("w"); err != nil || f.Close() != nil {
				t.Fatal(err)
			}
		},
		"overwritten at its end": func(t *testing.T, file string) {
			f, err := os.OpenFile(file, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt([]byte("w"), large-1); err != nil || f.Close() != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := folder(t, map[string]string{"a.flac": version('v', large)})
			e := startEdge(t, root)
			c, r := halfRead(t, e, "/a.flac")
			change(t, filepath.Join(root, "a.flac"))
			err := rest(c, r, large)
			if err == nil {
				t.Fatal("the answer came whole")
			}
			if timedOut(err) {
				t.Fatalf("not cut: %v", err)
			}
			if _, err := e.stderr.wait(`"level":"WARN","msg":"file changed in place while it was served`); err != nil {
				t.Error(err)
			}
			if n := e.metric(t, "segue_responses_cut_total"); n != 1 {
				t.Errorf("%v answers counted as cut, want 1", n)
			}
			// What is there now is served whole.
			want, err := os.ReadFile(filepath.Join(root, "a.flac"))
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, 5*time.Second, "the file as it is now", func() bool { return string(e.get(t, "/a.flac").body) == string(want) })
		})
	}
}

func TestChangesAreServedWithinASecond(t *testing.T) {
	root := t.TempDir()
	bothWays(t, root, func(t *testing.T, e *process) {
		name := "a-" + filepath.Base(e.addr) + ".txt"
		file := filepath.Join(root, name)
		stands := connect(t, e.addr)
		wantStatus(t, stands.ask("GET", "/"+name), 404)
		var (
			tag  string
			took []time.Duration
		)
		for i, change := range []func(content string){
			func(s string) { write(t, file, s) },
			func(s string) { replace(t, file, s) },
			func(s string) { write(t, file, s) },
			func(s string) { write(t, file, s) }, // same size as before, in place
			func(s string) { replace(t, file, s) },
		} {
			content := fmt.Sprintf("version %d", i)
			// File times go in steps of some milliseconds.
			time.Sleep(20 * time.Millisecond)
			change(content)
			begin := time.Now()
			var r *reply
			eventually(t, 10*time.Second, content, func() bool {
				r = stands.ask("GET", "/"+name)
				return string(r.body) == content
			})
			took = append(took, time.Since(begin))
			if r.get("ETag") == tag {
				t.Errorf("%s has the ETag of the version before", content)
			}
			tag = r.get("ETag")
		}
		// The median: a machine with much else to do may hold one up.
		if slices.Sort(took); took[len(took)/2] > 1100*time.Millisecond {
			t.Errorf("fresh after %v, want 1 s", took)
		}
	})
}

// A burst of writes within one step of the file system's clock must not leave
// an old version standing.
func TestTheLastOfManyQuickWritesIsServed(t *testing.T) {
	root := t.TempDir()
	bothWays(t, root, func(t *testing.T, e *process) {
		for round := range 3 {
			name := fmt.Sprintf("%s-%d.txt", filepath.Base(e.addr), round)
			var last string
			for i := range 50 {
				last = fmt.Sprintf("%04d", i)
				write(t, filepath.Join(root, name), last)
				e.get(t, "/"+name)
			}
			eventually(t, 5*time.Second, "the last version", func() bool { return string(e.get(t, "/"+name).body) == last })
		}
	})
}

// Readers of a file that is replaced all the time get one version each, under the
// ETag that belongs to it.
func TestNoAnswerMixesTwoVersions(t *testing.T) {
	root := t.TempDir()
	bothWays(t, root, func(t *testing.T, e *process) {
		for _, size := range []int{5000, 60 << 10, 300 << 10} {
			t.Run(fmt.Sprint(size), func(t *testing.T) {
				t.Parallel()
				name := fmt.Sprintf("%d-%s.bin", size, filepath.Base(e.addr))
				file := filepath.Join(root, name)
				replace(t, file, version('A', size))
				var (
					stop  atomic.Bool
					group sync.WaitGroup
					mu    sync.Mutex // guards tags
				)
				tags := map[string]string{}
				for range 4 {
					group.Go(func() {
						c := connect(t, e.addr)
						for n := 0; !stop.Load(); n++ {
							var lines []string
							if n%2 == 1 {
								lines = []string{fmt.Sprintf("Range: bytes=%d-%d,0-0", size/2, size-1)}
							}
							_, _ = io.WriteString(c, request("GET", "/"+name, lines...))
							r, err := readReply(c.br, "GET")
							if err != nil {
								t.Errorf("a rename cut an answer: %v", err)
								return
							}
							seen := letters(r, n%2 == 1)
							if len(seen) != 1 {
								t.Errorf("status %d holds the versions %q", r.status, seen)
								return
							}
							mu.Lock()
							if v, ok := tags[r.get("ETag")]; ok && v != seen {
								t.Errorf("the ETag %s stands for %s and %s", r.get("ETag"), v, seen)
							}
							tags[r.get("ETag")] = seen
							mu.Unlock()
						}
					})
				}
				for i := 1; i <= 30; i++ {
					replace(t, file, version('A'+byte(i%26), size+i))
					time.Sleep(30 * time.Millisecond)
				}
				stop.Store(true)
				group.Wait()
				if len(tags) < 2 {
					t.Errorf("only %d versions were seen", len(tags))
				}
			})
		}
	})
}

// letters are the versions whose bytes a body holds.
func letters(r *reply, parts bool) string {
	body := string(r.body)
	if parts { // two bodies between heads: take them by their length in capitals
		var pieces strings.Builder
		for _, p := range strings.Split(body, "\r\n\r\n")[1:] {
			p, _, _ = strings.Cut(p, "\r\n--")
			pieces.WriteString(p)
		}
		body = pieces.String()
	}
	seen := ""
	for len(body) > 0 {
		seen += body[:1]
		body = strings.TrimLeft(body, body[:1])
	}
	if parts && len(seen) == 2 && seen[0] == seen[1] {
		return seen[:1]
	}
	return seen
}

// A file that grows or shrinks by plain writes may be seen halfway, as by any
// reader, but never as a mix that was not there.
func TestRewritesInPlaceNeverMixWholeAnswers(t *testing.T) {
	root := t.TempDir()
	bothWays(t, root, func(t *testing.T, e *process) {
		const size = 400 << 10
		name := "rw-" + filepath.Base(e.addr) + ".bin"
		file := filepath.Join(root, name)
		write(t, file, version('A', size))
		var (
			stop         atomic.Bool
			group        sync.WaitGroup
			whole, other atomic.Int64
		)
		for range 3 {
			group.Go(func() {
				for !stop.Load() {
					c := connect(t, e.addr)
					_, _ = io.WriteString(c, request("GET", "/"+name))
					r, err := readReply(c.br, "GET")
					_ = c.Close()
					if err != nil || r.status != 200 {
						other.Add(1)
						continue
					}
					whole.Add(1)
					if seen := letters(r, false); len(seen) > 1 {
						t.Errorf("a whole answer of %d bytes holds the versions %q", len(r.body), seen)
						return
					}
				}
			})
		}
		for i := 1; i <= 20; i++ {
			time.Sleep(40 * time.Millisecond)
			write(t, file, version('A'+byte(i%26), size))
		}
		stop.Store(true)
		group.Wait()
		t.Logf("%d whole answers, %d cut or refused", whole.Load(), other.Load())
		if whole.Load() == 0 {
			t.Error("nobody got a whole answer")
		}
		eventually(t, 5*time.Second, "the last version", func() bool {
			return string(e.get(t, "/"+name).body) == version('A'+byte(20), size)
		})
	})
}
