package e2e

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	t.Parallel()
	files := map[string]string{"big": pattern(200 << 10)}
	for i := range 20 {
		files[fmt.Sprint(i)] = fmt.Sprintf("body %d", i)
	}
	e := startEdge(t, folder(t, files))
	c := connect(t, e.addr)
	var all strings.Builder
	for i := range 20 {
		all.WriteString(request("GET", fmt.Sprint("/", i)))
		all.WriteString(request("HEAD", "/big"))
		all.WriteString(request("GET", "/none"))
		all.WriteString(request("GET", "/big", "Range: bytes=100000-100009"))
	}
	go func() { _, _ = io.WriteString(c, all.String()) }()
	for i := range 20 {
		wantBody(t, c.reply("GET"), fmt.Sprintf("body %d", i))
		wantStatus(t, c.reply("HEAD"), 200)
		wantStatus(t, c.reply("GET"), 404)
		wantBody(t, c.reply("GET"), files["big"][100000:100010])
	}
	c.send(request("GET", "/0", "Connection: close") + request("GET", "/1"))
	r := c.reply("GET")
	wantBody(t, r, "body 0")
	wantField(t, r, "Connection", "close")
	c.closed(patience)
}

func TestARequestMayArriveByteByByte(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}))
	c := connect(t, e.addr)
	for range 2 {
		for _, b := range []byte(request("GET", "/a.txt", "Range: bytes=2-4")) {
			c.send(string(b))
		}
		r := c.reply("GET")
		wantStatus(t, r, 206)
		wantBody(t, r, "234")
	}
}

func TestHTTP10ClosesUnlessAskedToKeep(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}))
	c := connect(t, e.addr)
	c.send("GET /a.txt HTTP/1.0\r\n\r\n")
	r := c.reply("GET")
	wantBody(t, r, "0123456789")
	c.closed(patience)

	c = connect(t, e.addr)
	for range 3 {
		c.send("GET /a.txt HTTP/1.0\r\nConnection: Keep-Alive\r\nRange: bytes=0-1\r\n\r\n")
		r = c.reply("GET")
		wantStatus(t, r, 206)
		wantBody(t, r, "01")
		if !strings.EqualFold(r.get("Connection"), "keep-alive") {
			t.Errorf("HTTP/1.0 is not told that the connection stays:\n%s", r)
		}
	}
	c.send("GET /none HTTP/1.0\r\nConnection: close\r\n\r\n")
	wantStatus(t, c.reply("GET"), 404)
	c.closed(patience)
}

func TestConnectionCloseIsHeardInAnyList(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}))
	for _, line := range []string{"Connection: close", "Connection: CLOSE", "Connection: x, close", "Connection: close,x", "Connection: keep-alive, close"} {
		c := connect(t, e.addr)
		c.send(request("GET", "/a.txt", line) + request("GET", "/a.txt"))
		wantBody(t, c.reply("GET"), "0123456789")
		_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
		if rest, err := io.ReadAll(c.br); len(rest) > 0 || timedOut(err) {
			t.Errorf("%s: then %q, %v", line, rest, err)
		}
	}
}

// A client may say that it will ask no more and still wait for its answer
// (RFC 9112 9.6).
func TestAHalfClosedClientGetsItsAnswerWhole(t *testing.T) {
	t.Parallel()
	content := pattern(8 << 20)
	e := startEdge(t, folder(t, map[string]string{"long.flac": content, "a.txt": "0123456789"}))
	for target, want := range map[string]string{"/a.txt": "0123456789", "/long.flac": content} {
		c := narrow(t, e.addr)
		c.send(request("GET", target))
		if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(600 * time.Millisecond) // longer than a sweep
		wantBody(t, c.reply("GET"), want)
		c.closed(patience)
	}
}

// Bytes that a client sends behind its last request, as some do, must not cost it
// the end of the answer: to close a socket with bytes unread resets it
// (RFC 9112 9.6).
func TestBytesBehindTheLastRequestDoNotCutItsAnswer(t *testing.T) {
	t.Parallel()
	content := pattern(3 << 20)
	e, _ := startTLS(t, folder(t, map[string]string{"long.flac": content}))
	for name, c := range map[string]*client{
		"plaintext": narrow(t, e.addr),
		"encrypted": attach(t, tls.Client(narrow(t, e.tls).Conn, &tls.Config{InsecureSkipVerify: true})),
	} {
		c.send(request("GET", "/long.flac", "Connection: close"))
		r, err := readHead(c.br)
		if err != nil {
			t.Fatal(err)
		}
		c.send("\r\n" + request("GET", "/long.flac"))
		for len(r.body) < len(content) {
			piece := make([]byte, 256<<10)
			n, err := c.br.Read(piece)
			r.body = append(r.body, piece[:n]...)
			if err != nil {
				t.Errorf("%s: after %d bytes: %v", name, len(r.body), err)
				break
			}
			if len(r.body) > 1<<20 { // by now the server has handed all to the kernel, and closed
				time.Sleep(20 * time.Millisecond)
			}
		}
		if string(r.body) != content {
			t.Errorf("%s: the body is %s", name, brief(string(r.body)))
		}
	}
}

