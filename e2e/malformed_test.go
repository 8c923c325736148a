package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// marker is the body of a file that no malformed request may reach.
const marker = "SMUGGLED-BODY"

// second is a request that a lenient reader would find behind a first one.
const second = "GET /marker.txt HTTP/1.1\r\nHost: media.example\r\n\r\n"

// head is a request line and header lines that are fine but for what is put in.
func head(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n\r\n" }

// get is a GET that is fine but for the lines put in.
func get(lines ...string) string {
	return head(append([]string{"GET /a.txt HTTP/1.1", "Host: media.example"}, lines...)...)
}

// post has the body that its framing may or may not describe.
func post(body string, lines ...string) string {
	return head(append([]string{"POST /a.txt HTTP/1.1", "Host: media.example"}, lines...)...) + body
}

func malformedRequests() map[string]string {
	all := map[string]string{}
	add := func(name, raw string) {
		if _, twice := all[name]; twice {
			panic("twice: " + name)
		}
		all[name] = raw
	}
	line := func(name, first string) { add("request line: "+name, head(first, "Host: media.example")) }

	line("no version", "GET /a.txt")
	line("no target", "GET  HTTP/1.1")
	line("only a method", "GET")
	line("only a space", " ")
	line("two spaces before the target", "GET  /a.txt HTTP/1.1")
	line("two spaces before the version", "GET /a.txt  HTTP/1.1")
	line("a tab for the first space", "GET\t/a.txt HTTP/1.1")
	line("a tab for the second space", "GET /a.txt\tHTTP/1.1")
	line("a space in front", " GET /a.txt HTTP/1.1")
	line("a tab in front", "\tGET /a.txt HTTP/1.1")
	line("a space behind", "GET /a.txt HTTP/1.1 ")
	line("a tab behind", "GET /a.txt HTTP/1.1\t")
	line("four parts", "GET /a.txt /marker.txt HTTP/1.1")
	line("a vertical tab", "GET\v/a.txt HTTP/1.1")
	line("a form feed", "GET\f/a.txt HTTP/1.1")
	line("a NUL in the method", "G\x00ET /a.txt HTTP/1.1")
	line("a NUL in the target", "GET /a\x00.txt HTTP/1.1")
	line("a DEL in the target", "GET /a\x7f.txt HTTP/1.1")
	line("a bell in the target", "GET /a\a.txt HTTP/1.1")
	line("an odd method", "GE(T /a.txt HTTP/1.1")
	line("a method in quotes", `"GET" /a.txt HTTP/1.1`)
	line("a method with a colon", "GET: /a.txt HTTP/1.1")
	line("a method beyond ASCII", "G\xc3\x89T /a.txt HTTP/1.1")
	line("version in lower case", "GET /a.txt http/1.1")
	line("version 0.9", "GET /a.txt HTTP/0.9")
	line("version 1", "GET /a.txt HTTP/1")
	line("version 1.", "GET /a.txt HTTP/1.")
	line("version .1", "GET /a.txt HTTP/.1")
	line("version 1.2", "GET /a.txt HTTP/1.2")
	line("version 1.10", "GET /a.txt HTTP/1.10")
	line("version 11.1", "GET /a.txt HTTP/11.1")
	line("version 01.1", "GET /a.txt HTTP/01.1")
	line("version 2.0", "GET /a.txt HTTP/2.0")
	line("version 3.0", "GET /a.txt HTTP/3.0")
	line("version 1,1", "GET /a.txt HTTP/1,1")
	line("version -1.1", "GET /a.txt HTTP/-1.1")
	line("version 1.1x", "GET /a.txt HTTP/1.1x")
	line("version HTTPS/1.1", "GET /a.txt HTTPS/1.1")
	line("version ICY", "GET /a.txt ICY/1.1")
	line("version with a space", "GET /a.txt HTTP/ 1.1")
	line("version of an Arabic digit", "GET /a.txt HTTP/1.\xd9\xa1")
	line("a fragment", "GET /a.txt#x HTTP/1.1")
	line("no slash", "GET a.txt HTTP/1.1")
	line("a dot", "GET . HTTP/1.1")
	line("only a query", "GET ?a HTTP/1.1")
	line("a star for GET", "GET * HTTP/1.1")
	line("a star for HEAD", "HEAD * HTTP/1.1")
	line("another scheme", "GET ftp://media.example/a.txt HTTP/1.1")
	line("a scheme without slashes", "GET http:a.txt HTTP/1.1")
	line("a scheme without a host", "GET http:///a.txt HTTP/1.1")
	line("user information", "GET http://user@media.example/a.txt HTTP/1.1")
	line("another host", "GET http://other.example/a.txt HTTP/1.1")
	line("another port", "GET http://media.example:81/a.txt HTTP/1.1")
	line("a list of hosts", "GET http://media.example,other.example/a.txt HTTP/1.1")
	line("CONNECT with a path", "CONNECT /a.txt HTTP/1.1")
	line("CONNECT with a URI", "CONNECT http://media.example/a.txt HTTP/1.1")
	line("CONNECT without a port", "CONNECT media.example HTTP/1.1")
	line("CONNECT with an empty port", "CONNECT media.example: HTTP/1.1")
	line("a target of 9000 bytes", "GET /"+strings.Repeat("a", 9000)+" HTTP/1.1")
	line("a method of 9000 bytes", strings.Repeat("A", 9000)+" /a.txt HTTP/1.1")
	line("the preface of HTTP/2", "PRI * HTTP/2.0")
	add("request line: HTTP/0.9", "GET /a.txt\r\n")
	add("request line: not HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
	add("request line: SSH", "SSH-2.0-OpenSSH_9.6\r\n\r\n")
	add("request line: RTSP", "DESCRIBE rtsp://media.example/a.txt RTSP/1.0\r\nCSeq: 1\r\n\r\n")

	add("lines: bare LF after the request line", "GET /a.txt HTTP/1.1\nHost: media.example\r\n\r\n")
	add("lines: bare LF after a field", "GET /a.txt HTTP/1.1\r\nHost: media.example\nX: y\r\n\r\n")
	add("lines: bare LF for the empty line", "GET /a.txt HTTP/1.1\r\nHost: media.example\r\n\n")
	add("lines: bare LF everywhere", "GET /a.txt HTTP/1.1\nHost: media.example\n\n")
	add("lines: bare CR after a field", "GET /a.txt HTTP/1.1\r\nHost: media.example\rX: y\r\n\r\n")
	add("lines: bare CR in a value", get("X: a\rb"))
	add("lines: CR CR LF", "GET /a.txt HTTP/1.1\r\nHost: media.example\r\r\n\r\n")
	add("lines: two empty lines in front", "\r\n\r\n"+get())
	add("lines: bare LF in front", "\n"+get())
	add("lines: a NUL in a value", get("X: a\x00b"))
	add("lines: a NUL in a name", get("X\x00: a"))
	add("lines: an escape in a value", get("X: a\x1bb"))
	add("lines: a DEL in a value", get("X: a\x7fb"))
	add("lines: a NEL is no end", get("X: a\x85Transfer-Encoding: chunked", "Y : z"))
	add("lines: an empty line of a space", "GET /a.txt HTTP/1.1\r\nHost: media.example\r\n \r\n\r\n")

	add("field: folded", get("X: a", " b"))
	add("field: folded by a tab", get("X: a", "\tb"))
	add("field: folded first", head("GET /a.txt HTTP/1.1", " Host: media.example", "Host: media.example"))
	add("field: a space before the colon", get("X : a"))
	add("field: a tab before the colon", get("X\t: a"))
	add("field: a space in the name", get("X Y: a"))
	add("field: no colon", get("X"))
	add("field: no name", get(": a"))
	add("field: a name in quotes", get(`"X": a`))
	add("field: a name in brackets", get("(X): a"))
	add("field: a name with a slash", get("X/Y: a"))
	add("field: a name beyond ASCII", get("X\xc3\xa9: a"))
	add("field: a name with @", get("X@Y: a"))
	add("field: another request line", get("GET /marker.txt HTTP/1.1"))
	add("field: 101 of them", get(strings.Split(strings.TrimSuffix(strings.Repeat("X: y\n", 101), "\n"), "\n")...))
	add("field: 20000 bytes of value", get("X: "+strings.Repeat("a", 20000)))
	add("field: 20000 bytes of name", get(strings.Repeat("a", 20000)+": x"))

	host := func(name string, lines ...string) {
		add("host: "+name, head(append([]string{"GET /a.txt HTTP/1.1"}, lines...)...))
	}
	host("none")
	host("empty", "Host:")
	host("blank", "Host:  ")
	host("two", "Host: media.example", "Host: other.example")
	host("twice the same", "Host: media.example", "Host: media.example")
	host("two in two cases", "Host: media.example", "hOST: other.example")
	host("a list", "Host: media.example, other.example")
	host("a path", "Host: media.example/marker.txt")
	host("a user", "Host: user@media.example")
	host("a scheme", "Host: http://media.example")
	host("a space inside", "Host: media example")
	host("a port of letters", "Host: media.example:http")
	host("a port too large", "Host: media.example:65536")
	host("two ports", "Host: media.example:80:80")
	host("an open bracket", "Host: [::1")
	host("a bracket of words", "Host: [media.example]")
	host("a zone", "Host: [fe80::1%25eth0]")
	host("a percent", "Host: media%2eexample")
	host("a query", "Host: media.example?x")
	host("a hash", "Host: media.example#x")
	host("a backslash", `Host: media.example\other`)
	host("quotes", `Host: "media.example"`)
	host("beyond ASCII", "Host: m\xc3\xa9dia.example")
	host("only a port", "Host: :80")
	host("two dots", "Host: media..example")
	host("a dot in front", "Host: .media.example")

	length := func(name, value string) {
		add("length: "+name, post("GET /marker.txt HTTP/1.1\r\n", "Content-Length: "+value))
	}
	length("with a plus", "+5")
	length("negative", "-1")
	length("negative zero", "-0")
	length("hexadecimal", "0x5")
	length("octal", "0o5")
	length("a fraction", "5.0")
	length("with an exponent", "1e1")
	length("empty", "")
	length("letters", "five")
	length("a list of the same", "5, 5")
	length("a list of two", "5, 6")
	length("two numbers", "5 6")
	length("a comma behind", "5,")
	length("an underscore", "1_0")
	length("an Arabic digit", "\xd9\xa5")
	length("past 64 bits", "18446744073709551616")
	length("wrapping to 5", "18446744073709551621")
	length("as long as the line", strings.Repeat("9", 200))
	length("in quotes", `"5"`)
	length("with a semicolon", "5;x=1")
	add("length: twice", post("12345", "Content-Length: 5", "Content-Length: 5"))
	add("length: two that differ", post("12345", "Content-Length: 5", "Content-Length: 0"))
	add("length: beside chunked", post("0\r\n\r\n", "Content-Length: 5", "Transfer-Encoding: chunked"))
	add("length: behind chunked", post("0\r\n\r\n", "Transfer-Encoding: chunked", "Content-Length: 5"))
	add("length: of a GET", get("Content-Length: "+fmt.Sprint(len(second))))
	add("length: of a HEAD", head("HEAD /a.txt HTTP/1.1", "Host: media.example", "Content-Length: 5")+"12345")
	add("length: zero, spelled with a space in the name", post("", "Content-Length : 0"))
	add("length: with an underscore in the name", post("", "Content_Length: 60"))
	add("length: with a dot in the name", post("", "Content.Length: 60"))

	coding := func(name string, lines ...string) {
		add("coding: "+name, post("0\r\n\r\n", lines...))
	}
	coding("chunked", "Transfer-Encoding: chunked")
	coding("chunked in capitals", "Transfer-Encoding: CHUNKED")
	coding("chunked twice", "Transfer-Encoding: chunked, chunked")
	coding("two fields", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked")
	coding("identity behind chunked", "Transfer-Encoding: chunked", "Transfer-Encoding: identity")
	coding("identity", "Transfer-Encoding: identity")
	coding("gzip", "Transfer-Encoding: gzip")
	coding("gzip, chunked", "Transfer-Encoding: gzip, chunked")
	coding("chunked, gzip", "Transfer-Encoding: chunked, gzip")
	coding("xchunked", "Transfer-Encoding: xchunked")
	coding("chunkedx", "Transfer-Encoding: chunkedx")
	coding("in quotes", `Transfer-Encoding: "chunked"`)
	coding("a comma in front", "Transfer-Encoding: ,chunked")
	coding("a semicolon", "Transfer-Encoding: chunked;")
	coding("a vertical tab", "Transfer-Encoding: \vchunked")
	coding("a NUL", "Transfer-Encoding: chunked\x00")
	coding("empty", "Transfer-Encoding:")
	coding("a space before the colon", "Transfer-Encoding : chunked")
	coding("a tab before the colon", "Transfer-Encoding\t: chunked")
	coding("an underscore", "Transfer_Encoding: chunked")
	coding("folded", "Transfer-Encoding:", " chunked")
	coding("folded behind another field", "X: y", " Transfer-Encoding: chunked")
	coding("in the name of Connection", "Connection: Transfer-Encoding", "Transfer-Encoding: chunked")
	add("coding: of a GET", get("Transfer-Encoding: chunked")+"0\r\n\r\n")
	add("coding: in HTTP/1.0", head("POST /a.txt HTTP/1.0", "Host: media.example", "Transfer-Encoding: chunked")+"0\r\n\r\n")
	add("coding: a chunk that lies", post("5\r\n12345678\r\n0\r\n\r\n", "Transfer-Encoding: chunked"))
	add("coding: a size of an endless number", post("fffffffffffffffff0\r\n", "Transfer-Encoding: chunked"))
	add("coding: a chunk extension with LF", post("2;\nxx\r\n4b\r\n0\r\n\r\n", "Transfer-Encoding: chunked"))

	add("connection: names Host", get("Connection: Host"))
	add("connection: names Content-Length", get("Connection: close, Content-Length"))
	add("connection: is no list of tokens", get("Connection: close; now"))
	add("expect: something else", get("Expect: 200-ok"))
	add("expect: a list", get("Expect: 100-continue, x"))
	add("expect: twice", post("", "Expect: 100-continue", "Expect: 100-continue", "Content-Length: 5"))
	add("expect: a body that nobody takes", post("", "Expect: 100-continue", "Content-Length: 5"))
	for _, name := range []string{"Range: bytes=0-1", "If-Range: x", "If-Modified-Since: x", "If-Unmodified-Since: x", "Authorization: x"} {
		add("repeated: "+name, get(name, name))
	}
	return all
}

// A request that could be read in two ways is refused at once, the connection
// ends, and nothing behind it is answered.
func TestMalformedRequestsAreRefusedAtOnceAndNothingBehindThemIsAnswered(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"a.txt": "0123456789", "marker.txt": marker})
	e := startEdge(t, root, "--access-log=full")
	all := malformedRequests()
	if len(all) < 150 {
		t.Fatalf("only %d requests", len(all))
	}
	limit := make(chan struct{}, 8)
	for name, raw := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit <- struct{}{}
			defer func() { <-limit }()
			for how, send := range map[string]func(net.Conn, string){"at once": atOnce, "in two pieces": inTwoPieces} {
				c := connect(t, e.addr)
				begin := time.Now()
				send(c, raw+second)
				text, err := io.ReadAll(c)
				took := time.Since(begin)
				_ = c.Close()
				if timedOut(err) {
					t.Fatalf("%s: not closed", how)
				}
				if took > quick {
					t.Errorf("%s: closed after %v", how, took)
				}
				wantOneRefusal(t, how, raw, text)
			}
		})
	}
}

