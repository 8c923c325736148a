package gate

import (
	"bytes"
	"strings"
	"testing"
)

// want holds what a test says of an accepted head; Method and MethodName follow from the head itself.
type want struct {
	method   Method
	minor    int
	host     string
	path     string
	token    string
	query    string
	length   int64
	awaiting bool // 100 (Continue)
	close    bool
}

func withHost(line, fields string) string { return line + "\r\nHost: a\r\n" + fields + "\r\n" }
func target(t string) string              { return withHost("GET "+t+" HTTP/1.1", "") }
func fields(f string) string              { return withHost("GET / HTTP/1.1", f) }
func post(f string) string                { return withHost("POST / HTTP/1.1", f) }
func hostField1(v string) string          { return "GET / HTTP/1.1\r\nHost:" + v + "\r\n\r\n" }

func TestAcceptedHeads(t *testing.T) {
	root := func(w want) want { // GET / HTTP/1.1 with Host: a, unless said otherwise
		w.method, w.minor, w.host, w.path = GET, 1, "a", "/"
		return w
	}
	path := func(p string) want { w := root(want{}); w.path = p; return w }
	host := func(h string) want { w := root(want{}); w.host = h; return w }
	other := func(w want) want { w = root(w); w.method = Other; return w }

	cases := []struct {
		name string
		head string
		want want
	}{
		{"plain", target("/"), path("/")},
		{"player", playerHead, want{method: GET, minor: 1, host: "127.0.0.1:8080", path: "/dir/file-0001.bin",
			query: "token=0123456789abcdefghijABCDEFGHIJ-_0123456789abc&expires=1790000000"}},
		{"browser", browserHead, want{method: GET, minor: 1, host: "media.example.com",
			path:  "/api/v1/tracks/0198c7b2-5f0e-7cc1-9b51-6f4d3c2b1a00/stream",
			query: "token=0123456789abcdefghijABCDEFGHIJ-_0123456789abc&expires=1790000000"}},
		{"one empty line first", "\r\n" + target("/x"), path("/x")},

		{"HEAD", withHost("HEAD /x HTTP/1.1", ""), want{method: HEAD, minor: 1, host: "a", path: "/x"}},
		{"OPTIONS", withHost("OPTIONS /x HTTP/1.1", ""), want{method: OPTIONS, minor: 1, host: "a", path: "/x"}},
		{"OPTIONS of the server", withHost("OPTIONS * HTTP/1.1", ""), want{method: OPTIONS, minor: 1, host: "a", path: "*"}},
		{"OPTIONS of the server, absolute", withHost("OPTIONS http://a HTTP/1.1", ""), want{method: OPTIONS, minor: 1, host: "a", path: "*"}},
		{"OPTIONS of the root, absolute", withHost("OPTIONS http://a/ HTTP/1.1", ""), want{method: OPTIONS, minor: 1, host: "a", path: "/"}},
		{"lower-case method", withHost("get / HTTP/1.1", ""), other(want{})},
		{"unknown method", withHost("M!#$%&'*+-.^_`|~9 / HTTP/1.1", ""), other(want{})},
		{"long method", withHost(strings.Repeat("M", 50)+" / HTTP/1.1", ""), other(want{})},
		{"CONNECT", withHost("CONNECT a:443 HTTP/1.1", ""), want{method: Other, minor: 1, host: "a"}},
		{"CONNECT to IPv6", withHost("CONNECT [::1]:443 HTTP/1.1", ""), want{method: Other, minor: 1, host: "a"}},

		{"HTTP/1.0", "GET /x HTTP/1.0\r\n\r\n", want{method: GET, path: "/x", close: true}},
		{"HTTP/1.0 with Host", "GET /x HTTP/1.0\r\nHost: a\r\n\r\n", want{method: GET, host: "a", path: "/x", close: true}},
		{"HTTP/1.0 kept alive", "GET /x HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", want{method: GET, path: "/x"}},
		{"HTTP/1.0 close wins", "GET /x HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", want{method: GET, path: "/x", close: true}},
		{"HTTP/1.0 ignores 100-continue", "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", want{path: "/", length: 1, close: true}},
		{"HTTP/1.0 absolute without Host", "GET http://A:80/x HTTP/1.0\r\n\r\n", want{method: GET, host: "A:80", path: "/x", close: true}},

		{"absolute", target("http://a/x?y"), want{method: GET, minor: 1, host: "a", path: "/x", query: "y"}},
		{"absolute https", target("https://a/x"), path("/x")},
		{"absolute in capitals", target("HTTP://A/x"), path("/x")},
		{"absolute with port", "GET http://a.example:8080/x HTTP/1.1\r\nHost: A.Example:8080\r\n\r\n", want{method: GET, minor: 1, host: "A.Example:8080", path: "/x"}},
		{"absolute without path", target("http://a"), path("/")},
		{"absolute without path, with query", target("http://a?q=/x"), want{method: GET, minor: 1, host: "a", path: "/", query: "q=/x"}},
		{"absolute with token", target("http://a/bcdn_token=t/x"), want{method: GET, minor: 1, host: "a", path: "/x", token: "bcdn_token=t"}},

		{"host name", hostField1(" media.example.com"), host("media.example.com")},
		{"host without white space", hostField1("a"), host("a")},
		{"host within white space", hostField1(" \t a \t "), host("a")},
		{"host in capitals", hostField1(" Media.EXAMPLE"), host("Media.EXAMPLE")},
		{"host with last dot", hostField1(" a.example."), host("a.example.")},
		{"host with underscore", hostField1(" a_b"), host("a_b")},
		{"host with sub-delims", hostField1(" !$&'()*+;="), host("!$&'()*+;=")},
		{"host with empty port", hostField1(" a:"), host("a:")},
		{"host with lowest port", hostField1(" a:0"), host("a:0")},
		{"host with highest port", hostField1(" a:65535"), host("a:65535")},
		{"IPv4 host", hostField1(" 192.0.2.1:8080"), host("192.0.2.1:8080")},
		{"IPv6 host", hostField1(" [2001:db8::1]:8080"), host("[2001:db8::1]:8080")},
		{"IPv6 host with IPv4 tail", hostField1(" [::ffff:192.0.2.1]"), host("[::ffff:192.0.2.1]")},
		{"host after other fields", "GET / HTTP/1.1\r\nA: b\r\nhOST: a\r\n\r\n", host("a")},

		{"path with trailing slash", target("/a/"), path("/a/")},
		{"path with plain signs", target("/a;v=1/b+c,d:e@f!$&'()*=~"), path("/a;v=1/b+c,d:e@f!$&'()*=~")},
		{"path with dots in names", target("/.well-known/..a/a../.../a.b/...."), path("/.well-known/..a/a../.../a.b/....")},
		{"escaped letters", target("/%61%62c"), path("/abc")},
		{"escaped space and question mark", target("/a%20b%3Fc%23"), path("/a b?c#")},
		{"escaped percent is decoded once", target("/100%25/%252e%252e/%252F"), path("/100%/%2e%2e/%2F")},
		{"escaped UTF-8", target("/Caf%C3%A9"), path("/Café")},
		{"raw UTF-8", target("/Café"), path("/Café")},
		{"UTF-8 half raw, half escaped", target("/Caf\xc3%a9"), path("/Café")},
		{"UTF-8 of every length", target("/%C2%A2/%E2%82%AC/%F0%9F%8E%B5"), path("/¢/€/🎵")},
		{"path of raw punctuation", target("/\"<>[]^`{|}"), path("/\"<>[]^`{|}")},
		{"escaped dot within a name", target("/a%2emp3"), path("/a.mp3")},
		{"three escaped dots", target("/%2e%2e%2e/a"), path("/.../a")},

		{"token segment", target("/bcdn_token=HS256-x&expires=1&token_path=%2Ftracks%2F/tracks/a"),
			want{method: GET, minor: 1, host: "a", path: "/tracks/a", token: "bcdn_token=HS256-x&expires=1&token_path=%2Ftracks%2F"}},
		{"token segment before an escape", target("/bcdn_token=x/%61"), want{method: GET, minor: 1, host: "a", path: "/a", token: "bcdn_token=x"}},
		{"token segment before the root", target("/bcdn_token=x/"), want{method: GET, minor: 1, host: "a", path: "/", token: "bcdn_token=x"}},
		{"empty token segment", target("/bcdn_token=/x"), want{method: GET, minor: 1, host: "a", path: "/x", token: "bcdn_token="}},
		{"token text further on is a name", target("/a/bcdn_token=x/b"), path("/a/bcdn_token=x/b")},
		{"token text without its sign is a name", target("/bcdn_token/x"), path("/bcdn_token/x")},
		{"token text in other letters is a name", target("/BCDN_token=x/b"), path("/BCDN_token=x/b")},

		{"query", target("/x?a=b&c"), want{method: GET, minor: 1, host: "a", path: "/x", query: "a=b&c"}},
		{"empty query", target("/x?"), path("/x")},
		{"query is left raw", target("/x?a=%2F..%zz\\//?\"\xff"), want{method: GET, minor: 1, host: "a", path: "/x", query: "a=%2F..%zz\\//?\"\xff"}},

		{"value of obs-text", fields("X: \x80\xff\r\n"), root(want{})},
		{"value with a tab", fields("X: a\tb\r\n"), root(want{})},
		{"empty value", fields("X:\r\nY: \t\r\n"), root(want{})},
		{"value with colons", fields("X: a:b:c\r\n"), root(want{})},
		{"name of every token octet", fields("!#$%&'*+-.^_`|~09azAZ: a\r\n"), root(want{})},
		{"names near a framing field's", fields("Content-Lengths: 1\r\nXTransfer-Encoding: x\r\nContent-Length-: y\r\n"), root(want{})},
		{"repeated list field", fields("If-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\nAccept: a/b\r\nAccept: b/c\r\nCookie: a=b\r\nCookie: c=d\r\n"), root(want{})},
		{"every field of one value once", fields("Range: bytes=0-1\r\nIf-Range: \"a\"\r\nIf-Modified-Since: x\r\nIf-Unmodified-Since: x\r\nAuthorization: Bearer x\r\n"), root(want{})},

		{"Content-Length", post("Content-Length: 123\r\n"), other(want{length: 123})},
		{"Content-Length of GET", fields("Content-Length: 5\r\n"), root(want{length: 5})},
		{"Content-Length of nothing", post("content-length:0\r\n"), other(want{})},
		{"longest Content-Length", post("Content-Length: 999999999999999999\r\n"), other(want{length: 999999999999999999})},
		{"chunked", post("Transfer-Encoding: chunked\r\n"), other(want{length: -1})},
		{"chunked in capitals and white space", post("tRANSFER-eNCODING: \t CHUNKED \t\r\n"), other(want{length: -1})},
		{"100-continue", post("Expect: 100-Continue\r\nContent-Length: 1\r\n"), other(want{length: 1, awaiting: true})},
		{"100-continue, chunked", post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n"), other(want{length: -1, awaiting: true})},
		{"100-continue without a body", fields("Expect: 100-continue\r\n"), root(want{})},

		{"close", fields("Connection: close\r\n"), root(want{close: true})},
		{"close in a list", fields("Connection: TE, ,\tCLOSE ,\r\n"), root(want{close: true})},
		{"close in a second line", fields("Connection: keep-alive\r\nConnection: close\r\n"), root(want{close: true})},
		{"option that holds close", fields("Connection: closed, not-close\r\n"), root(want{})},
		{"upgrade", fields("Connection: Upgrade, keep-alive\r\nUpgrade: websocket\r\n"), root(want{})},
		{"empty Connection", fields("Connection:\r\n"), root(want{})},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			limits := DefaultLimits()
			var h Head
			n, err := limits.Next([]byte(c.head), 0, &h)
			if err != nil || n != len(c.head) {
				t.Fatalf("Next = %d, %v; want %d, nil", n, err, len(c.head))
			}
			got := want{h.Method, h.Minor, string(h.Host), string(h.Path), string(h.PathToken), string(h.Query), h.ContentLength, h.Continue, h.Close}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			if name := strings.Fields(c.head)[0]; string(h.MethodName) != name {
				t.Errorf("MethodName = %q, want %q", h.MethodName, name)
			}
		})
	}
}

