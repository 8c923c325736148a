package validate

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// site is a web server's files, by path without the first slash.
type site struct {
	files map[string][]byte
	// change may alter an answer before it is sent; it returns true when it has
	// answered itself.
	change func(w http.ResponseWriter, r *http.Request) bool
}

func (s *site) clone() *site {
	c := &site{files: map[string][]byte{}}
	for name, b := range s.files {
		c.files[name] = bytes.Clone(b)
	}
	return c
}

// edit replaces one text by another in a file, which must have it.
func (s *site) edit(t testing.TB, name, from, to string) {
	t.Helper()
	b := s.files[name]
	if !bytes.Contains(b, []byte(from)) {
		t.Fatalf("%s has no %q:\n%.2000s", name, from, b)
	}
	s.files[name] = bytes.Replace(b, []byte(from), []byte(to), 1)
}

var siteTypes = map[string]string{
	".m3u8": "application/vnd.apple.mpegurl", ".m4s": "audio/mp4", ".mp4": "audio/mp4", ".ts": "video/mp2t",
	".mp3": "audio/mpeg", ".aac": "audio/aac", ".vtt": "text/vtt",
}

// ServeHTTP does everything right.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	name := strings.TrimPrefix(r.URL.Path, "/")
	b, ok := s.files[name]
	h.Set("Content-Type", siteTypes[path.Ext(name)])
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Etag", fmt.Sprintf(`"%s-%d"`, name, len(b)))
	if s.change != nil && s.change(w, r) {
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	if path.Ext(name) == ".m3u8" && r.Header.Get("Accept-Encoding") == "gzip" && h.Get("X-Plain") == "" {
		var z bytes.Buffer
		g := gzip.NewWriter(&z)
		g.Write(b)
		g.Close()
		b = z.Bytes()
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Length", fmt.Sprint(len(b)))
		if r.Method != "HEAD" {
			w.Write(b)
		}
		return
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
}

// judgeSite serves a site and judges a playlist of it.
func judgeSite(t testing.TB, s *site, name string, o Options) (*Report, error) {
	t.Helper()
	srv := httptest.NewServer(s)
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return Run(ctx, srv.URL+"/"+name, o)
}

// broken lists the rules that a report says are broken, those of the severity first.
func broken(r *Report, sev Severity) []string {
	var list []string
	for _, x := range r.Results {
		if x.Verdict == Failed && x.Severity == sev {
			list = append(list, x.ID)
		}
	}
	return list
}

func printed(r *Report) string {
	var b strings.Builder
	r.Print(&b)
	before, _, _ := strings.Cut(b.String(), "\npassed")
	return before
}

var ffmpegOnce = sync.OnceValue(func() string { name, _ := exec.LookPath("ffmpeg"); return name })

// ffmpeg runs in a folder of its own and returns the files that it made.
func ffmpeg(t testing.TB, args ...string) *site {
	t.Helper()
	if ffmpegOnce() == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("ffmpeg is missing")
		}
		t.Skip("ffmpeg is missing")
	}
	dir := t.TempDir()
	cmd := exec.Command(ffmpegOnce(), append([]string{"-hide_banner", "-loglevel", "error", "-nostdin", "-threads", "1"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %v: %v\n%s", args, err, out)
	}
	s := &site{files: map[string][]byte{}}
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s.files[filepath.Base(name)] = b
	}
	return s
}

func words(s string) []string { return strings.Fields(s) }
