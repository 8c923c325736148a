package edge

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"segue/signer"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m,
		// fasthttp keeps a coarse clock for the Date header, for the process's life.
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"))
}

const testKey = "0123456789abcdef0123456789abcdef"

// rig is an edge on a folder of its own.
type rig struct {
	*Server
	t    testing.TB
	dir  string
	base string
	log  *logBuffer
}

type logBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func testConfig(dir string) Config {
	c := Defaults()
	c.Root, c.Listen, c.Admin = dir, "127.0.0.1:0", ""
	return c
}

func start(t testing.TB, change func(*Config)) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), log: &logBuffer{}}
	cfg := testConfig(r.dir)
	if change != nil {
		change(&cfg)
	}
	var err error
	r.Server, err = New(cfg, Options{
		Version: "test", Registry: prometheus.NewPedanticRegistry(),
		Log: slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Pages: fstest.MapFS{
			"index.html":           {Data: []byte("<!doctype html><title>page</title>" + strings.Repeat(" ", 2000))},
			"assets/app-abc123.js": {Data: []byte("export {};" + strings.Repeat("/", 2000))},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = r.Stop(ctx)
	})
	r.base = "http://" + r.Addr().String()
	return r
}

func (r *rig) write(name string, b []byte) {
	r.t.Helper()
	full := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(full, b, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// one connection a request: a test that ends leaves none behind.
var client = &http.Client{
	Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
	Timeout:   10 * time.Second,
}

func (r *rig) ask(method, target string, header ...string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.base+target, http.NoBody)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res, string(b)
}

func (r *rig) get(target string, header ...string) (*http.Response, string) {
	r.t.Helper()
	return r.ask("GET", target, header...)
}

// sign is Bunny's basic recipe, written here once more.
func sign(path string, expires int64) string {
	sum := sha256.Sum256([]byte(testKey + path + strconv.FormatInt(expires, 10)))
	return path + "?token=" + base64.RawURLEncoding.EncodeToString(sum[:]) + "&expires=" + strconv.FormatInt(expires, 10)
}

func withToken(c *Config) { c.RequireToken, c.Access.SigningKeys = true, "k1:"+testKey }

func wantStatus(t testing.TB, res *http.Response, want int) {
	t.Helper()
	if res.StatusCode != want {
		t.Fatalf("%s %s: status %d, want %d", res.Request.Method, res.Request.URL, res.StatusCode, want)
	}
}

func TestFileCarriesItsHeaders(t *testing.T) {
	r := start(t, nil)
	r.write("a b.flac", []byte("fLaC data"))
	res, body := r.get("/a%20b.flac")
	wantStatus(t, res, 200)
	if body != "fLaC data" {
		t.Fatalf("body %q", body)
	}
	for name, want := range map[string]string{
		"Content-Type": "audio/flac", "Accept-Ranges": "bytes", "Timing-Allow-Origin": "*",
		"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff",
		"Cache-Control": "public, max-age=604800, s-maxage=60, stale-while-revalidate=60, stale-if-error=60",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if e := res.Header["Etag"]; len(e) != 1 || !strings.HasPrefix(e[0], `"`) {
		t.Errorf("ETag %q is not strong", e)
	}
	if !strings.HasPrefix(res.Header.Get("Cache-Tag"), "file-") || res.Header.Get("Last-Modified") == "" || res.Header.Get("X-Request-Id") == "" {
		t.Errorf("headers missing: %v", res.Header)
	}
}

func TestETagIsSpelledAsTheRFCDoes(t *testing.T) {
	r := start(t, nil)
	r.write("a", []byte("x"))
	raw := r.raw("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if !strings.Contains(raw, "\r\nETag: \"") {
		t.Fatalf("answer:\n%s", raw)
	}
}

func (r *rig) raw(text string) string {
	r.t.Helper()
	c, err := net.Dial("tcp", r.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		r.t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

func TestMethodsOtherThanReadingAre405(t *testing.T) {
	r := start(t, nil)
	r.write("a", []byte("x"))
	for _, m := range []string{"POST", "PUT", "DELETE", "TRACE", "PROPFIND", "get"} {
		res, _ := r.ask(m, "/a")
		wantStatus(t, res, 405)
		if res.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: Allow %q", m, res.Header.Get("Allow"))
		}
	}
}

func TestPreflightIsAnsweredForAnyPathWithoutAToken(t *testing.T) {
	r := start(t, withToken)
	res, _ := r.ask("OPTIONS", "/any/thing.flac", "Origin", "https://player.example", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "range")
	wantStatus(t, res, 204)
	if !strings.Contains(res.Header.Get("Access-Control-Allow-Headers"), "Range") || res.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("headers %v", res.Header)
	}
}

func TestErrorsAreProblemsThatOtherSitesMayRead(t *testing.T) {
	r := start(t, nil)
	res, body := r.get("/none")
	wantStatus(t, res, 404)
	var p problem
	if err := json.Unmarshal([]byte(body), &p); err != nil || p.Code != "not_found" || p.Status != 404 || p.RequestID != res.Header.Get("X-Request-Id") {
		t.Fatalf("problem %+v, error %v", p, err)
	}
	if res.Header.Get("Content-Type") != "application/problem+json" || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Fatalf("headers %v", res.Header)
	}
}

func TestUnsatisfiableRangeNamesTheSize(t *testing.T) {
	r := start(t, nil)
	r.write("a", []byte("0123456789"))
	res, _ := r.get("/a", "Range", "bytes=10-")
	wantStatus(t, res, 416)
	if got := res.Header.Get("Content-Range"); got != "bytes */10" {
		t.Fatalf("Content-Range %q", got)
	}
	if res.Header.Get("Etag") != "" {
		t.Fatal("an error carries the file's ETag")
	}
}

func TestNothingIsServedUnsignedWhenTokensAreRequired(t *testing.T) {
	r := start(t, withToken)
	r.write("a.flac", []byte("x"))
	for _, p := range []string{"/a.flac", "/none", "/", "/api/v1/folder", "/api/v1/config", "/api/v1/links?path=/a.flac", "/.segue/assets/app-abc123.js", "/rtc"} {
		res, body := r.get(p)
		wantStatus(t, res, 403)
		if strings.Contains(body, "missing") {
			t.Errorf("%s: the answer says why", p)
		}
	}
}

func TestSignedURLOpensAndIsKeptPrivately(t *testing.T) {
	r := start(t, withToken)
	r.write("a.flac", []byte("x"))
	now := time.Now().Unix()
	res, body := r.get(sign("/a.flac", now+1000))
	wantStatus(t, res, 200)
	age, err := strconv.ParseInt(strings.TrimPrefix(res.Header.Get("Cache-Control"), "private, max-age="), 10, 64)
	if err != nil || age > 1000 || age < 990 || body != "x" {
		t.Fatalf("Cache-Control %q, body %q", res.Header.Get("Cache-Control"), body)
	}
	res, _ = r.get(sign("/a.flac", now+10*365*86400))
	if got := res.Header.Get("Cache-Control"); got != "private, max-age=604800" {
		t.Fatalf("Cache-Control %q, want the table's", got)
	}
}

func TestBadTokenIsRefusedBeforeTheFileIsLookedFor(t *testing.T) {
	r := start(t, withToken)
	r.write("a.flac", []byte("x"))
	res, _ := r.get(sign("/a.flac", time.Now().Unix()-1))
	wantStatus(t, res, 403)
	if n := r.folderOrigin.Stats().Opens; n != 0 {
		t.Fatalf("%d files opened", n)
	}
	if n := r.metrics.tokens["expired"].Load(); n != 1 {
		t.Fatalf("expired counted %d times", n)
	}
}

func TestWronglySignedURLIsRefusedOnAnOpenServerToo(t *testing.T) {
	r := start(t, func(c *Config) { c.Access.SigningKeys = "k1:" + testKey })
	r.write("a.flac", []byte("x"))
	res, _ := r.get("/a.flac")
	wantStatus(t, res, 200)
	res, _ = r.get("/a.flac?token=AAAA&expires=9999999999")
	wantStatus(t, res, 403)
}

func TestOriginSecretOpensAndTheAnswerIsPublic(t *testing.T) {
	r := start(t, func(c *Config) { withToken(c); c.Access.OriginSecret = "0123456789abcdef" })
	r.write("a.flac", []byte("x"))
	res, _ := r.get("/a.flac", "X-Origin-Secret", "0123456789abcdef")
	wantStatus(t, res, 200)
	if !strings.HasPrefix(res.Header.Get("Cache-Control"), "public, max-age=604800") {
		t.Fatalf("Cache-Control %q", res.Header.Get("Cache-Control"))
	}
	res, _ = r.get("/a.flac", "X-Origin-Secret", "0123456789abcdeX")
	wantStatus(t, res, 403)
}

func TestTokenLimitBoundsTheRate(t *testing.T) {
	r := start(t, withToken)
	r.write("a", make([]byte, 200_000))
	key := signer.Key{ID: "k1", Secret: []byte(testKey)}
	url, err := signer.SignBunnyAdvanced(key, "/a", signer.BunnyOptions{Expires: time.Now().Unix() + 100, LimitKBps: 200})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	res, body := r.get(url)
	wantStatus(t, res, 200)
	if d := time.Since(begin); d < 700*time.Millisecond || len(body) != 200_000 {
		t.Fatalf("%d bytes at 200 kB/s took %v", len(body), d)
	}
}

func TestCountryAndAddressComeFromTrustedProxiesAlone(t *testing.T) {
	for _, trusted := range []string{"127.0.0.1", "192.0.2.1"} {
		r := start(t, func(c *Config) {
			withToken(c)
			c.Access.TrustedProxies, c.Access.ClientIPHeader = []string{trusted}, "X-Real-IP"
		})
		r.write("a", []byte("x"))
		expires := time.Now().Unix() + 100
		sum := sha256.Sum256(fmt.Appendf(nil, "%s/a%d198.51.100.7", testKey, expires))
		url := fmt.Sprintf("/a?token=%s&expires=%d", base64.RawURLEncoding.EncodeToString(sum[:]), expires)
		want := map[string]int{"127.0.0.1": 200, "192.0.2.1": 403}[trusted]
		res, _ := r.get(url, "X-Real-IP", "198.51.100.7")
		wantStatus(t, res, want)
	}
}

func TestTextIsCompressedAndSoundIsNot(t *testing.T) {
	r := start(t, nil)
	r.write("a.txt", bytes.Repeat([]byte("words "), 1000))
	r.write("a.wav", append([]byte("RIFF....WAVE"), make([]byte, 5000)...))
	res, _ := r.get("/a.txt", "Accept-Encoding", "br, gzip")
	if res.Header.Get("Content-Encoding") != "gzip" || !strings.HasSuffix(res.Header.Get("Etag"), `-gz"`) || res.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("text: %v", res.Header)
	}
	again, _ := r.get("/a.txt", "Accept-Encoding", "gzip", "If-None-Match", res.Header.Get("Etag"))
	wantStatus(t, again, 304)
	plain, body := r.get("/a.txt")
	if plain.Header.Get("Content-Encoding") != "" || len(body) != 6000 || plain.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("plain text: %v, %d bytes", plain.Header, len(body))
	}
	part, _ := r.get("/a.txt", "Accept-Encoding", "gzip", "Range", "bytes=0-5")
	wantStatus(t, part, 206)
	sound, _ := r.get("/a.wav", "Accept-Encoding", "gzip")
	if sound.Header.Get("Content-Encoding") != "" || sound.Header.Get("Vary") != "" {
		t.Fatalf("sound: %v", sound.Header)
	}
}