func TestIdleConnectionsEnd(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}), "--set=limits.idle=1s")
	begin := time.Now()
	silent, asked := connect(t, e.addr), connect(t, e.addr)
	wantStatus(t, asked.ask("GET", "/a.txt"), 200)
	for name, c := range map[string]*client{"one that never asked": silent, "one that asked": asked} {
		c.closed(patience)
		// Timeouts go in steps of 250 ms.
		if d := time.Since(begin); d < 600*time.Millisecond {
			t.Errorf("%s was cut after %v", name, d)
		}
	}
	eventually(t, patience, "both are counted", func() bool { return e.metric(t, `segue_connections_shed_total{reason="idle"}`) == 2 })
}

func TestASlowHeadIs408(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}), "--set=limits.head_time=1s")
	fresh, reused := connect(t, e.addr), connect(t, e.addr)
	wantStatus(t, reused.ask("GET", "/a.txt"), 200)
	begin := time.Now()
	for name, c := range map[string]*client{"fresh": fresh, "reused": reused} {
		c.send("GET /a.txt HTTP/1.1\r\nHost: ")
		go func() { // a byte now and then is no progress
			for range 10 {
				time.Sleep(200 * time.Millisecond)
				if _, err := io.WriteString(c, "a"); err != nil {
					return
				}
			}
		}()
		r := c.reply("GET")
		if r.status != 408 {
			t.Errorf("%s: %d, want 408", name, r.status)
		}
		wantField(t, r, "Connection", "close")
	}
	if d := time.Since(begin); d < 600*time.Millisecond || d > 6*time.Second {
		t.Errorf("cut after %v, want about 1 s", d)
	}
}

// narrow has a receive buffer so small that the server soon has to wait.
func narrow(t testing.TB, addr string) *client {
	t.Helper()
	d := net.Dialer{Timeout: patience, Control: receiveBuffer(32 << 10)}
	c, err := d.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return attach(t, c)
}

func TestAPausedListenerIsKept(t *testing.T) {
	t.Parallel()
	content := pattern(8 << 20)
	e, _ := startTLS(t, folder(t, map[string]string{"long.flac": content}), "--set=limits.dead=1s", "--set=limits.idle=1s", "--set=limits.head_time=1s")
	plaintext := narrow(t, e.addr)
	encrypted := attach(t, tls.Client(narrow(t, e.tls).Conn, &tls.Config{InsecureSkipVerify: true}))
	listeners := map[string]*client{"plaintext": plaintext, "encrypted": encrypted}
	for _, c := range listeners {
		c.send(request("GET", "/long.flac"))
	}
	time.Sleep(4 * time.Second)
	for name, c := range listeners {
		r := c.reply("GET")
		if string(r.body) != content {
			t.Errorf("%s: after a pause of 4 s the body is %s", name, brief(string(r.body)))
		}
		wantStatus(t, c.ask("GET", "/long.flac", "Range: bytes=0-0"), 206)
	}
}

func TestAListenerWhoPausesForTooLongIsCut(t *testing.T) {
	t.Parallel()
	e, _ := startTLS(t, folder(t, map[string]string{"long.flac": pattern(16 << 20)}), "--set=limits.pause=2s", "--set=limits.dead=1s")
	plaintext := narrow(t, e.addr)
	encrypted := attach(t, tls.Client(narrow(t, e.tls).Conn, &tls.Config{InsecureSkipVerify: true}))
	begin := time.Now()
	plaintext.send(request("GET", "/long.flac"))
	encrypted.send(request("GET", "/long.flac"))
	eventually(t, patience, "both are cut", func() bool { return e.metric(t, "segue_connections") == 0 })
	for reason, want := range map[string]float64{"paused": 2, "dead": 0} {
		if n := e.metric(t, fmt.Sprintf(`segue_connections_shed_total{reason=%q}`, reason)); n != want {
			t.Errorf("%v are counted as %s, want %v", n, reason, want)
		}
	}
	if d := time.Since(begin); d < 1500*time.Millisecond {
		t.Errorf("cut after %v, want 2 s or more", d)
	}
	for _, c := range []*client{plaintext, encrypted} {
		if r, err := readReply(c.br, "GET"); err == nil {
			t.Errorf("the whole file came:\n%s", r)
		}
	}
	eventually(t, patience, "both are counted", func() bool { return e.metric(t, "segue_responses_cut_total") == 2 })
}

