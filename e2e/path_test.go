package e2e

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestEveryNameIsServedUnderItsOwnSpelling(t *testing.T) {
	t.Parallel()
	names := []string{
		"plain.mp3", "with space.mp3", " leading.mp3", "trailing ", "a+b.mp3", "100%.mp3", "%41.mp3", "%2e%2e", "%2fetc%2fpasswd",
		`"quoted".mp3`, "it's.mp3", "a?b.mp3", "a#b.mp3", "a&b=c.mp3", "a;b.mp3", "a,b.mp3", "(live) [2024] {x}.mp3", "a:b.mp3", "a@b.mp3",
		"a|b^c`d~e.mp3", "<tag>.mp3", "$HOME.mp3", "*.mp3", "!.mp3", "a=b.mp3", "...", "..a", "a..", "a..b", ".../x", "Tränen/Größe.mp3",
		"caf\u00e9.mp3", "cafe\u0301.mp3", "日本語/曲.mp3", "🎵.mp3", "\u202eevil.mp3", "\u00a0nbsp.mp3", "CON", "a.mp3.", "-rf", "nul",
		"token=abc", "bcdn_token", "api", "live", "rtc.mp3", "rtcx/y", "lives/x", "apis", strings.Repeat("n", 255),
		strings.Repeat("deep/", 100) + "x",
	}
	files := map[string]string{}
	for _, n := range names {
		if strings.HasPrefix(n, ".") {
			continue // hidden: tested elsewhere
		}
		files[n] = "bytes of " + n
	}
	e := startEdge(t, folder(t, files))
	c := connect(t, e.addr)
	for name, content := range files {
		for how, target := range spellings(name) {
			r := c.ask("GET", target)
			if r.status != 200 || string(r.body) != content {
				t.Errorf("%q, %s, as %s: %s", name, how, target, r)
			}
		}
	}
}

// spellings are ways to write the same path (RFC 3986 6.2.2).
func spellings(name string) map[string]string {
	every := func(format func(byte) string) string {
		var b strings.Builder
		for _, c := range []byte("/" + name) {
			if c == '/' {
				b.WriteByte('/')
			} else {
				b.WriteString(format(c))
			}
		}
		return b.String()
	}
	all := map[string]string{
		"as Go writes it":  (&url.URL{Path: "/" + name}).EscapedPath(),
		"every byte, big":  every(func(c byte) string { return "%" + string("0123456789ABCDEF"[c>>4]) + string("0123456789ABCDEF"[c&15]) }),
		"every byte, tiny": every(func(c byte) string { return "%" + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]) }),
		"with a query":     (&url.URL{Path: "/" + name}).EscapedPath() + "?v=1&x=/../..",
	}
	if len(name) > 200 { // three letters for each would pass the limit of a target
		delete(all, "every byte, big")
		delete(all, "every byte, tiny")
	}
	return all
}

// refusedPaths could be read as another path by somebody: 400, whatever the
// folder holds.
var refusedPaths = []string{
	"/..", "/../", "/.", "/./", "/a/..", "/a/.", "/a/../b", "/a/./b", "/../etc/passwd", "/a/../../etc/passwd", "/%2e%2e/etc/passwd",
	"/%2E%2E/etc/passwd", "/.%2e/etc/passwd", "/%2e./etc/passwd", "/%2e", "/a/%2e", "/a/%2e%2e", "/a/%2e%2e/b", "/a%2fb", "/a%2Fb", "/%2f",
	"/%2fetc/passwd", "/..%2fetc/passwd", "/%2e%2e%2fetc%2fpasswd", "/a/..%2f..%2fetc/passwd", "//", "//a", "/a//b", "/a//", "///etc/passwd",
	"//etc/passwd", `/a\b`, "/a%5cb", "/a%5Cb", `/..\etc`, "/..%5cetc", `/..%5c..%5cwindows`, `/\a`, "/a%00", "/a%00.mp3", "/%00", "/a.mp3%00.jpg",
	"/%01", "/a%0a", "/a%0d", "/a%0d%0aX:%20y", "/a%09", "/a%1f", "/a%7f", "/%", "/a%", "/a%2", "/a%zz", "/a%g0", "/a%0g", "/a% 41", "/%%34%31",
	"/a%u002e", "/%u2215", "/%c0%af", "/%c0%ae%c0%ae/etc", "/%e0%80%af", "/%f0%80%80%af", "/%ff", "/a%80", "/%c3", "/%c3%28", "/%ed%a0%80",
	"/%f4%90%80%80", "/%fe%ff", "/caf%e9.mp3", "/a/%c0%2e%c0%2e/b", "/..%c0%af..", "/%2e%2e%c0%af",
	"/bcdn_token=x/../a", "/bcdn_token=x//a", "/bcdn_token=x/bcdn_token=y/a", "/bcdn_token=x/%62cdn_token=y/a", "/%62cdn_token=x/a",
	`/bcdn_token=\x/a`, "/bcdn_token=%zz/a", "http://media.example/../a", "http://media.example//a", "http://media.example/a%2fb",
}

