package signer

import (
	"strings"
	"testing"
	"time"
)

func explain(v *Verifier, r *Request) string {
	var b strings.Builder
	for _, f := range v.Explain(r) {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

func TestExplainNamesTheFaultAndTheSignedText(t *testing.T) {
	ring := must(NewRing(testKey, oldKey))
	v := must(NewVerifier(ring, 30*time.Second))
	basic := must(SignBunny(testKey, "/a b.mp3", BunnyOptions{Expires: expiry}))
	dir := must(SignBunnyAdvanced(oldKey, "/a/x", BunnyOptions{Expires: expiry, TokenPath: "/a", Directory: true, IP: v4, Countries: []string{"DE"}, LimitKBps: 64}))
	f := func(url string, edit func(*Request), want ...string) {
		t.Helper()
		r := mustRequest(t, url)
		r.ClientIP, r.Country = v4, []byte("DE")
		if edit != nil {
			edit(&r)
		}
		text := explain(v, &r)
		noSecret(t, text)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s:\n%swant %q", url, text, w)
			}
		}
	}
	f(basic, nil,
		"ok   token: SHA-256, in the query",
		"ok   expires: 2027-01-15T09:00:00Z, 3600 s left",
		`ok   signature: key k2, with path+expires, signs "/a b.mp31800003600": matches`,
		"ok   verdict: granted by key k2 until 2027-01-15T09:00:00Z")
	f(basic, func(r *Request) { r.Now = expiry + 20 }, "ok   expires: 2027-01-15T09:00:00Z, 20 s ago, within the 30 s allowed", "ok   verdict")
	f(basic, func(r *Request) { r.Now = expiry + 31 }, "FAIL expires: 2027-01-15T09:00:00Z, 31 s ago (30 s allowed)", "FAIL verdict: refused: signer: token expired")
	f(strings.Replace(basic, "b.mp3", "c.mp3", 1), nil,
		`FAIL signature: key k2, with path+expires, signs "/a c.mp31800003600": differs from byte`,
		`FAIL signature: key k1, with path+expires+address, signs "/a c.mp31800003600203.0.113.7": differs`,
		"FAIL verdict: refused: signer: signature does not match")
	f(basic+"&x=%00", func(r *Request) { r.Path = []byte("/c") }, "FAIL signature: not tried with path+expires+parameters")
	f("/a", nil, "FAIL token: is absent", "FAIL verdict: refused: signer: no token")
	f(basic+"&limit=0", nil, "FAIL limit: is not 1 to 10 digits")
	f(basic+"&limit=1&limit=1", nil, "FAIL limit: is repeated")
	f(dir, nil,
		"ok   token: HMAC-SHA-256, in the path; the query is ignored",
		"ok   address: the token is bound to one; the client's is 203.0.113.7",
		"ok   limit: 64 kB/s",
		`ok   token_path: "/a" covers "/a/x"`,
		`ok   country: "DE" (an unknown one is refused); allowed "DE", blocked ""`,
		`signs "/a1800003600\xcb\x00q\alimit=64&token_countries=DE&token_path=/a": matches`,
		"ok   verdict: granted by key k1")
	f(strings.Replace(dir, "/a/x", "/ab/x", 1), nil, `FAIL token_path: "/a" does not cover "/ab/x"`, "FAIL verdict: refused: signer: path outside")
	f(dir, func(r *Request) { r.Country = nil }, `FAIL country: ""`)
	f(strings.Replace(dir, "token_path=%2Fa", "token_path=a%2F..", 1), nil, `FAIL token_path: "a/.." does not start with a slash`)
	f(strings.Replace(dir, "token_path=%2Fa", "token_path=%2", 1), nil, `FAIL token_path: "%2" is not percent-encoded`)
}

func TestExplainShowsTheTokenThatWasExpected(t *testing.T) {
	v := testVerifier(t)
	url := must(SignBunnyAdvanced(testKey, "/a", BunnyOptions{Expires: expiry}))
	want := mustToken(url, nil)
	r := mustRequest(t, strings.Replace(url, want, want[:10]+flip(want[10:11])+want[11:], 1))
	findings := v.Explain(&r)
	for _, f := range findings {
		if f.Part == "signature" && f.KeyID == "k2" {
			if f.OK || f.Expected != want || f.DiffAt != 10 || f.Got == want || f.Signed != "/a1800003600" {
				t.Errorf("%+v", f)
			}
			if strings.Contains(f.String(), want) {
				t.Error("the printed line holds a valid token")
			}
			return
		}
	}
	t.Errorf("no finding for key k2 in %v", findings)
}