// quick is the most that a refusal may take, scheduling of two busy cores
// included. No timeout of the server is as short.
const quick = time.Second

func atOnce(c net.Conn, raw string) { _, _ = io.WriteString(c, raw) }

func inTwoPieces(c net.Conn, raw string) {
	_, _ = io.WriteString(c, raw[:len(raw)/3])
	time.Sleep(2 * time.Millisecond)
	_, _ = io.WriteString(c, raw[len(raw)/3:])
}

// wantOneRefusal wants one answer, 4xx or 5xx, or none at all.
func wantOneRefusal(t *testing.T, how, raw string, text []byte) {
	t.Helper()
	if strings.Contains(string(text), marker) {
		t.Fatalf("%s: the request behind it was answered:\n%s", how, text)
	}
	if len(text) == 0 {
		return
	}
	br := bufio.NewReader(strings.NewReader(string(text)))
	method, _, _ := strings.Cut(raw, " ")
	r, err := readReply(br, method)
	if err != nil {
		t.Fatalf("%s: %v:\n%s", how, err, text)
	}
	if r.status < 400 {
		t.Errorf("%s: status %d", how, r.status)
	}
	if !strings.EqualFold(r.get("Connection"), "close") {
		t.Errorf("%s: no Connection: close:\n%s", how, r)
	}
	if rest, _ := io.ReadAll(br); len(rest) > 0 {
		t.Errorf("%s: more than one answer:\n%s", how, text)
	}
}

