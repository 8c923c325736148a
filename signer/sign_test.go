package signer

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestSigningRefusesWhatCouldNeverBeUsed(t *testing.T) {
	ok := BunnyOptions{Expires: expiry}
	path := func(raw, want string) {
		t.Helper()
		for _, sign := range []func(Key, string, BunnyOptions) (string, error){SignBunny, SignBunnyAdvanced} {
			if got, err := sign(testKey, raw, ok); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %q %v, want %q", raw, got, err, want)
			}
		}
	}
	path("", "neither a path")
	path("a/b", "neither a path")
	path("ftp://h/a", "neither a path")
	path("https:///a", "odd host")
	path("https://user@h/a", "odd host")
	path("https://hö/a", "odd host")
	path("https://h", "no path")
	path("https://h?x=1", "no path")
	path("/a#b", "fragment")
	path("//h/a", "empty segment")
	path("/a//b", "empty segment")
	path("/a/./b", "dot segment")
	path("/a/..", "dot segment")
	path("/a/%2e%2E/b", "dot segment")
	path("/a%2fb", "encoded slash")
	path("/a%2Fb", "encoded slash")
	path("/a%5cb", "backslash")
	path(`/a\b`, "backslash")
	path("/a%00", "control byte")
	path("/a\x7f", "control byte")
	path("/a%0a", "control byte")
	path("/a%ff", "not UTF-8")
	path("/a\xc3", "not UTF-8")
	path("/100%", "percent sign")
	path("/a%4", "percent sign")
	path("/a%gg", "percent sign")
	path("/bcdn_token=x/a", "token already")
	path("/a?x=a b", "byte 3 of the query")
	path("/a?x=é", "byte 2 of the query")
	path("/a?token=1", "scheme's own")
	path("/a?limit=20", "scheme's own")
	path("/a?v=1&v=2", "twice")
	path("/a?v=%00", "UTF-8 without")
	path("/a?v=%zz", "UTF-8 without")
	path("/a9999999999v=", "ten digits")
	path("/a99999999991.2.3.4v=x/y", "ten digits")
	path("/a9999999999/x/*v=x", "ten digits") // /x/* as the four bytes of an address

	adv := func(raw string, o BunnyOptions, want string) {
		t.Helper()
		o.Expires = expiry
		if got, err := SignBunnyAdvanced(testKey, raw, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q %v, want %q", raw, got, err, want)
		}
	}
	adv("/a?1v=1", BunnyOptions{}, "starts with no digit")
	adv("/a?%76=1", BunnyOptions{}, "starts with no digit")
	adv("/a?=1", BunnyOptions{}, "starts with no digit")
	adv("/a?a+b=1", BunnyOptions{}, "starts with no digit")
	adv("/abcd", BunnyOptions{TokenPath: "/abc"}, "does not cover")
	adv("/abc", BunnyOptions{TokenPath: "/abc/"}, "does not cover")
	adv("/abc", BunnyOptions{TokenPath: "abc"}, "does not start with a slash")
	adv("/abc", BunnyOptions{TokenPath: "/abc/.."}, "dot segment")
	adv("/a", BunnyOptions{Countries: []string{"DEU"}}, "two-letter")
	adv("/a", BunnyOptions{CountriesBlocked: []string{"D,E"}}, "two-letter")
	adv("/a", BunnyOptions{Countries: []string{""}}, "two-letter")
	adv("/a", BunnyOptions{LimitKBps: -1}, "1 or more")
	adv("/a", BunnyOptions{IgnoreParams: true, LimitKBps: 1}, "unsigned")
	adv("/a", BunnyOptions{IgnoreParams: true, Countries: []string{"DE"}}, "unsigned")
	adv("/a?a=1&&b&b", BunnyOptions{}, "twice")
	many := "/a?"
	for i := range maxParams + 1 {
		many += fmt.Sprintf("v%d=1&", i)
	}
	adv(many, BunnyOptions{}, "at most 32")
	for _, o := range []BunnyOptions{{TokenPath: "/"}, {Directory: true}, {Countries: []string{"DE"}}, {CountriesBlocked: []string{"DE"}}, {LimitKBps: 1}, {IgnoreParams: true}} {
		o.Expires = expiry
		if _, err := SignBunny(testKey, "/a", o); err == nil || !strings.Contains(err.Error(), "SignBunnyAdvanced") {
			t.Errorf("basic with %+v: %v", o, err)
		}
	}
	// An expiry long past may be signed, but never so that it makes another's.
	for path, good := range map[string]bool{"/a": true, "/a1": false} {
		if _, err := SignBunny(testKey, path, BunnyOptions{Expires: 3600}); (err == nil) != good {
			t.Errorf("%s until 3600: %v", path, err)
		}
	}
	for _, e := range []int64{0, -1, now * 1000, 10000000000} {
		for _, sign := range []func(Key, string, BunnyOptions) (string, error){SignBunny, SignBunnyAdvanced} {
			if _, err := sign(testKey, "/a", BunnyOptions{Expires: e}); err == nil || !strings.Contains(err.Error(), "ten digits") {
				t.Errorf("expires %d: %v", e, err)
			}
		}
	}
	for _, sign := range []func(Key, string, BunnyOptions) (string, error){SignBunny, SignBunnyAdvanced} {
		if _, err := sign(Key{ID: "empty"}, "/a", ok); err == nil || !strings.Contains(err.Error(), "no secret") {
			t.Errorf("empty secret: %v", err)
		}
	}
}