// A slow link is no pause: whoever takes a little now and then gets it all.
func TestASlowReaderIsNeverCut(t *testing.T) {
	t.Parallel()
	content := pattern(12 << 20)
	e := startEdge(t, folder(t, map[string]string{"long.flac": content}), "--set=limits.pause=2s", "--set=limits.dead=1s")
	c := narrow(t, e.addr)
	c.send(request("GET", "/long.flac"))
	if _, err := readHead(c.br); err != nil {
		t.Fatal(err)
	}
	got, piece := make([]byte, 0, len(content)), make([]byte, 64<<10)
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		n, err := c.br.Read(piece)
		got = append(got, piece[:n]...)
		if err != nil {
			t.Fatalf("after %d bytes: %v", len(got), err)
		}
	}
	rest := make([]byte, len(content)-len(got))
	if _, err := io.ReadFull(c.br, rest); err != nil {
		t.Fatal(err)
	}
	if string(append(got, rest...)) != content {
		t.Error("the bytes are not those of the file")
	}
}

func TestConnectionsPerAddressAreBounded(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}), "--set=limits.connections_per_ip=3")
	var held []*client
	for range 3 {
		c := connect(t, e.addr)
		wantStatus(t, c.ask("GET", "/a.txt"), 200)
		held = append(held, c)
	}
	connect(t, e.addr).closed(patience)
	_ = held[0].Close()
	eventually(t, patience, "a place is free again", func() bool {
		c := connect(t, e.addr)
		defer func() { _ = c.Close() }()
		_, _ = io.WriteString(c, request("GET", "/a.txt"))
		r, err := readReply(c.br, "GET")
		return err == nil && r.status == 200
	})
	wantStatus(t, held[1].ask("GET", "/a.txt"), 200)
}

func TestRequestsPerAddressAreBounded(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}), "--set=limits.requests_per_ip=5")
	c := connect(t, e.addr)
	statuses := map[int]int{}
	for range 30 {
		r := c.ask("GET", "/a.txt")
		statuses[r.status]++
		if r.status == 429 {
			wantField(t, r, "Retry-After", "1")
		}
	}
	if statuses[200] < 10 || statuses[429] < 10 || len(statuses) != 2 {
		t.Errorf("statuses of 30 requests at once, 5 a second allowed: %v", statuses)
	}
	time.Sleep(1100 * time.Millisecond)
	wantStatus(t, c.ask("GET", "/a.txt"), 200)
}

func TestBandwidthOfAConnectionIsBounded(t *testing.T) {
	t.Parallel()
	content := pattern(300 << 10)
	e := startEdge(t, folder(t, map[string]string{"a.flac": content}), "--set=limits.bandwidth=200KB")
	c := connect(t, e.addr)
	begin := time.Now()
	wantBody(t, c.ask("GET", "/a.flac"), content)
	if d := time.Since(begin); d < 1300*time.Millisecond || d > 6*time.Second {
		t.Errorf("300 KB at 200 KB/s took %v", d)
	}
}

func TestIPv6IsServedAndBoundLikeIPv4(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6")
	}
	_ = ln.Close()
	e := startEdge(t, folder(t, map[string]string{"a.flac": "0123456789"}), keys, "--require-token", "--listen=[::1]:0", "--access-log=full")
	if !strings.HasPrefix(e.addr, "[::1]:") {
		t.Fatalf("it listens at %s", e.addr)
	}
	for name, f := range map[string]func(token) string{"basic": token.basic, "in the query": token.inQuery, "in the path": token.inPath} {
		if r := e.get(t, f(token{path: "/a.flac", ip: "::1"})); r.status != 200 {
			t.Errorf("%s, own address: %d", name, r.status)
		}
		if r := e.get(t, f(token{path: "/a.flac", ip: "2001:db8::1"})); r.status != 403 {
			t.Errorf("%s, another's address: %d", name, r.status)
		}
	}
	if _, err := e.stderr.wait(`"client":"::1"`); err != nil {
		t.Error(err)
	}
}

// Who asks without end and takes nothing costs a bounded amount.
func TestAnEndlessPipelineIsHeldBack(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.flac": pattern(30000)}))
	c := narrow(t, e.addr)
	before := e.memory(t, "VmRSS")
	piece := strings.Repeat(request("GET", "/a.flac"), 1000)
	_ = c.SetWriteDeadline(time.Now().Add(2 * time.Second))
	sent := 0
	for sent < 64<<20 {
		n, err := io.WriteString(c, piece)
		sent += n
		if err != nil {
			break
		}
	}
	if sent >= 64<<20 {
		t.Error("64 MB of requests were read from a client that takes no answer")
	}
	if grown := e.memory(t, "VmRSS") - before; grown > 16<<20 {
		t.Errorf("VmRSS grew by %d MB", grown>>20)
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	for range 100 { // and whoever then takes them gets each whole
		wantBody(t, c.reply("GET"), pattern(30000))
	}
	wantStatus(t, e.get(t, "/a.flac"), 200)
}
