package e2e

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// Every answer that any test here reads must carry Access-Control-Allow-Origin
// (see judge); these are the rest.
func TestPlayersOfOtherSitesMayReadEveryAnswer(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.flac": "0123456789", "b.txt": "b"}), keys)
	c := connect(t, e.addr)
	tag := c.ask("GET", "/a.flac").get("ETag")
	for _, origin := range [][]string{nil, {"Origin: https://player.example"}, {"Origin: null"}} {
		for status, q := range map[int][]string{
			200: {"/a.flac"}, 206: {"/a.flac", "Range: bytes=0-1"}, 304: {"/a.flac", "If-None-Match: " + tag}, 403: {"/a.flac?token=x"},
			404: {"/none"}, 412: {"/a.flac", `If-Match: "x"`}, 416: {"/a.flac", "Range: bytes=99-"},
		} {
			r := c.ask("GET", q[0], append(q[1:], origin...)...)
			wantStatus(t, r, status)
			for _, name := range []string{"Content-Range", "Content-Length", "Accept-Ranges", "ETag", "Last-Modified", "Retry-After", "X-Request-Id"} {
				if !strings.Contains(", "+r.get("Access-Control-Expose-Headers")+",", ", "+name+",") {
					t.Errorf("%d: %s is not exposed: %s", status, name, r.get("Access-Control-Expose-Headers"))
				}
			}
			if strings.Contains(r.get("Vary"), "Origin") {
				t.Errorf("%d: Vary: Origin, though the answer does not depend on it", status)
			}
		}
	}
	for _, target := range []string{"/a.flac", "/none", "/", "*", "/api/v1/folder", "/a.flac?token=x"} {
		r := c.ask("OPTIONS", target, "Origin: https://player.example", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: range,if-range,authorization")
		wantStatus(t, r, 204)
		for _, name := range []string{"Range", "If-Range", "If-None-Match", "Authorization", "Content-Type"} {
			if !strings.Contains(", "+r.get("Access-Control-Allow-Headers")+",", ", "+name+",") {
				t.Errorf("%s is not allowed: %s", name, r.get("Access-Control-Allow-Headers"))
			}
		}
		if !strings.Contains(r.get("Access-Control-Allow-Methods"), "GET") || r.get("Access-Control-Max-Age") == "" || r.get("Allow") == "" {
			t.Errorf("preflight: %s", r)
		}
		if len(r.body) > 0 || r.has("Content-Length") {
			t.Errorf("204 with a body or a length (RFC 9110 8.6):\n%s", r)
		}
	}
	wantBody(t, c.ask("GET", "/b.txt"), "b")
}

func TestTextIsCompressedAndSoundIsNot(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a line of lyrics\n", 200)
	files := map[string]string{"large.txt": strings.Repeat(text, 100)}
	for _, name := range []string{"a.txt", "a.lrc", "a.json", "a.m3u8", "a.svg", "a.vtt", "a.xml", "a.flac", "a.mp3", "a.wav", "a.ogg", "a.jpg", "a.zip", "a.bin", "a.mp4"} {
		files[name] = text
	}
	files["tiny.txt"] = "short"
	e := startEdge(t, folder(t, files))
	c := connect(t, e.addr)
	for name, content := range files {
		compressed := strings.Contains("a.txt a.lrc a.json a.m3u8 a.svg a.vtt a.xml", name)
		r := c.ask("GET", "/"+name, "Accept-Encoding: gzip, deflate, br")
		wantStatus(t, r, 200)
		if got := r.get("Content-Encoding"); (got == "gzip") != compressed || got != "gzip" && got != "" {
			t.Errorf("%s: Content-Encoding %q", name, got)
			continue
		}
		if !compressed {
			wantBody(t, r, content)
			continue
		}
		z, err := gzip.NewReader(bytes.NewReader(r.body))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil || string(plain) != content {
			t.Errorf("%s: %v %s", name, err, brief(string(plain)))
		}
		wantField(t, r, "Vary", "Accept-Encoding")
		whole := c.ask("GET", "/"+name)
		wantBody(t, whole, content)
		wantField(t, whole, "Vary", "Accept-Encoding")
		if whole.get("ETag") == r.get("ETag") || r.get("ETag") == "" {
			t.Errorf("%s: one ETag for two representations (RFC 9110 8.8.3.3): %s", name, r.get("ETag"))
		}
		// A range is of the file as it lies there: never of a stream that was packed.
		part := c.ask("GET", "/"+name, "Accept-Encoding: gzip", "Range: bytes=2-4")
		wantStatus(t, part, 206)
		wantBody(t, part, content[2:5])
		wantField(t, part, "ETag", whole.get("ETag"))
		wantStatus(t, c.ask("GET", "/"+name, "Accept-Encoding: gzip", "If-None-Match: "+r.get("ETag")), 304)
		wantStatus(t, c.ask("GET", "/"+name, "Accept-Encoding: gzip", "Range: bytes=2-4", "If-Range: "+r.get("ETag")), 200)
		if n := len(c.ask("GET", "/"+name, "Accept-Encoding: gzip", "Range: bytes=2-4", "If-Range: "+r.get("ETag")).body); n != len(content) && n != len(r.body) {
			t.Errorf("%s: a body of %d bytes", name, n)
		}
		head := c.ask("HEAD", "/"+name, "Accept-Encoding: gzip")
		wantField(t, head, "Content-Length", fmt.Sprint(len(r.body)))
		wantField(t, head, "ETag", r.get("ETag"))
	}
	for accept, want := range map[string]string{
		"": "", "gzip": "gzip", "GZIP": "gzip", "x-gzip": "gzip", "*": "gzip", "gzip;q=0": "", "gzip;q=0.0": "", "gzip; q=0.5": "gzip", "identity": "",
		"br": "", "*;q=0": "", "gzip;q=0, *": "", "br, gzip;q=1.0": "gzip", "gzipx": "", "identity;q=1, *;q=0": "", ",": "", "gzip;q=x": "",
	} {
		if got := c.ask("GET", "/a.txt", "Accept-Encoding: "+accept).get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding: %s gives %q, want %q", accept, got, want)
		}
	}
}

