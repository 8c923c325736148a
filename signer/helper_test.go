package signer

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
)

const (
	now    = 1800000000
	expiry = now + 3600
)

var (
	testKey  = Key{ID: "k2", Secret: []byte("0123456789abcdef-new")}
	oldKey   = Key{ID: "k1", Secret: []byte("0123456789abcdef-old")}
	v4       = netip.MustParseAddr("203.0.113.7")
	v6       = netip.MustParseAddr("2001:db8:1:2:3:4:5:6")
	v6same64 = netip.MustParseAddr("2001:db8:1:2::99")
)

func testVerifier(t testing.TB) *Verifier {
	t.Helper()
	ring, err := NewRing(testKey, oldKey)
	if err != nil {
		t.Fatal(err)
	}
	v, err := NewVerifier(ring, 0)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// requestFor takes a URL apart as a server does. It is not ok if the server would answer
// 400 before asking for a token.
func requestFor(url string) (r Request, ok bool) {
	if _, after, found := strings.Cut(url, "://"); found {
		url = after[strings.IndexByte(after, '/'):]
	}
	path, query, _ := strings.Cut(url, "?")
	if strings.HasPrefix(path, "/bcdn_token=") {
		segment, rest, _ := strings.Cut(path[1:], "/")
		r.PathToken, path = []byte(segment), "/"+rest
	}
	r.Query, r.Now = []byte(query), now
	if strings.Contains(strings.ToLower(path), "%2f") {
		return r, false
	}
	r.Path, ok = appendDecoded(nil, []byte(path))
	return r, ok && pathFault(r.Path) == ""
}

func mustRequest(t testing.TB, url string) Request {
	t.Helper()
	r, ok := requestFor(url)
	if !ok {
		t.Fatalf("%s: not canonical", url)
	}
	return r
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// noSecret fails the test if a text shows a secret.
func noSecret(t testing.TB, text string) {
	t.Helper()
	for _, k := range []Key{testKey, oldKey} {
		if bytes.Contains([]byte(text), k.Secret) {
			t.Errorf("shows a secret: %s", text)
		}
	}
}