func TestRootsOwnIndexTakesThePlaceOfThePage(t *testing.T) {
	r := start(t, nil)
	res, body := r.get("/")
	if wantStatus(t, res, 200); !strings.Contains(body, "<title>page") || res.Header.Get("Content-Security-Policy") == "" {
		t.Fatalf("the page: %q", body)
	}
	r.write("index.html", []byte("mine"))
	if res, body = r.get("/"); body != "mine" || res.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("the root's index: %q, %v", body, res.Header)
	}
}

func TestAssetsAreImmutableAndCompressed(t *testing.T) {
	r := start(t, nil)
	res, _ := r.get("/.segue/assets/app-abc123.js", "Accept-Encoding", "gzip")
	wantStatus(t, res, 200)
	if res.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || res.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("headers %v", res.Header)
	}
	res, _ = r.get("/.segue/none.js")
	wantStatus(t, res, 404)
}

func TestReservedNamesAreNeverFiles(t *testing.T) {
	r := start(t, nil)
	for _, p := range []string{"api/x", "live/x", "whip/x", "whep/x", "rtc"} {
		r.write(p, []byte("x"))
		res, _ := r.get("/" + p)
		wantStatus(t, res, 404)
	}
}

func TestFolderIsListed(t *testing.T) {
	r := start(t, func(c *Config) { c.Name = "Ours"; c.Access.SigningKeys = "k1:" + testKey })
	r.write("sub/01 one.mp3", []byte("\xff\xfb\x90\x64"))
	r.write("b.flac", []byte("fLaC"))
	r.write("notes.txt", []byte("x"))
	r.write("api/hidden.mp3", []byte("\xff\xfb\x90\x64")) // reserved: it cannot be had
	_, body := r.get("/api/v1/folder")
	var l folderJSON
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		t.Fatal(err)
	}
	if l.Name != "Ours" || len(l.Folders) != 1 || l.Folders[0].Path != "/sub/" || len(l.Tracks) != 1 || l.Tracks[0].Path != "/b.flac" {
		t.Fatalf("listing %s", body)
	}
	for q, want := range map[string]int{
		"path=/sub/": 200, "path=/none/": 404, "path=sub": 400, "path=/.git/": 404, "path=/../": 404, "after=!": 400, "path=%zz": 400,
	} {
		res, _ := r.get("/api/v1/folder?" + q)
		wantStatus(t, res, want)
	}
}