func TestHeadEndsWhereThePipelinedRequestBegins(t *testing.T) {
	limits, first := DefaultLimits(), target("/a")
	var h Head
	n, err := limits.Next([]byte(first+target("/b")), 0, &h)
	if n != len(first) || err != nil || string(h.Path) != "/a" {
		t.Fatalf("Next = %d, %v, path %q; want %d, nil, /a", n, err, h.Path, len(first))
	}
	if err := limits.Parse([]byte(first+target("/b")), &h); err != error(refuseUnfinished) {
		t.Fatalf("Parse of two heads = %v, want %v", err, refuseUnfinished)
	}
}

func TestOneHeadServesManyRequestsWithoutALeftover(t *testing.T) {
	limits := DefaultLimits()
	var h, fresh Head
	full := []byte(withHost("POST /bcdn_token=x/%61?q HTTP/1.0", "Content-Length: 1\r\n"))
	plain := []byte(target("/"))
	if _, err := limits.Next(full, 0, &h); err != nil {
		t.Fatal(err)
	}
	if _, err := limits.Next(plain, 0, &h); err != nil {
		t.Fatal(err)
	}
	if _, err := limits.Next(plain, 0, &fresh); err != nil {
		t.Fatal(err)
	}
	if h.Method != fresh.Method || h.Minor != fresh.Minor || !bytes.Equal(h.Path, fresh.Path) || h.PathToken != nil ||
		h.Query != nil || h.ContentLength != 0 || h.Continue || h.Close {
		t.Fatalf("reused %+v\nfresh  %+v", h, fresh)
	}
}

