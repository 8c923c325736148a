package main

import (
	"strings"
	"testing"
)

func TestParseWRK(t *testing.T) {
	const head = "Running 3s test @ http://127.0.0.1:1\n  1 threads and 64 connections\nRequests/sec:  33.3\n"
	ok := func(line string, requests, bytes int64) {
		t.Helper()
		l, err := parseWRK(head + line)
		if err != nil || l.requests != requests || l.bytes != bytes {
			t.Errorf("%q: got %+v, %v", line, l, err)
		}
	}
	bad := func(line, why string) {
		t.Helper()
		if l, err := parseWRK(head + line); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: got %+v, %v; want an error with %q", line, l, err, why)
		}
	}
	bad("", "no result")
	bad("turn requests=100\n", "turn")
	bad("turn requests=0 bytes=0 us=3000000 connect=0 read=0 write=0 status=0 timeout=0\n", "no request")
	bad("turn requests=9 bytes=9 us=3000000 connect=0 read=0 write=0 status=3 timeout=0\n", "status 3")
	bad("turn requests=9 bytes=9 us=3000000 connect=0 read=1 write=0 status=0 timeout=3\n", "read 1")
	bad("turn requests=9 bytes=9 us=3000000 connect=0 read=0 write=0 status=0 timeout=3\n", errTimeouts.Error())
	bad("turn requests=9 bytes=9 us=3000000 connect=0 read=2 write=0 status=0 timeout=0\n", "read 2")
	ok("turn requests=100 bytes=1048576 us=3000123 connect=0 read=0 write=0 status=0 timeout=0\n", 100, 1048576)
}

func TestPlausible(t *testing.T) {
	f := func(requests, bytes int64, want bool) {
		t.Helper()
		if err := (load{requests: requests, bytes: bytes}).plausible([]int64{10000}, 64); (err == nil) != want {
			t.Errorf("%d requests, %d bytes: %v", requests, bytes, err)
		}
	}
	f(1000, 1000*10300, true)
	f(1000, 1000*10300+64*10000, true) // begun, not finished
	f(1000, 1000*300, false)           // error pages
	f(1000, 1000*160000, false)        // whole files for ranges

	// Half of the answers are long, whatever their order.
	mixed := load{requests: 10001, bytes: 5001*100000 + 5000*1000 + 10001*300}
	if err := mixed.plausible([]int64{100000, 1000}, 64); err != nil {
		t.Error(err)
	}
	if err := mixed.plausible([]int64{100000, 100000}, 64); err == nil {
		t.Error("half of the bytes are missing, and that is plausible")
	}
}