func TestLinksOpenWhatTheyName(t *testing.T) {
	r := start(t, func(c *Config) { c.Access.SigningKeys = "k1:" + testKey })
	r.write("a b+c%41&é.mp3", []byte("\xff\xfb\x90\x64"))
	res, body := r.get("/api/v1/links?path=%2Fa+b%2Bc%2541%26%C3%A9.mp3&expires_in=60")
	wantStatus(t, res, 200)
	var l struct {
		URL     string `json:"url"`
		Expires int64  `json:"expires"`
	}
	if err := json.Unmarshal([]byte(body), &l); err != nil {
		t.Fatal(err)
	}
	res, got := r.get(l.URL)
	wantStatus(t, res, 200)
	if got != "\xff\xfb\x90\x64" || !strings.HasPrefix(res.Header.Get("Cache-Control"), "private, max-age=") {
		t.Fatalf("body %q, %v", got, res.Header)
	}
	for q, want := range map[string]int{"path=/none.mp3": 404, "path=x": 400, "": 400, "path=/a%20b%2Bc%2541%26%C3%A9.mp3&expires_in=0": 400} {
		res, _ := r.get("/api/v1/links?" + q)
		wantStatus(t, res, want)
	}
}

func TestReloadSwapsKeysAndAMistakeKeepsTheOld(t *testing.T) {
	r := start(t, withToken)
	r.write("a", []byte("x"))
	url := sign("/a", time.Now().Unix()+100)
	next := r.cfg
	next.Access.SigningKeys = "k2:fedcba9876543210fedcba9876543210,k1:" + testKey
	if _, err := r.Reload(next); err != nil {
		t.Fatal(err)
	}
	res, _ := r.get(url)
	wantStatus(t, res, 200)
	bad := next
	bad.Access.SigningKeys = "k3:short"
	if _, err := r.Reload(bad); err == nil || strings.Contains(err.Error(), "short,") {
		t.Fatalf("reload of a short key: %v", err)
	}
	res, _ = r.get(url)
	wantStatus(t, res, 200)
	next.Access.SigningKeys, next.Listen = "k2:fedcba9876543210fedcba9876543210", ":1"
	restart, err := r.Reload(next)
	if err != nil || len(restart) != 1 || restart[0] != "listen" {
		t.Fatalf("restart %v, error %v", restart, err)
	}
	res, _ = r.get(url)
	wantStatus(t, res, 403)
}

