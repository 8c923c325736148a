package validate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAnAddressThatIsNoPlaylistIsAnError(t *testing.T) {
	status := func(code int, header, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if name, value, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		says    string
	}{
		{"404", status(404, "", ""), "nothing is there"},
		{"403", status(403, "", ""), "wants a token"},
		{"401", status(401, "", ""), "edge sign"},
		{"422", status(422, "Content-Type: application/problem+json", `{"detail":"no frame follows"}`), "the server says: no frame follows"},
		{"500", status(500, "", ""), "it should be 200"},
		{"429", status(429, "", ""), "limits requests"},
		{"503", status(503, "Retry-After: 3600", ""), "busy"},
		{"206", status(206, "", "#EXTM3U\n"), "it should be 200"},
		{"html", status(200, "Content-Type: text/html", "<!DOCTYPE html><html>"), "web page"},
		{"empty", status(200, "", ""), "is empty"},
		{"mp3", status(200, "", "ID3\x04\x00"), "media file"},
		{"mp4", status(200, "", "\x00\x00\x00\x18ftypisom"), "media file"},
		{"dash", status(200, "", "<?xml version='1.0'?><MPD>"), "DASH"},
		{"json", status(200, "", `{"a":1}`), "JSON"},
		{"text", status(200, "", "hello"), "none of its lines"},
		{"br", status(200, "Content-Encoding: br", "#EXTM3U"), "not asked for"},
		{"no gzip", status(200, "Content-Encoding: gzip", "#EXTM3U"), "says that it is gzip"},
		{"loop", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again?token=secret", http.StatusFound)
		}, "more than 5 redirects"},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			for line := bytes.Repeat([]byte("#EXTINF:1,\n"), 1000); ; {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		}, "greater than 4 MB"},
		{"closed", func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, "closed the connection"},
		{"slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no whole answer within"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(c.handler)
			defer srv.Close()
			timeout := 20 * time.Second
			if c.name == "slow" {
				timeout /= 100
			}
			r, err := Run(context.Background(), srv.URL+"/a.m3u8?token=secret", Options{Timeout: timeout})
			if err == nil {
				t.Fatalf("no error: %s", printed(r))
			}
			if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v\nshould say %q, and not the token", err, c.says)
			}
		})
	}
}

func TestAnAddressThatCannotBeReachedSaysWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free := l.Addr().String()
	l.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	f := func(address, says string) {
		t.Helper()
		if _, err := Run(context.Background(), address, Options{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", address, err, says)
		}
	}
	f("http://"+free+"/a.m3u8", "nothing listens there")
	f("https://"+plain.Listener.Addr().String()+"/a.m3u8", "try http://")
	f(secure.URL+"/a.m3u8", "certificate is not trusted")
	f("ftp://127.0.0.1/a.m3u8", "http or https")
	f("http:///a.m3u8", "http or https")
	f("/nowhere/a.m3u8", "there is no file")
	f(t.TempDir(), "is no file")
	if _, err := Run(context.Background(), "x", Options{Segments: -1}); err == nil {
		t.Error("negative segments are taken")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, plain.URL, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestALocalPlaylistIsJudgedWithoutItsDelivery(t *testing.T) {
	s := base(t, "range")
	dir := t.TempDir()
	for name, b := range s.files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Run(context.Background(), filepath.Join(dir, "master.m3u8"), Options{})
	if err != nil || r.Failed() || r.Warned() || r.Segments != 4 {
		t.Fatalf("%v\n%s", err, printed(r))
	}
	for _, x := range r.Results {
		if slices.Contains([]string{"playlist-gzip", "cors", "tls", "media-type-header"}, x.ID) && x.Verdict != NotApplicable {
			t.Errorf("%s: %s", x.ID, x.Verdict)
		}
	}
	if err := os.Truncate(filepath.Join(dir, "s.mp4"), 3000); err != nil {
		t.Fatal(err)
	}
	r, err = Run(context.Background(), "file://"+filepath.Join(dir, "master.m3u8"), Options{})
	if err != nil || !slices.Contains(broken(r, Must), "byterange-answer") {
		t.Fatalf("%v\n%s", err, printed(r))
	}
}

func TestAServersPlaylistOpensNoLocalFile(t *testing.T) {
	s := live()
	name := filepath.Join(t.TempDir(), "secret")
	os.WriteFile(name, []byte("WEBVTT"), 0o600)
	s.edit(t, "live.m3u8", "s1.vtt", "file://"+name)
	s.edit(t, "live.m3u8", "s2.vtt", "gopher://127.0.0.1/a")
	s.files["live.m3u8"] = append(s.files["live.m3u8"], "#EXT-X-ENDLIST\n"...)
	r, err := judgeSite(t, s, "live.m3u8", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Segments != 5 || !slices.Contains(broken(r, Must), "media-reachable") {
		t.Error(printed(r))
	}
}

func TestOptionsBoundWhatIsFetched(t *testing.T) {
	s := base(t, "mp3")
	var mu sync.Mutex
	asked := map[string]int{}
	s.change = func(_ http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		asked[r.URL.Path]++
		if r.Header.Get("Authorization") != "Bearer x" {
			asked["without"]++
		}
		return false
	}
	r, err := judgeSite(t, s, "master.m3u8", Options{Segments: 2, Concurrency: 1, Header: http.Header{"authorization": {"Bearer x"}}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Segments != 2 || asked["/s2.mp3"] != 0 || asked["without"] != 0 || len(r.Notes) != 1 || r.Failed() || r.Warned() {
		t.Errorf("%v\n%s", asked, printed(r))
	}
}

func TestHeadersStayWithTheHost(t *testing.T) {
	var got []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("X-Secret"))
	}))
	defer other.Close()
	s := live()
	s.edit(t, "live.m3u8", "s1.vtt", other.URL+"/s1.vtt")
	s.files["live.m3u8"] = append(s.files["live.m3u8"], "#EXT-X-ENDLIST\n"...)
	s.change = onPath("/s2.vtt", func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other.URL+"/s2.vtt", http.StatusFound)
		return true
	})
	if _, err := judgeSite(t, s, "live.m3u8", Options{Concurrency: 1, Header: http.Header{"X-Secret": {"s"}}}); err != nil {
		t.Fatal(err)
	}
	if len(got) < 2 || strings.Join(got, "") != "" {
		t.Errorf("another host got %q", got)
	}
}

