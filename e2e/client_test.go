package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// field is a header line as it was sent.
type field struct{ name, value string }

// reply is an answer, read by the letter of RFC 9112: what a lenient client
// would forgive is an error here.
type reply struct {
	proto  string
	status int
	fields []field
	body   []byte
}

// get is the value of a field whose name is spelled exactly so, or empty.
func (r *reply) get(name string) string {
	for _, f := range r.fields {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// has ignores case: for fields that must not be there in any spelling.
func (r *reply) has(name string) bool {
	for _, f := range r.fields {
		if strings.EqualFold(f.name, name) {
			return true
		}
	}
	return false
}

func (r *reply) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d\n", r.proto, r.status)
	for _, f := range r.fields {
		fmt.Fprintf(&b, "%s: %s\n", f.name, f.value)
	}
	if len(r.body) > 300 {
		return fmt.Sprintf("%s\n%q… (%d bytes)", &b, r.body[:300], len(r.body))
	}
	return fmt.Sprintf("%s\n%q", &b, r.body)
}

var (
	statusLine = regexp.MustCompile(`^(HTTP/1\.[01]) ([1-5][0-9][0-9]) ([ -~]+)\r\n$`)
	fieldLine  = regexp.MustCompile("^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([ -~]*)\r\n$")
)

// readHead reads a status line and the fields, up to the body.
func readHead(br *bufio.Reader) (*reply, error) {
	line, err := br.ReadString('\n')
	if err != nil {
		if line != "" {
			return nil, fmt.Errorf("cut in the status line %q: %w", line, err)
		}
		return nil, err
	}
	m := statusLine.FindStringSubmatch(line)
	if m == nil {
		return nil, fmt.Errorf("no status line: %q", line)
	}
	r := &reply{proto: m[1]}
	r.status, _ = strconv.Atoi(m[2])
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("cut in the head at %q: %w", line, err)
		}
		if line == "\r\n" {
			break
		}
		m := fieldLine.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("no field line: %q", line)
		}
		if r.has(m[1]) {
			return nil, fmt.Errorf("%s is sent twice", m[1])
		}
		r.fields = append(r.fields, field{m[1], m[2]})
	}
	return r, r.judge()
}

// judge is what holds of every answer.
func (r *reply) judge() error {
	if r.has("Transfer-Encoding") {
		return errors.New("chunked: every answer has a known length")
	}
	if r.status != 204 && r.status != 304 && r.get("Content-Length") == "" {
		return fmt.Errorf("%d without Content-Length:\n%s", r.status, r)
	}
	if r.get("Access-Control-Allow-Origin") != "*" {
		return fmt.Errorf("no Access-Control-Allow-Origin: *\n%s", r)
	}
	if r.has("Access-Control-Allow-Credentials") || r.has("Set-Cookie") {
		return fmt.Errorf("credentials are offered:\n%s", r)
	}
	if _, err := time.Parse(http.TimeFormat, r.get("Date")); err != nil {
		return fmt.Errorf("date: %w", err)
	}
	return nil
}

// readReply reads a whole answer to a request of the method.
func readReply(br *bufio.Reader, method string) (*reply, error) {
	r, err := readHead(br)
	if err != nil || method == "HEAD" || r.status == 204 || r.status == 304 {
		return r, err
	}
	n, err := strconv.ParseInt(r.get("Content-Length"), 10, 64)
	if err != nil {
		return nil, err
	}
	r.body = make([]byte, n)
	if k, err := io.ReadFull(br, r.body); err != nil {
		r.body = r.body[:k]
		return r, fmt.Errorf("body ends after %d of %d bytes: %w", k, n, err)
	}
	return r, nil
}

// client is a connection that lives as long as its test, if nobody closes it.
type client struct {
	net.Conn
	t  testing.TB
	br *bufio.Reader
}

func connect(t testing.TB, addr string) *client {
	t.Helper()
	c, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		t.Fatal(err)
	}
	return attach(t, c)
}

func attach(t testing.TB, c net.Conn) *client {
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(2 * patience))
	return &client{Conn: c, t: t, br: bufio.NewReader(c)}
}

func (c *client) send(raw string) {
	c.t.Helper()
	if _, err := io.WriteString(c, raw); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// reply reads the next answer, which must be whole.
func (c *client) reply(method string) *reply {
	c.t.Helper()
	r, err := readReply(c.br, method)
	if err != nil {
		c.t.Fatalf("answer to %s: %v", method, err)
	}
	return r
}

// ask sends a request with a Host and the header lines given.
func (c *client) ask(method, target string, lines ...string) *reply {
	c.t.Helper()
	c.send(request(method, target, lines...))
	return c.reply(method)
}

// closed wants the server to end the connection without another byte.
func (c *client) closed(within time.Duration) {
	c.t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(within))
	switch b, err := c.br.ReadByte(); {
	case err == nil:
		rest, _ := c.br.Peek(c.br.Buffered())
		c.t.Errorf("more comes: %q", append([]byte{b}, rest...))
	case timedOut(err):
		c.t.Errorf("not closed within %v", within)
	}
}

// timedOut tells a connection that stands from one that ended.
func timedOut(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

func request(method, target string, lines ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: media.example\r\n", method, target)
	for _, l := range lines {
		b.WriteString(l + "\r\n")
	}
	b.WriteString("\r\n")
	return b.String()
}

// ask makes one request on a connection of its own.
func (p *process) ask(t testing.TB, method, target string, lines ...string) *reply {
	t.Helper()
	c := connect(t, p.addr)
	defer func() { _ = c.Close() }()
	return c.ask(method, target, lines...)
}

func (p *process) get(t testing.TB, target string, lines ...string) *reply {
	t.Helper()
	return p.ask(t, "GET", target, lines...)
}

// wantStatus is the shortest claim about an answer.
func wantStatus(t testing.TB, r *reply, status int) {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d:\n%s", r.status, status, r)
	}
}

func wantBody(t testing.TB, r *reply, want string) {
	t.Helper()
	if string(r.body) != want {
		t.Fatalf("body is %s, want %s", brief(string(r.body)), brief(want))
	}
}

func brief(s string) string {
	if len(s) > 80 {
		return fmt.Sprintf("%q… (%d bytes)", s[:80], len(s))
	}
	return strconv.Quote(s)
}

func wantField(t testing.TB, r *reply, name, value string) {
	t.Helper()
	if got := r.get(name); got != value {
		t.Errorf("%s is %q, want %q:\n%s", name, got, value, r)
	}
}

// decode reads the JSON of an answer that went well.
func decode(t testing.TB, r *reply, v any) {
	t.Helper()
	wantStatus(t, r, 200)
	wantField(t, r, "Content-Type", "application/json")
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
}

// folder makes a folder with files of the contents given.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(dir, filepath.FromSlash(name)), content)
	}
	return dir
}

func write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// replace puts a file in the place of another by rename.
func replace(t testing.TB, name, content string) {
	t.Helper()
	tmp := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".new")
	write(t, tmp, content)
	if err := os.Rename(tmp, name); err != nil {
		t.Fatal(err)
	}
}

// pattern is n bytes in which every place can be told from every other.
func pattern(n int) string {
	all := longest()
	return all[:n]
}

// longest is made once, by doubling: to write out millions of numbers takes long
// under the race detector.
var longest = sync.OnceValue(func() string {
	var b strings.Builder
	for i := range 1 << 12 {
		fmt.Fprintf(&b, "%03x", i)
	}
	lines := b.String() // all numbers of three digits
	b.Reset()
	for i := range 1 << 11 {
		fmt.Fprintf(&b, "<%04x>%s", i, lines)
	}
	return b.String()
})