func TestPathsThatAnyoneCouldReadOtherwiseAreRefused(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a/b": "secret", "b": "secret", "etc/passwd": "secret", "x/a": "secret"}))
	for _, target := range refusedPaths {
		for _, method := range []string{"GET", "HEAD", "OPTIONS", "POST"} {
			c := connect(t, e.addr)
			c.send(request(method, target))
			r, err := readReply(c.br, method)
			if err != nil || r.status != 400 || strings.Contains(string(r.body), "secret") {
				t.Errorf("%s %s: %v\n%s", method, target, err, r)
				continue
			}
			c.closed(patience)
		}
	}
}

func TestADoublyEncodedPathIsDecodedOnce(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a/b": "secret", "%2e%2e/x": "odd", "c%2fd": "odd"}))
	c := connect(t, e.addr)
	for _, target := range []string{"/%252e%252e/etc/passwd", "/a%252fb", "/a%255cb", "/%25252e", "/a%2500", "/%25c0%25af"} {
		wantStatus(t, c.ask("GET", target), 404)
	}
	wantBody(t, c.ask("GET", "/%252e%252e/x"), "odd")
	wantBody(t, c.ask("GET", "/c%252fd"), "odd")
}

func TestOnlyRegularFilesBelowTheRootAreServed(t *testing.T) {
	t.Parallel()
	outside := folder(t, map[string]string{"secret.txt": "secret"})
	root := folder(t, map[string]string{
		"a.txt": "0123456789", "dir/b.txt": "b", ".hidden": "secret", ".git/config": "secret", "dir/.env": "secret", "dir/.d/x": "secret",
		"..data": "secret", "...": "secret",
	})
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	up := "../" + filepath.Base(outside)
	link("a.txt", "inside.txt")
	link("../a.txt", "dir/up.txt")
	link("dir", "dirlink")
	link(filepath.Join(outside, "secret.txt"), "absolute")
	link(outside, "absolutedir")
	link("/etc/passwd", "passwd")
	link("/", "all")
	link("/dev/zero", "zero")
	link("/proc/self/environ", "environ")
	link(up+"/secret.txt", "relative")
	link("dir/../../"+filepath.Base(outside)+"/secret.txt", "through")
	link("loop2", "loop1")
	link("loop1", "loop2")
	link("none", "broken")
	link(".hidden", "tohidden")
	if err := unix.Mkfifo(filepath.Join(root, "pipe.mp3"), 0o666); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", filepath.Join(root, "sock.mp3"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	refused := []string{
		"/dir", "/dir/", "/none", "/none/", "/a.txt/", "/a.txt/x", "/dir/none", "/dirlink", "/dirlink/",
		"/absolute", "/absolutedir/secret.txt", "/passwd", "/all/etc/passwd", "/zero", "/environ", "/relative", "/through",
		"/loop1", "/broken", "/pipe.mp3", "/sock.mp3", "/.hidden", "/%2ehidden", "/.git/config", "/.git", "/dir/.env", "/dir/.d/x", "/..data", "/...",
		"/.segue/none", "/.segue/", "/.segue", "/" + strings.Repeat("n", 256), "/" + strings.Repeat("d/", 3000) + "x",
	}
	// A device of our own: only root in a machine that allows it makes one.
	if err := unix.Mknod(filepath.Join(root, "null.mp3"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5))); err == nil {
		refused = append(refused, "/null.mp3")
	}
	if os.Getuid() != 0 {
		write(t, filepath.Join(root, "locked.txt"), "secret")
		if err := os.Chmod(filepath.Join(root, "locked.txt"), 0); err != nil {
			t.Fatal(err)
		}
		refused = append(refused, "/locked.txt")
	}

	e := startEdge(t, root)
	wantBody(t, e.get(t, "/a.txt"), "0123456789")
	wantBody(t, e.get(t, "/inside.txt"), "0123456789")
	wantBody(t, e.get(t, "/dir/up.txt"), "0123456789")
	wantBody(t, e.get(t, "/dirlink/b.txt"), "b")
	c := connect(t, e.addr)
	for _, target := range refused {
		begin := time.Now()
		r := c.ask("GET", target)
		if r.status != 404 || strings.Contains(string(r.body), "secret") {
			t.Errorf("%s: %s", target, r)
		}
		if d := time.Since(begin); d > quick {
			t.Errorf("%s took %v", target, d)
		}
		wantStatus(t, c.ask("HEAD", target, "Range: bytes=0-1"), 404)
	}
}

