package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFilesPastFourGigabytesAreServedToTheByte(t *testing.T) {
	t.Parallel()
	const size, at = 5<<30 + 7, 1<<32 - 5
	root := t.TempDir()
	f, err := os.Create(filepath.Join(root, "huge.wav"))
	if err != nil {
		t.Fatal(err)
	}
	for off, text := range map[int64]string{at: "0123456789", size - 4: "last"} {
		if _, err := f.WriteAt([]byte(text), off); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	e, _ := startTLS(t, root)
	wantField(t, e.ask(t, "HEAD", "/huge.wav"), "Content-Length", fmt.Sprint(size))
	plaintext := connect(t, e.addr)
	encrypted, _, err := dialTLS(t, e.tls, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*client{plaintext, encrypted} {
		r := c.ask("GET", "/huge.wav", fmt.Sprintf("Range: bytes=%d-%d", at, at+9))
		wantStatus(t, r, 206)
		wantField(t, r, "Content-Range", fmt.Sprintf("bytes %d-%d/%d", at, at+9, size))
		wantBody(t, r, "0123456789")
		r = c.ask("GET", "/huge.wav", "Range: bytes=-4")
		wantField(t, r, "Content-Range", fmt.Sprintf("bytes %d-%d/%d", size-4, size-1, size))
		wantBody(t, r, "last")
		wantField(t, c.ask("GET", "/huge.wav", fmt.Sprintf("Range: bytes=%d-", size)), "Content-Range", fmt.Sprintf("bytes */%d", size))
	}
}

func TestMoreFilesThanMayBeKeptAreServedAllTheSame(t *testing.T) {
	t.Parallel()
	const files = 600
	all := map[string]string{}
	for i := range files {
		all[fmt.Sprintf("%d.txt", i)] = strings.Repeat(fmt.Sprint(i, "\n"), 2000)
	}
	for name, with := range map[string][]string{
		"from memory": {"--set=files.open=50", "--set=files.memory=256KB", "--set=files.inline=32KB"},
		"from disk":   {"--set=files.open=50", "--set=files.inline=0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := startEdge(t, folder(t, all), with...)
			before := e.metric(t, "process_open_fds")
			c := connect(t, e.addr)
			for range 2 {
				for name, content := range all {
					wantBody(t, c.ask("GET", "/"+name), content)
				}
			}
			if n := e.metric(t, "segue_files_kept"); n > 50 {
				t.Errorf("%v files are kept, want 50 at most", n)
			}
			if n := e.metric(t, "segue_files_memory_bytes"); n > 256<<10 {
				t.Errorf("%v bytes are kept, want 256 KB at most", n)
			}
			if n := e.metric(t, "process_open_fds"); n > before+60 {
				t.Errorf("%v descriptors, %v before", n, before)
			}
		})
	}
}
