package signer

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// Path, secret and time are those of
// https://developers.cloudflare.com/waf/custom-rules/use-cases/configure-token-authentication/.
// The MAC that page prints is not theirs (nor any of its other examples'), so
// the vectors are its Python recipe, run by
// printf %s PATHTIME | openssl dgst -sha256 -hmac mysecrettoken -binary | base64.
func TestCloudflareVectors(t *testing.T) {
	key := Key{ID: "cf", Secret: []byte("mysecrettoken")}
	ring := newRing([]Key{key})
	f := func(url string, issued int64, want string) {
		t.Helper()
		got, err := SignCloudflare(key, "https://downloads.example.com"+url, issued)
		if err != nil || got != "https://downloads.example.com"+want {
			t.Errorf("got %s %v\nwant %s", got, err, want)
		}
		if err := VerifyCloudflare(ring, want, 3*time.Hour, issued+10799); err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if err := VerifyCloudflare(ring, want, 3*time.Hour, issued+10800); !errors.Is(err, ErrExpired) {
			t.Errorf("%s after its lifetime: %v", want, err)
		}
	}
	f("/images/cat.jpg", 1484063787, "/images/cat.jpg?verify=1484063787-XsZ5NmtNBxOd4f4fBOtqVmpWRnDRNkHKVZieqDPKu3U%3D")
	f("/download/cat.jpg", 1484063137, "/download/cat.jpg?verify=1484063137-z%2BfbkZJzpMl1QidagZ6D4El1aY1JxkVN00qBQrU6sBQ%3D")
}

func TestCloudflareTokensAreStrict(t *testing.T) {
	ring := must(NewRing(testKey, oldKey))
	for _, raw := range []string{"/a b/é.mp3", "/a.mp3?v=1&w=%20"} {
		url := must(SignCloudflare(oldKey, raw, now))
		f := func(url string, want error) {
			t.Helper()
			if err := VerifyCloudflare(ring, url, time.Hour, now); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", url, err, want)
			}
		}
		f(url, nil)
		f(raw, ErrMissing)
		f(strings.Replace(url, "/a", "/b", 1), ErrMismatch)
		f("/x"+url, ErrMismatch)
		f(strings.Replace(url, "=1800000000-", "=1800000001-", 1), ErrMismatch)
		f(strings.Replace(url, "=1800000000-", "=11800000000-", 1), ErrMalformed)
		f(strings.Replace(url, "=1800000000-", "=180000000-", 1), ErrMalformed)
		f(strings.Replace(url, "=1800000000-", "=+180000000-", 1), ErrMalformed)
		f(strings.Replace(url, "=1800000000-", "=1800000000", 1), ErrMalformed)
		f(strings.TrimSuffix(url, "%3D"), ErrMalformed)
		f(url+"%3D", ErrMalformed)
		f(url+"&x=1", ErrMalformed)
		f(url+"&verify=1", ErrMalformed)
		f(strings.Replace(url, "verify=", "%76erify=", 1), ErrMissing)
	}
	g := func(key Key, url string, issued int64, want string) {
		t.Helper()
		if _, err := SignCloudflare(key, url, issued); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
	g(Key{ID: "x"}, "/a", now, "no secret")
	g(testKey, "/a", 5, "ten digits")
	g(testKey, "/a/../b", now, "dot segment")
	g(testKey, "/a?verify=1", now, "already has")
	g(testKey, "/a?x=1&verify=1", now, "already has")
}