// A 404 tells nothing of the disk.
func TestErrorsNameNothingOfTheServer(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"a.txt": "0123456789"})
	e := startEdge(t, root, "SEGUE_SIGNING_KEYS=k1:"+secret)
	for _, target := range []string{"/none", "/a.txt?token=x", "/api/v1/none", "/api/v1/folder?path=/none/", "/api/v1/links?path=/none", "/api/v1/artwork?path=/a.txt", "/%2e%2e"} {
		r := e.get(t, target)
		if r.status < 400 {
			t.Errorf("%s: %d", target, r.status)
		}
		wantField(t, r, "Content-Type", "application/problem+json")
		wantField(t, r, "Cache-Control", "no-store")
		for _, word := range []string{root, "goroutine", ".go:", "/tmp", "no such file", "openat", secret} {
			if strings.Contains(r.String(), word) {
				t.Errorf("%s tells %q:\n%s", target, word, r)
			}
		}
		var problem struct {
			Type, Title, Code string
			Status            int
		}
		if err := json.Unmarshal(r.body, &problem); err != nil || problem.Status != r.status || problem.Code == "" || problem.Title == "" || problem.Type == "" {
			t.Errorf("%s: no problem of RFC 9457: %v %s", target, err, r.body)
		}
	}
}

// The reserved names belong to the server, whatever the folder holds.
func TestReservedPathsNeverReachTheFolder(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	names := []string{"api/x", "api/v1/none", "live/x", "whip/x", "whep/x", "rtc/x"}
	for _, n := range names {
		files[n] = "from the folder"
	}
	e := startEdge(t, folder(t, files))
	for _, n := range names {
		wantStatus(t, e.get(t, "/"+n), 404)
	}
	wantStatus(t, e.get(t, "/rtc"), 404)
}

func TestTheFoldersOwnIndexIsThePage(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"a.txt": "a"})
	e := startEdge(t, root)
	if r := e.get(t, "/"); r.status != 200 || !strings.Contains(string(r.body), "<title>") {
		t.Errorf("the page: %s", r)
	}
	replace(t, filepath.Join(root, "index.html"), "<p>mine")
	eventually(t, 5*time.Second, "the folder's index.html is at /", func() bool {
		return string(e.get(t, "/").body) == "<p>mine"
	})
	if err := os.Remove(filepath.Join(root, "index.html")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	eventually(t, 5*time.Second, "the page is back", func() bool {
		return strings.Contains(string(e.get(t, "/").body), "<title>")
	})
	plain := startEdge(t, root, "--set=page=false")
	wantStatus(t, plain.get(t, "/"), 404)
	wantStatus(t, plain.get(t, "/a.txt"), 200)
}