func TestRefusalsHaveTheStatusThatFits(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}))
	f := func(raw string, status int) {
		t.Helper()
		c := connect(t, e.addr)
		c.send(raw)
		if r := c.reply("GET"); r.status != status {
			t.Errorf("%q: %d, want %d", brief(raw), r.status, status)
		}
	}
	f(get("X : y"), 400)
	f(head("GET /a.txt HTTP/1.1"), 400)
	f(head("GET /a.txt HTTP/2.0", "Host: x"), 505)
	f(head("GET /"+strings.Repeat("a", 9000)+" HTTP/1.1", "Host: x"), 414)
	f(get("X: "+strings.Repeat("a", 20000)), 431)
	f(get(strings.Split(strings.Repeat("X: y\n", 100)+"X: y", "\n")...), 431)
	f(get("Expect: tea"), 417)
	f(post("", "Transfer-Encoding: gzip, chunked"), 501)
	f(post("", "Content-Length: 5"), 405)
	f(get("Content-Length: 5"), 413)
	f(head("CONNECT media.example:443 HTTP/1.1", "Host: media.example:443"), 405)
	f(head("CONNECT http://media.example/ HTTP/1.1", "Host: media.example"), 400)
	f(head("CONNECT media.example HTTP/1.1", "Host: media.example"), 400)
}