func TestRefusedHeadLeavesNothingToActOn(t *testing.T) {
	limits := DefaultLimits()
	var h Head
	for _, head := range []string{target("/ok"), fields("Content-Length: 1\r\nContent-Length: 1\r\n")} {
		limits.Next([]byte(head), 0, &h)
	}
	if h.Path != nil || h.Host != nil || h.MethodName != nil || h.ContentLength != 0 {
		t.Fatalf("head after a refusal: %+v", h)
	}
}

func TestPathWithoutEscapesIsASliceOfTheHead(t *testing.T) {
	limits, buf := DefaultLimits(), []byte(target("/abc"))
	var h Head
	if err := limits.Parse(buf, &h); err != nil {
		t.Fatal(err)
	}
	if &h.Path[0] != &buf[len("GET ")] {
		t.Fatal("the path was copied")
	}
}

func TestAcceptedHeadCostsNoAllocation(t *testing.T) {
	for name, head := range map[string]string{
		"player": playerHead, "browser": browserHead, "escaped": escapedHead,
		"absolute": target("http://a/%61?b"), "token": target("/bcdn_token=x/%61"),
		"ipv6": hostField1(" [2001:db8::1]:1"), "chunked": post("Transfer-Encoding: chunked\r\nConnection: close\r\nExpect: 100-continue\r\n"),
		"refused": target("/a//b"), "refused coding": post("Transfer-Encoding: gzip, chunked\r\n"),
	} {
		limits, h, buf := DefaultLimits(), Head{}, []byte(head)
		judge := func() {
			limits.Next(buf, 0, &h)
			limits.End(buf, len(buf)/2)
			limits.Parse(buf, &h)
		}
		judge() // the buffer for a decoded path is made once
		if n := testing.AllocsPerRun(100, judge); n != 0 {
			t.Errorf("%s: allocs = %v, want 0", name, n)
		}
	}
}
