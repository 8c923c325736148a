package main

import "testing"

func TestPath(t *testing.T) {
	f := func(req, want string) {
		t.Helper()
		if got := string(path([]byte(req))); got != want {
			t.Errorf("%q: got %q, want %q", req, got, want)
		}
	}
	f("", "")
	f("GET", "")
	f("GET /a", "")
	f("GET /a HTTP/1.1\r\n", "/a")
	f("GET /a/b.mp3?token=x&expires=1 HTTP/1.1\r\n", "/a/b.mp3")
}

func TestByteRange(t *testing.T) {
	bad := func(h string) {
		t.Helper()
		if from, to, ok := byteRange([]byte("GET / HTTP/1.1\r\n"+h+"\r\n\r\n"), 10); ok {
			t.Errorf("%q: got %d-%d, want none", h, from, to)
		}
	}
	bad("Host: x")
	bad("Range: bytes=")
	bad("Range: bytes=1-")
	bad("Range: bytes=-1")
	bad("Range: bytes=5-4")
	bad("Range: bytes=0-10")
	bad("Range: bytes=0-1,3-4")
	f := func(h string, from, to int64) {
		t.Helper()
		a, b, ok := byteRange([]byte("GET / HTTP/1.1\r\n"+h+"\r\n\r\n"), 10)
		if !ok || a != from || b != to {
			t.Errorf("%q: got %d-%d %v, want %d-%d", h, a, b, ok, from, to)
		}
	}
	f("Range: bytes=0-0", 0, 0)
	f("Host: x\r\nRange: bytes=2-9", 2, 9)
}

func TestPartialHeadNamesRangeAndLength(t *testing.T) {
	got := string(appendPartialHead(nil, 2, 4, 10))
	want := "HTTP/1.1 206 Partial Content\r\nContent-Type: audio/mpeg\r\nContent-Range: bytes 2-4/10\r\nContent-Length: 3\r\n\r\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