func TestAServerThatAsksForPatienceGetsIt(t *testing.T) {
	s := live()
	s.files["live.m3u8"] = append(s.files["live.m3u8"], "#EXT-X-ENDLIST\n"...)
	tries := 0
	s.change = onPath("/live.m3u8", func(w http.ResponseWriter, r *http.Request) bool {
		if tries++; tries > 1 {
			return false
		}
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	if _, err := judgeSite(t, s, "live.m3u8", Options{}); err != nil {
		t.Fatal(err)
	}
}

func TestPlainHTTPIsTold(t *testing.T) {
	f := func(address string, want Verdict) {
		t.Helper()
		j := &judge{sheet: newSheet()}
		j.headers(&answer{url: address, header: http.Header{}}, place{address, 0})
		for _, x := range j.results() {
			if x.ID == "tls" && x.Verdict != want {
				t.Errorf("%s: %s, want %s", address, x.Verdict, want)
			}
		}
	}
	f("http://music.example/a.m3u8", Failed)
	f("https://music.example/a.m3u8", Passed)
	f("http://127.0.0.1:8080/a.m3u8", NotApplicable)
	f("http://localhost/a.m3u8", NotApplicable)
}

func TestReportHidesTokensAndShowsPlaces(t *testing.T) {
	s := live()
	s.edit(t, "live.m3u8", "s1.vtt", "missing.vtt?token=secret")
	s.edit(t, "live.m3u8", "s2.vtt", "bcdn_token=secret&expires=1/missing2.vtt")
	s.files["live.m3u8"] = append(s.files["live.m3u8"], "#EXT-X-ENDLIST\n"...)
	r, err := judgeSite(t, s, "live.m3u8", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Print(&b); err != nil {
		t.Fatal(err)
	}
	j, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "secret") || bytes.Contains(j, []byte("secret")) {
		t.Errorf("a token in the report:\n%s\n%s", &b, j)
	}
	for _, want := range []string{"failed  must    media-reachable", "live.m3u8:7  ", "not applicable  ", "passed  must    utf8"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in the report:\n%s", want, &b)
		}
	}
	for _, want := range []string{`"verdict":"failed"`, `"severity":"must"`, `"line":7`, `"kind":"media"`, `"not applicable"`} {
		if !bytes.Contains(j, []byte(want)) {
			t.Errorf("%s is not in the JSON:\n%s", want, j)
		}
	}
}

func TestFindingsAreBounded(t *testing.T) {
	s := live()
	s.files["live.m3u8"] = append(s.files["live.m3u8"], strings.Repeat("#EXT-FOO:\x1b[31m\n", 1000)+"#EXT-X-ENDLIST\n"...)
	r, err := judgeSite(t, s, "live.m3u8", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Results {
		if x.ID == "tag-known" && (x.Faults != 1000 || len(x.Findings) != maxFindings) {
			t.Errorf("%d faults, %d findings", x.Faults, len(x.Findings))
		}
	}
	if out := printed(r); !strings.Contains(out, "and 995 more") || strings.Contains(out, "\x1b") {
		t.Error(out)
	}
}

func TestRunLeavesNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	if _, err := judgeSite(t, base(t, "mp3"), "master.m3u8", Options{}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond) // the server's end
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestRulesAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules {
		if seen[r.ID] || r.ID == "" || r.Source == "" || r.Text == "" || r.Severity != Must && r.Severity != Should {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
	}
}