func TestTheAPIListsFoldersAndTracks(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"b.flac": "fLaC", "a & b.mp3": "ID3", "notes.txt": "x", "Album/1.mp3": "ID3", ".hidden/x.mp3": "ID3", ".h.mp3": "ID3"})
	e := startEdge(t, root, keys, "--set=name=Our music")
	var list struct {
		Path, Name, Next string
		Folders, Tracks  []struct{ Name, Path, Type string }
	}
	r := e.get(t, "/api/v1/folder")
	decode(t, r, &list)
	wantField(t, r, "Cache-Control", "no-cache")
	if list.Name != "Our music" || list.Path != "/" || len(list.Folders) != 1 || list.Folders[0].Path != "/Album/" || len(list.Tracks) != 2 {
		t.Errorf("the root lists %s", r.body)
	}
	for _, track := range list.Tracks { // the paths of the list are what can be asked for
		if r := e.get(t, escaped(track.Path)); r.status != 200 {
			t.Errorf("%s: %d", track.Path, r.status)
		}
	}
	if strings.Contains(string(r.body), "hidden") || strings.Contains(string(r.body), ".h.mp3") {
		t.Errorf("hidden names are listed: %s", r.body)
	}
	decode(t, e.get(t, "/api/v1/folder?path=/Album/"), &list)
	if len(list.Tracks) != 1 || list.Tracks[0].Path != "/Album/1.mp3" {
		t.Errorf("the album lists %v", list)
	}
	for target, status := range map[string]int{
		"/api/v1/folder?path=/none/": 404, "/api/v1/folder?path=/b.flac/": 404, "/api/v1/folder?path=Album": 400, "/api/v1/folder?path=/Album": 400,
		"/api/v1/folder?path=/../": 404, "/api/v1/folder?path=/.hidden/": 404, "/api/v1/folder?path=/%2e%2e/": 404, "/api/v1/folder?path=//": 400,
		"/api/v1/folder?path=/%00/": 404, "/api/v1/folder?path=/..%5c/": 404, "/api/v1/folder?path=%zz": 400, "/api/v1/folder?after=nonsense": 400,
		"/api/v1/links?path=/none": 404, "/api/v1/links?path=/Album/": 404, "/api/v1/links?path=/../etc/passwd": 404, "/api/v1/links?path=/.h.mp3": 404,
		"/api/v1/links": 400, "/api/v1/links?path=b.flac": 400, "/api/v1/links?path=/b.flac&expires_in=0": 400, "/api/v1/links?path=/b.flac&expires_in=-1": 400,
		"/api/v1/links?path=/b.flac&expires_in=1e3": 400, "/api/v1/links?path=/b.flac&expires_in=99999999999999999999": 400,
		"/api/v1/artwork?path=/b.flac": 404, "/api/v1/artwork": 400, "/api/v1/artwork?path=/../x": 404, "/api/v1/none": 404, "/api": 404,
	} {
		if r := e.get(t, target); r.status != status {
			t.Errorf("%s: %d, want %d", target, r.status, status)
		}
	}
	// A link opens the file on an edge that serves nothing else.
	var link struct {
		URL     string
		Expires int64
	}
	strict := startEdge(t, root, keys, "--require-token")
	for _, path := range []string{"/b.flac", "/a & b.mp3"} {
		r := e.get(t, "/api/v1/links?expires_in=60&path="+url.QueryEscape(path))
		wantField(t, r, "Cache-Control", "no-store")
		decode(t, r, &link)
		wantStatus(t, strict.get(t, link.URL), 200)
		wantStatus(t, strict.get(t, escaped(path)), 403)
	}
	// Without keys there is nothing to sign with.
	wantStatus(t, startEdge(t, root).get(t, "/api/v1/links?path=/b.flac"), 404)
}

func TestAHugeFolderIsListedInPages(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for i := range 450 {
		files[fmt.Sprintf("%04d.mp3", i)] = "ID3"
	}
	e := startEdge(t, folder(t, files))
	var got []string
	after := ""
	for range 10 {
		var list struct {
			Next   string
			Tracks []struct{ Path string }
		}
		decode(t, e.get(t, "/api/v1/folder?after="+url.QueryEscape(after)), &list)
		for _, track := range list.Tracks {
			got = append(got, filepath.Base(track.Path))
		}
		if after = list.Next; after == "" {
			break
		}
	}
	if len(got) != len(files) {
		t.Fatalf("%d tracks are listed, want %d", len(got), len(files))
	}
	for i, name := range got {
		if name != fmt.Sprintf("%04d.mp3", i) {
			t.Fatalf("track %d is %s", i, name)
		}
	}
}