// The path, in any characters, comes back from the URL as it was signed.
func TestSignedURLsRoundTrip(t *testing.T) {
	v := testVerifier(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune(" !'()*+&=,;:@$?#%[]{}|^`\"<>~-._azAZ09éßя日本🎵\u00a0")
	word := func() string {
		var b strings.Builder
		for range 1 + rnd.IntN(9) {
			b.WriteRune(alphabet[rnd.IntN(len(alphabet))])
		}
		return b.String()
	}
	for range 3000 {
		segments := []string{}
		for range 1 + rnd.IntN(4) {
			if w := word(); w != "." && w != ".." {
				segments = append(segments, w)
			}
		}
		path := "/" + strings.Join(segments, "/")
		raw := (&url.URL{Path: path}).EscapedPath()
		if rnd.IntN(2) == 0 {
			raw = encode(path, "/")
		}
		if rnd.IntN(2) == 0 {
			raw = "https://cdn.example:8443" + raw
		}
		query := "v=" + url.QueryEscape(word()) + "&name=" + encode(word(), "+/:")
		o := BunnyOptions{Expires: now + rnd.Int64N(100)}
		if rnd.IntN(3) == 0 {
			o.IP = []netip.Addr{v4, v6}[rnd.IntN(2)]
		}
		sign := SignBunny
		if rnd.IntN(3) > 0 {
			sign = SignBunnyAdvanced
			o.Directory = rnd.IntN(2) == 0
			o.IgnoreParams = rnd.IntN(4) == 0
			if rnd.IntN(2) == 0 {
				o.TokenPath = []string{path, path[:strings.LastIndexByte(path, '/')+1]}[rnd.IntN(2)]
			}
			if !o.IgnoreParams {
				o.LimitKBps = rnd.Int64N(3)
			}
		}
		if rnd.IntN(2) == 0 {
			raw += "?" + query
		}
		signed, err := sign(testKey, raw, o)
		if err != nil {
			if strings.Contains(err.Error(), "ten digits") || strings.Contains(err.Error(), "byte ") {
				continue
			}
			t.Fatalf("%q %+v: %v", raw, o, err)
		}
		for _, c := range []byte(signed) {
			if c <= ' ' || c > '~' || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
				t.Fatalf("%q holds %q, which no URL may", signed, c)
			}
		}
		r := mustRequest(t, signed)
		r.ClientIP = o.IP
		if string(r.Path) != path {
			t.Fatalf("path %q came back as %q", path, r.Path)
		}
		if u, err := url.Parse(signed); err != nil || !strings.HasSuffix(u.Path, path) {
			t.Fatalf("net/url reads %q as %v %v", signed, u, err)
		}
		grant, err := v.Verify(&r)
		if want := (Grant{"k2", o.Expires, o.LimitKBps, o.Directory || o.TokenPath != ""}); err != nil || grant != want {
			t.Fatalf("%s: %+v %v, want %+v", signed, grant, err, want)
		}
	}
}

// What a token signs must have one reading: these would be second readings of
// tokens that were made.
func TestNoSignedTextHasASecondReading(t *testing.T) {
	v := testVerifier(t)
	sum := func(text string) string {
		s := sha256.Sum256([]byte(string(testKey.Secret) + text))
		return b64.EncodeToString(s[:])
	}
	mac := func(text string) string {
		h := hmac.New(sha256.New, testKey.Secret)
		h.Write([]byte(text))
		return prefixHS + b64.EncodeToString(h.Sum(nil))
	}
	f := func(name, path, query string) {
		t.Helper()
		r := Request{Path: []byte(path), Query: []byte(query), Now: now, ClientIP: v4}
		if grant, err := v.Verify(&r); err == nil {
			t.Errorf("%s: granted %+v", name, grant)
		}
	}
	for _, tok := range []func(string) string{sum, mac} {
		f("digit of the path in an expiry of eleven", "/a", "token="+tok("/a11800003600")+"&expires=11800003600")
		f("digit of the path in the expiry, its last in a name", "/a", "token="+tok("/a91800003600v=1")+"&expires=9180000360&0v=1")
		f("name with a slash", "/a", "token="+tok("/a9999999999/b=1800003600")+"&expires=9999999999&/b=1800003600")
		f("name with a percent sign", "/a", "token="+tok("/a9999999999%62=1")+"&expires=9999999999&%62=1")
	}
	// Length extension: the hash of key||text is the state to go on from, and
	// what is appended begins with the padding of the original.
	for _, query := range []string{"\x80\x00=1", "v=%80%00%00", "v=\x80\x00", "v=1%00"} {
		dec := must(url.PathUnescape(query))
		f("padding in "+query, "/a", "token="+sum("/a1800003600"+dec)+"&expires=1800003600&"+query)
		f("padding in the path", "/a1800003600\x80\x00", "token="+sum("/a1800003600\x80\x001900000000")+"&expires=1900000000")
	}
}

func TestFastHMACEqualsTheLibrary(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		key := Key{"k", make([]byte, 1+rnd.IntN(MaxSecret))}
		msg := make([]byte, rnd.IntN(300))
		for _, b := range [][]byte{key.Secret, msg} {
			for i := range b {
				b[i] = byte(rnd.Uint32())
			}
		}
		h := hmac.New(sha256.New, key.Secret)
		h.Write(msg)
		ring := newRing([]Key{key})
		got := ring.keys[0].sum(true, append(make([]byte, prefixRoom), msg...))
		if !bytes.Equal(got[:], h.Sum(nil)) {
			t.Fatalf("HMAC of %d bytes under %d differs", len(msg), len(key.Secret))
		}
	}
}
