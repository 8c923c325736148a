package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// A signature does not make sense of what it covers.
func TestSignedNonsenseIsRefused(t *testing.T) {
	v := testVerifier(t)
	f := func(signedPath, name, value, spelled string) {
		t.Helper()
		h := hmac.New(sha256.New, testKey.Secret)
		h.Write([]byte(signedPath + "1800003600" + name + "=" + value))
		r := Request{Path: []byte("/a"), Country: []byte("DE"), Now: now,
			Query: []byte("token=" + prefixHS + b64.EncodeToString(h.Sum(nil)) + "&expires=1800003600&" + name + "=" + spelled)}
		if grant, err := v.Verify(&r); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s=%s: %+v %v", name, spelled, grant, err)
		}
	}
	for _, name := range []string{nameCountries, nameBlocked} {
		for _, list := range []string{"", "D", "DE,", ",DE", "DE;FR", "DE,,FR", "DE, FR", "D1", "DEU", "DE,F"} {
			f("/a", name, list, list)
		}
	}
	for _, path := range []string{"", "a", "/a/..", "//", "/a/./", `/a\b`, "/a\x00", "/a\xff"} {
		f(path, nameTokenPath, path, encodeAll(path))
	}
	f("/a", nameLimit, "0", "0")
	f("/a", nameIgnore, "1", "1")
	f("/a", "v", "\x00", "%00")
	f("/a", "v", "%", "%")
	f("/a", "v", "1&v=2", "1&v=2")
	f("/a", "v w", "1", "1")
	f("/a", "", "1", "1")
}

func benchRequests(t testing.TB) map[string]Request {
	o := BunnyOptions{Expires: expiry}
	limits := BunnyOptions{Expires: expiry, TokenPath: "/api/v1/tracks/0190f3c2-7b6e-7c11-9d3e/", Directory: true, LimitKBps: 500, Countries: []string{"DE"}}
	bound := BunnyOptions{Expires: expiry, IP: v4}
	const path = "/api/v1/tracks/0190f3c2-7b6e-7c11-9d3e/stream"
	list := map[string]Request{}
	for name, url := range map[string]string{
		"basic":         must(SignBunny(testKey, path, o)),
		"basic-old-key": must(SignBunny(oldKey, path, o)),
		"basic-extra":   must(SignBunny(testKey, path, o)) + "&utm_source=x",
		"basic-bound":   must(SignBunny(testKey, path, bound)),
		"hs256":         must(SignBunnyAdvanced(testKey, path, o)),
		"hs256-bound":   must(SignBunnyAdvanced(testKey, path, bound)),
		"hs256-params":  must(SignBunnyAdvanced(testKey, path+"?v=1&a=%20", o)),
		"directory":     must(SignBunnyAdvanced(testKey, path, limits)),
		"mismatch":      strings.Replace(must(SignBunny(testKey, path, o)), "stream", "strean", 1),
		"missing":       path,
	} {
		r := mustRequest(t, url)
		r.ClientIP, r.Country = netip.MustParseAddr("203.0.113.7"), []byte("DE")
		list[name] = r
	}
	return list
}

func TestVerifyAllocatesNothing(t *testing.T) {
	v := testVerifier(t)
	for name, r := range benchRequests(t) {
		if n := testing.AllocsPerRun(100, func() { _, _ = v.Verify(&r) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	one := must(NewVerifier(must(NewRing(testKey)), 0))
	two := testVerifier(b)
	for _, name := range []string{"basic", "basic-extra", "basic-bound", "hs256", "hs256-bound", "hs256-params", "directory", "mismatch", "missing"} {
		r := benchRequests(b)[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = one.Verify(&r)
			}
		})
	}
	// What the hash of basic costs by itself: the floor, and the measure when the machine is busy.
	b.Run("floor-of-basic", func(b *testing.B) {
		r := benchRequests(b)["basic"]
		msg := append(append(append([]byte{}, testKey.Secret...), r.Path...), "1800003600"...)
		for b.Loop() {
			_ = sha256.Sum256(msg)
		}
	})
	r := benchRequests(b)["basic-old-key"]
	b.Run("basic-second-of-two-keys", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = two.Verify(&r)
		}
	})
}
