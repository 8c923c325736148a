package gate

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func addHeads(f *testing.F) {
	for _, group := range malformed() {
		for _, c := range group.faults {
			if len(c.head) < 1000 {
				f.Add([]byte(c.head))
			}
		}
	}
	for _, head := range []string{playerHead, browserHead, escapedHead, "\r\n" + target("/"), post("Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n"),
		target("http://a/bcdn_token=x/%61?b"), hostField1(" [::1]:80"), "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.0\r\n\r\n"} {
		f.Add([]byte(head))
	}
}

// FuzzParse holds that what passes is canonical, and that a reader of the standard library finds the
// same request in it.
func FuzzParse(f *testing.F) {
	addHeads(f)
	limits := DefaultLimits()
	f.Fuzz(func(t *testing.T, head []byte) {
		var h Head
		err := limits.Parse(head, &h)
		var again Head
		n, nextErr := limits.Next(head, 0, &again)
		if err != nil {
			if nextErr == nil && n == len(head) && n > 0 {
				t.Fatalf("Parse refused (%v) what Next took", err)
			}
			return
		}
		if n != len(head) || nextErr != nil {
			t.Fatalf("Next = %d, %v; Parse took it", n, nextErr)
		}
		checkAccepted(t, head, &h)

		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(bytes.TrimPrefix(head, []byte("\r\n")))))
		if err != nil {
			// It refuses more of an absolute target's and a value's octets.
			if h.Path != nil && head[bytes.IndexByte(head, ' ')+1] == '/' && !strings.Contains(err.Error(), "invalid header") {
				t.Fatalf("net/http: %v, for %q", err, head)
			}
			return
		}
		if req.Method != string(h.MethodName) || req.ProtoMinor != h.Minor || !strings.EqualFold(req.Host, string(h.Host)) && h.Path != nil {
			t.Fatalf("net/http reads %s %s %s", req.Method, req.Proto, req.Host)
		}
		if length := req.ContentLength; length != h.ContentLength {
			t.Fatalf("net/http reads a body of %d, want %d", length, h.ContentLength)
		}
		if h.Path != nil && string(h.Path) != "*" && len(h.PathToken) == 0 && req.URL.Path != string(h.Path) && req.URL.Path+"/" != string(h.Path) {
			t.Fatalf("net/http reads the path %q, want %q", req.URL.Path, h.Path)
		}
	})
}

// FuzzEnd holds that the verdict does not depend on how the head arrives.
func FuzzEnd(f *testing.F) {
	addHeads(f)
	f.Fuzz(func(t *testing.T, head []byte) {
		limits := Limits{Target: 60, Head: 200, Fields: 4} // small, so that they are met
		var h Head
		n, err := limits.Next(head, 0, &h)
		whole := verdict(n, err, &h)
		step := 1
		for _, next := range []func(int) int{
			func(n int) int { return n + 1 },
			func(n int) int { return n + 2 },
			func(n int) int { step = (step*7 + 3) % 31; return n + step },
		} {
			n, err, h := inPieces(&limits, head, next)
			if got := verdict(n, err, h); got != whole {
				t.Fatalf("in pieces %s, as a whole %s: %q", got, whole, head)
			}
		}
		end, endErr := limits.End(head, 0)
		if endErr != nil {
			if err == nil {
				t.Fatalf("End refused (%v) what Next took", endErr)
			}
		} else if err == nil && end != n {
			t.Fatalf("End = %d, Next = %d", end, n)
		}
		if end > 0 {
			if parseErr := limits.Parse(head[:end], &h); parseErr != err {
				t.Fatalf("Parse = %v, Next = %v", parseErr, err)
			}
		}
	})
}

// FuzzPath holds that a canonical path is what one decoding gives, and has no second spelling.
func FuzzPath(f *testing.F) {
	for _, path := range []string{"/", "/a/b.mp3", "/Caf%C3%A9", "/%2e%2e/", "/a%2fb", "/a//b", "/100%25", "/bcdn_token=x/a", "/%c0%af", "/a\\b", "/...", "/.a/..b"} {
		f.Add(path)
	}
	limits := DefaultLimits()
	f.Fuzz(func(t *testing.T, path string) {
		head := []byte(target(path))
		var h Head
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?\r\n") || limits.Parse(head, &h) != nil {
			return
		}
		checkAccepted(t, head, &h)
		raw := path
		if len(h.PathToken) > 0 {
			raw = strings.TrimPrefix(path, "/"+string(h.PathToken))
		}
		if want, err := url.PathUnescape(raw); err != nil || want != string(h.Path) {
			t.Fatalf("path %q of %q, want %q, %v", h.Path, path, want, err)
		}
		var spelt strings.Builder
		for _, c := range h.Path {
			if c == '/' {
				spelt.WriteByte(c)
			} else {
				fmt.Fprintf(&spelt, "%%%02x", c)
			}
		}
		if spelt.Len() > limits.Target {
			return
		}
		var again Head
		if err := limits.Parse([]byte(target(spelt.String())), &again); err != nil || !bytes.Equal(again.Path, h.Path) {
			t.Fatalf("%s: path %q, %v; want %q", spelt.String(), again.Path, err, h.Path)
		}
	})
}