func TestOtherMethodsAreNotAllowedAndSayWhichAre(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}))
	c := connect(t, e.addr)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "PURGE", "get", "Get", "X"} {
		for _, target := range []string{"/a.txt", "/none", "/", "/api/v1/config"} {
			r := c.ask(method, target, "X-Echo: tracer")
			wantStatus(t, r, 405)
			wantField(t, r, "Allow", "GET, HEAD, OPTIONS")
			if strings.Contains(string(r.body), "tracer") {
				t.Errorf("%s %s is an echo", method, target)
			}
		}
	}
	wantBody(t, c.ask("GET", "/a.txt"), "0123456789")
}

// RFC 9110 10.1.1: a client of HTTP/1.0 cannot tell an interim answer from the
// real one.
func TestExpectationsOfHTTP10AreIgnored(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}))
	c := connect(t, e.addr)
	c.send("GET /a.txt HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")
	wantBody(t, c.reply("GET"), "0123456789")
	c.closed(patience)
}

// What is well formed, if odd, is served: the gate guards against two readings,
// not against old clients.
func TestOddButPlainRequestsAreServed(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "0123456789"}))
	f := func(raw string) {
		t.Helper()
		c := connect(t, e.addr)
		c.send(raw)
		r := c.reply("GET")
		if r.status != 200 || string(r.body) != "0123456789" {
			t.Errorf("%q: %s", raw, r)
		}
	}
	f(get())
	f("\r\n" + get())
	f(get("X:y"))
	f(get("X:"))
	f(get("X:   y   "))
	f(get("X:\ty\t"))
	f(get("x-Y_z.1~!#$%&'*+^`|: y"))
	f(get("X: caf\xe9 \xff"))
	f(get("X: a,b", "X: c"))
	f(get("Content-Length: 0"))
	f(get("Accept: */*", "Accept-Encoding: identity", "Connection: keep-alive, Upgrade", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"))
	f(get("Cookie: a=b", "Cookie: c=d"))
	f(get("TE: trailers", "Trailer: X"))
	f(get(strings.Split(strings.Repeat("X: y\n", 98)+"X: y", "\n")...))
	f(get("X: " + strings.Repeat("a", 15000)))
	f(head("GET http://media.example/a.txt HTTP/1.1", "Host: media.example"))
	f(head("GET HTTP://MEDIA.EXAMPLE/a.txt HTTP/1.1", "Host: media.example"))
	f(head("GET /a.txt HTTP/1.1", "Host: media.example:8080"))
	f(head("GET /a.txt HTTP/1.1", "Host: [::1]:8080"))
	f(head("GET /a.txt HTTP/1.1", "hOsT: media.example"))
	f(head("GET /a.txt HTTP/1.0"))
	f(head("GET /a.txt?"+strings.Repeat("x", 8000)+" HTTP/1.1", "Host: x"))
	f(head("GET /a.txt??a=%zz&;\"<>{}|^` HTTP/1.1", "Host: x"))
}
