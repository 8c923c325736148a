package wire

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"segue/edge/gate"
	"segue/stream/byterange"
	"segue/stream/origin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a server of one folder that speaks just enough HTTP to drive a Conn.
type rig struct {
	*Server
	addr string
	dir  string
	done chan error // one value an answer

	mu     sync.Mutex // guards shedBy
	shedBy map[string]int
}

func (r *rig) sheds(reason string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shedBy[reason]
}

func testLimits() Limits {
	return Limits{Head: 5 * time.Second, Idle: 5 * time.Second, Dead: 5 * time.Second, Pause: 5 * time.Second}
}

func start(t *testing.T, l Limits, config *tls.Config) *rig {
	t.Helper()
	dir := t.TempDir()
	folder, err := origin.OpenFolder(dir, origin.FolderConfig{MaxFiles: 16, InlineBytes: 64 << 10, MemoryBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{dir: dir, shedBy: map[string]int{}, done: make(chan error, 1000)}
	serve := func(c *Conn) {
		buf := make([]byte, 32<<10)
		for {
			n := 0
			for { // one whole head, as fasthttp would
				k, err := c.Read(buf[n:])
				if err != nil {
					return
				}
				if n += k; c.Exchange().given == c.Exchange().headEnd {
					break
				}
			}
			x := c.Exchange()
			f, err := folder.Open(x.Head.Path, x.Start)
			head := ""
			if err != nil {
				x.Plan.Memory(404, []byte("none"))
				head = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n"
			} else {
				req := byterange.Request{}
				if i := strings.Index(string(buf[:n]), "Range: "); i > 0 {
					v, _, _ := strings.Cut(string(buf[i+7:n]), "\r\n")
					req.Range = []byte(v)
				}
				x.Plan.Media(f, &req)
				head = fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n", x.Plan.Status, x.Plan.Length)
			}
			x.Response = append(x.Response[:0], head...)
			c.SendPlan()
			if _, err := c.Write(nil); err != nil {
				return
			}
			if x.Head.Close {
				return
			}
		}
	}
	r.Server, err = New(gate.DefaultLimits(), l, 64, Hooks{
		Serve:   serve,
		Done:    func(_ *Conn, _ *Exchange, _ int64, err error) { r.done <- err },
		Refused: func(*Conn, *gate.Refusal) {},
		Answer: func(f *gate.Refusal) []byte {
			return fmt.Appendf(nil, "HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", f.Status)
		},
		Shed: func(reason string) { r.mu.Lock(); r.shedBy[reason]++; r.mu.Unlock() },
		Log:  slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = ln.Addr().String()
	var get func() *tls.Config
	if config != nil {
		get = func() *tls.Config { return config }
	}
	accepted := make(chan error, 1)
	go func() { accepted <- r.Accept(ln.(*net.TCPListener), get) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = r.Drain(ctx)
		if err := <-accepted; err != nil {
			t.Error(err)
		}
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) file(t *testing.T, name string, size int) []byte {
	t.Helper()
	// Chacha8 is quick and its bytes differ everywhere.
	b := make([]byte, size)
	_, _ = mathrand.NewChaCha8([32]byte{byte(size)}).Read(b)
	if err := os.WriteFile(filepath.Join(r.dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

func (r *rig) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func ask(path, more string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n" }

func get(t *testing.T, c net.Conn, br *bufio.Reader, request string) (int, []byte) {
	t.Helper()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	return receive(t, br)
}

func receive(t *testing.T, br *bufio.Reader) (int, []byte) {
	t.Helper()
	res, err := http.ReadResponse(br, nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, b
}

func TestAnswersFromMemoryAndBySendfileAreWhole(t *testing.T) {
	r := start(t, testLimits(), nil)
	c := r.dial(t)
	br := bufio.NewReader(c)
	for _, size := range []int{0, 1, 4095, 64 << 10, 64<<10 + 1, 5<<20 + 3} {
		want := r.file(t, fmt.Sprint(size), size)
		status, got := get(t, c, br, ask(fmt.Sprintf("/%d", size), ""))
		if status != 200 || string(got) != string(want) {
			t.Fatalf("size %d: status %d, %d bytes, equal %v", size, status, len(got), string(got) == string(want))
		}
	}
	if status, got := get(t, c, br, ask("/5242883", "Range: bytes=0-4,1000000-1000009,-3\r\n")); status != 206 || !strings.Contains(string(got), "multipart") && len(got) < 18 {
		t.Fatalf("multipart: %d, %d bytes", status, len(got))
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	r := start(t, testLimits(), nil)
	small, large := r.file(t, "s", 10), r.file(t, "l", 300<<10)
	c := r.dial(t)
	br := bufio.NewReader(c)
	if _, err := io.WriteString(c, ask("/s", "")+ask("/l", "")+ask("/none", "")+ask("/s", "")); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{string(small), string(large), "none", string(small)} {
		if _, got := receive(t, br); string(got) != want {
			t.Fatalf("answer %d: %d bytes, want %d", i, len(got), len(want))
		}
	}
}

func TestHeadMayArriveByteByByte(t *testing.T) {
	r := start(t, testLimits(), nil)
	want := r.file(t, "s", 10)
	c := r.dial(t)
	for _, b := range []byte(ask("/s", "X: y\r\n")) {
		if _, err := c.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	if _, got := receive(t, bufio.NewReader(c)); string(got) != string(want) {
		t.Fatalf("got %q", got)
	}
}

func TestBareLineFeedIsRefusedAtOnce(t *testing.T) {
	r := start(t, testLimits(), nil)
	c := r.dial(t)
	br := bufio.NewReader(c)
	if status, _ := get(t, c, br, "GET / HTTP/1.1\nHost: a\n"); status != 400 {
		t.Fatalf("status %d", status)
	}
	if _, err := br.ReadByte(); err != io.EOF {
		t.Fatalf("after the refusal: %v, want the end", err)
	}
}

func TestRequestWithABodyIsRefusedAndItsAnswerArrives(t *testing.T) {
	r := start(t, testLimits(), nil)
	c := r.dial(t)
	if status, _ := get(t, c, bufio.NewReader(c), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 50000)); status != 405 {
		t.Fatalf("status %d", status)
	}
}

func TestSlowHeadIsCutWithAnAnswer(t *testing.T) {
	l := testLimits()
	l.Head = 300 * time.Millisecond
	r := start(t, l, nil)
	c := r.dial(t)
	if status, _ := get(t, c, bufio.NewReader(c), "GET / HTTP/1.1\r\nHo"); status != 408 {
		t.Fatalf("status %d", status)
	}
	if r.sheds("slow_head") != 1 {
		t.Fatal("not counted")
	}
}

func TestIdleConnectionIsClosed(t *testing.T) {
	l := testLimits()
	l.Idle = 300 * time.Millisecond
	r := start(t, l, nil)
	c := r.dial(t)
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("read: %v, want the end", err)
	}
}

func TestPausedListenerIsKeptWhileItLives(t *testing.T) {
	l := testLimits()
	l.Dead = 300 * time.Millisecond
	r := start(t, l, nil)
	want := r.file(t, "l", 20<<20)
	c := r.dial(t)
	if _, err := io.WriteString(c, ask("/l", "")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second) // far longer than a dead one would be given
	if _, got := receive(t, bufio.NewReader(c)); string(got) != string(want) {
		t.Fatalf("got %d bytes of %d", len(got), len(want))
	}
}

func TestListenerPausedForTooLongIsCut(t *testing.T) {
	l := testLimits()
	l.Dead, l.Pause = 100*time.Millisecond, 600*time.Millisecond
	r := start(t, l, nil)
	r.file(t, "l", 20<<20)
	c := r.dial(t)
	if _, err := io.WriteString(c, ask("/l", "")); err != nil {
		t.Fatal(err)
	}
	if err := <-r.done; err == nil {
		t.Fatal("answer ended without an error")
	}
	if r.sheds("paused") != 1 {
		t.Fatal("not counted as paused")
	}
}

func TestFullTableShedsTheLongestIdle(t *testing.T) {
	l := testLimits()
	l.Connections = 20
	r := start(t, l, nil)
	want := r.file(t, "s", 10)
	var last net.Conn
	for range 60 {
		last = r.dial(t)
	}
	if _, got := get(t, last, bufio.NewReader(last), ask("/s", "")); string(got) != string(want) {
		t.Fatalf("got %q", got)
	}
	if n := r.Connections(); n > 20 {
		t.Fatalf("%d connections stand, want 20 at most", n)
	}
}

func TestConnectionsPerAddressAreBounded(t *testing.T) {
	l := testLimits()
	l.ConnectionsPerIP = 2
	r := start(t, l, nil)
	for range 2 {
		r.dial(t)
	}
	for r.Connections() < 2 {
		time.Sleep(time.Millisecond)
	}
	third := r.dial(t)
	if _, err := third.Read(make([]byte, 1)); err == nil {
		t.Fatal("third connection was served")
	}
	if r.sheds("per_ip") != 1 {
		t.Fatal("not counted")
	}
}

func TestBandwidthIsBounded(t *testing.T) {
	l := testLimits()
	l.Bandwidth = 400 << 10
	r := start(t, l, nil)
	want := r.file(t, "l", 400<<10)
	c := r.dial(t)
	begin := time.Now()
	if _, got := get(t, c, bufio.NewReader(c), ask("/l", "")); string(got) != string(want) {
		t.Fatal("wrong bytes")
	}
	if d := time.Since(begin); d < 800*time.Millisecond || d > 2*time.Second {
		t.Fatalf("400 KiB at 400 KiB/s took %v", d)
	}
}

func TestFileTruncatedWhileServedIsCut(t *testing.T) {
	r := start(t, testLimits(), nil)
	r.file(t, "l", 30<<20)
	c := r.dial(t)
	if _, err := io.WriteString(c, ask("/l", "")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	if err := os.Truncate(filepath.Join(r.dir, "l"), 1<<20); err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, c)
	if err == nil && n >= 30<<20 {
		t.Fatalf("client got %d bytes and no error", n)
	}
	if err := <-r.done; err == nil {
		t.Fatal("the answer counts as whole")
	}
}

func TestDrainLetsAnAnswerEnd(t *testing.T) {
	r := start(t, testLimits(), nil)
	want := r.file(t, "l", 20<<20)
	c, idle := r.dial(t), r.dial(t)
	if _, err := io.WriteString(c, ask("/l", "Connection: close\r\n")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	drained := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		drained <- r.Drain(ctx)
	}()
	if _, err := idle.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("idle connection: %v, want the end", err)
	}
	if _, got := receive(t, bufio.NewReader(c)); string(got) != string(want) {
		t.Fatalf("got %d bytes", len(got))
	}
	if err := <-drained; err != nil {
		t.Fatal(err)
	}
}

func TestTLSAnswersAreWhole(t *testing.T) {
	r := start(t, testLimits(), &tls.Config{Certificates: []tls.Certificate{certificate(t)}, DynamicRecordSizingDisabled: true})
	small, large := r.file(t, "s", 10), r.file(t, "l", 5<<20+3)
	c := tls.Client(r.dial(t), &tls.Config{InsecureSkipVerify: true})
	br := bufio.NewReader(c)
	for range 2 {
		if _, got := get(t, c, br, ask("/s", "")); string(got) != string(small) {
			t.Fatalf("small: %q", got)
		}
		if _, got := get(t, c, br, ask("/l", "")); string(got) != string(large) {
			t.Fatalf("large: %d bytes", len(got))
		}
	}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &tmpl, &tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestAcceptSurvivesShortages(t *testing.T) {
	r := start(t, testLimits(), nil)
	want := r.file(t, "s", 10)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	short, err := newListener(ln.(*net.TCPListener), r.poller)
	if err != nil {
		t.Fatal(err)
	}
	errs := []error{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM, unix.ECONNABORTED}
	short.take = func(fd int) (int, netip.AddrPort, error) {
		if len(errs) > 0 {
			err := errs[0]
			errs = errs[1:]
			return -1, netip.AddrPort{}, err
		}
		return accept(fd)
	}
	accepted := make(chan error, 1)
	go func() { accepted <- r.accept(short, nil) }()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, got := get(t, c, bufio.NewReader(c), ask("/s", "")); string(got) != string(want) {
		t.Fatalf("got %q", got)
	}
	short.ready.interrupt()
	if err := <-accepted; err != nil {
		t.Fatal(err)
	}
}