func TestAccessLogHoldsNoToken(t *testing.T) {
	r := start(t, func(c *Config) { withToken(c); c.Log.Access = "full" })
	r.write("a", []byte("x"))
	url := sign("/a", time.Now().Unix()+100)
	r.get(url)
	_, token, _ := strings.Cut(url, "token=")
	token, _, _ = strings.Cut(token, "&")
	deadline := time.Now().Add(2 * time.Second)
	for !strings.Contains(r.log.String(), `"msg":"request"`) && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	line := r.log.String()
	if !strings.Contains(line, `"path":"/a"`) || !strings.Contains(line, `"key_id":"k1"`) || strings.Contains(line, token) {
		t.Fatalf("log: %s", line)
	}
}

func TestRequestsPerAddressAreBounded(t *testing.T) {
	r := start(t, func(c *Config) { c.Limits.RequestsPerIP = 2 })
	r.write("a", []byte("x"))
	got := map[int]int{}
	for range 10 {
		res, _ := r.get("/a")
		if got[res.StatusCode]++; res.StatusCode == 429 && res.Header.Get("Retry-After") == "" {
			t.Fatal("429 without Retry-After")
		}
	}
	if got[200] < 4 || got[429] == 0 {
		t.Fatalf("statuses %v", got)
	}
}

func TestSecondEdgeOnAPortSaysWhoIsInTheWay(t *testing.T) {
	r := start(t, nil)
	cfg := testConfig(r.dir)
	cfg.Listen = r.Addr().String()
	s, err := New(cfg, Options{Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
	if err != nil {
		t.Fatal(err)
	}
	if err = s.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "another process listens there") {
		t.Fatalf("error %v", err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestKeepAliveServesManyRequests(t *testing.T) {
	r := start(t, nil)
	r.write("a", []byte("0123456789"))
	c, err := net.Dial("tcp", r.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	br := bufio.NewReader(c)
	for i := range 100 {
		_, _ = io.WriteString(c, "GET /a HTTP/1.1\r\nHost: a\r\nRange: bytes="+strconv.Itoa(i%10)+"-\r\n\r\n")
		res, err := http.ReadResponse(br, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		if err != nil || string(b) != "0123456789"[i%10:] {
			t.Fatalf("request %d: %q, %v", i, b, err)
		}
	}
}
