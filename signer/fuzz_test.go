package signer

import (
	"net/netip"
	"strings"
	"testing"
)

// FuzzVerify starts from good tokens and never holds their key: whatever is
// granted must be what was signed.
func FuzzVerify(f *testing.F) {
	v := testVerifier(f)
	seed := func(r Request, ip string) {
		f.Add(r.Path, r.PathToken, r.Query, ip, r.Country, r.Now)
	}
	signed := map[string]string{} // token to path
	for _, o := range []BunnyOptions{{}, {IP: v4}, {LimitKBps: 5}, {Countries: []string{"DE"}}, {TokenPath: "/dir/"}, {TokenPath: "/dir/", Directory: true}, {Directory: true}, {IgnoreParams: true}} {
		o.Expires = expiry
		url := must(SignBunnyAdvanced(testKey, "/dir/a b.mp3", o))
		r := mustRequest(f, url)
		r.Country = []byte("DE")
		seed(r, "203.0.113.7")
		signed[mustToken(url, nil)] = o.TokenPath
	}
	basic := must(SignBunny(oldKey, "/dir/a b.mp3", BunnyOptions{Expires: expiry}))
	signed[mustToken(basic, nil)] = ""
	seed(mustRequest(f, basic), "")
	for _, s := range []string{"token", "token=&expires", "=&=&&", "token=%74&expires=1&limit=1&token_path=%2F", strings.Repeat("a=1&", 100)} {
		seed(Request{Path: []byte("/"), Query: []byte(s)}, "::1")
	}
	f.Fuzz(func(t *testing.T, path, pathToken, query []byte, ip string, country []byte, at int64) {
		addr, _ := netip.ParseAddr(ip)
		r := Request{path, pathToken, query, addr, country, at}
		grant, err := v.Verify(&r)
		findings := v.Explain(&r)
		if last := findings[len(findings)-1]; last.Part != "verdict" || last.OK != (err == nil) {
			t.Errorf("Verify says %v, Explain %v", err, last)
		}
		for _, f := range findings {
			noSecret(t, f.String())
		}
		if err != nil {
			if Reason(err) == "other" || grant != (Grant{}) {
				t.Errorf("%+v %v", grant, err)
			}
			return
		}
		tok := mustToken(string(query), nil)
		if len(pathToken) > 0 {
			tok = mustToken(string(pathToken), nil)
		}
		for text := query; len(pathToken) == 0 && len(text) > 0; { // bcdn_token=x may stand in front
			var name, value []byte
			if name, value, text = cutParam(text); string(name) == "token" {
				tok = string(value)
			}
		}
		scope, known := signed[tok]
		if !known || grant.Expires != expiry || at > expiry ||
			scope == "" && string(path) != "/dir/a b.mp3" || !strings.HasPrefix(string(path), scope) {
			t.Errorf("granted %+v for %q %q %q", grant, path, pathToken, query)
		}
	})
}

// FuzzSignVerify holds that what can be signed verifies, for the very path that
// was given.
func FuzzSignVerify(f *testing.F) {
	v := testVerifier(f)
	f.Add("/a b", "v=1", int64(expiry), "203.0.113.7", "", int64(5), uint8(0))
	f.Add("/a/é'()*", "x=%20&y", int64(expiry), "2001:db8::1", "/a/", int64(0), uint8(3))
	f.Add("/track9", "", int64(expiry), "", "/", int64(0), uint8(2))
	f.Fuzz(func(t *testing.T, path, query string, expires int64, ip, tokenPath string, limit int64, flags uint8) {
		addr, _ := netip.ParseAddr(ip)
		o := BunnyOptions{Expires: expires, IP: addr, TokenPath: tokenPath, LimitKBps: limit, Directory: flags&1 != 0, IgnoreParams: flags&2 != 0}
		raw := encode(path, "/")
		if query != "" {
			raw += "?" + query
		}
		check := func(signed string, err error, o BunnyOptions) {
			if err != nil {
				noSecret(t, err.Error())
				return
			}
			r, ok := requestFor(signed)
			if !ok || string(r.Path) != path {
				t.Fatalf("%q %q: signed as %q, read as %q", path, query, signed, r.Path)
			}
			r.ClientIP, r.Now = addr, expires
			grant, err := v.Verify(&r)
			if want := (Grant{"k2", expires, o.LimitKBps, o.Directory || o.TokenPath != ""}); err != nil || grant != want {
				t.Fatalf("%q: %+v %v, want %+v", signed, grant, err, want)
			}
		}
		signed, err := SignBunnyAdvanced(testKey, raw, o)
		check(signed, err, o)
		o = BunnyOptions{Expires: expires, IP: addr}
		signed, err = SignBunny(testKey, raw, o)
		check(signed, err, o)
		if signed, err := SignCloudflare(testKey, raw, expires); err == nil {
			if err := VerifyCloudflare(must(NewRing(testKey)), signed, 1e9, expires); err != nil {
				t.Fatalf("%q: %v", signed, err)
			}
		}
	})
}

func FuzzParseRing(f *testing.F) {
	for _, s := range []string{"", "a:0123456789abcdef", "a:0123456789abcdef,b:0123456789abcdef", "a:b:0123456789abcdef\n", ":,:", "0123456789abcdef", "00000000:,:00000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ring, err := ParseRing(s)
		if err == nil {
			k := ring.Newest()
			if len(k.Secret) < MinSecret || len(k.Secret) > MaxSecret || !strings.HasPrefix(strings.TrimSpace(s), k.ID+":"+string(k.Secret)) {
				t.Errorf("%q gave %q %q", s, k.ID, k.Secret)
			}
			return
		}
		for _, entry := range strings.Split(s, ",") {
			_, secret, ok := strings.Cut(entry, ":")
			if !ok {
				secret = entry
			}
			if len(secret) >= 8 && !named(s, secret) && strings.Contains(err.Error(), secret) && !strings.Contains("signer: key ring is empty: at least one key is needed white space around its secret", secret) {
				t.Errorf("%q: error shows a secret: %v", s, err)
			}
		}
	})
}

// named reports whether the text is part of an id in the ring: ids are no
// secrets, and errors name them.
func named(ring, text string) bool {
	for _, entry := range strings.Split(ring, ",") {
		if id, _, ok := strings.Cut(entry, ":"); ok && strings.Contains(id, text) {
			return true
		}
	}
	return false
}

func FuzzCloudFrontPolicy(f *testing.F) {
	for _, s := range []string{
		`{"Statement":[{"Resource":"https://h/a?x=1&y=2","Condition":{"DateLessThan":{"AWS:EpochTime":1800003600}}}]}`,
		`{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800003600},"DateGreaterThan":{"AWS:EpochTime":1},"IpAddress":{"AWS:SourceIp":"1.2.3.4"}}}]}`,
		`{"Statement":[]}`, `{"Statement":[{},{}]}`, `{"Statement":null}{}`, "[]", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePolicy(text)
		if err != nil {
			return
		}
		if p.resource == "" || p.expires <= 0 {
			t.Errorf("%s: %+v has no limit", text, p)
		}
		again, err := p.text()
		if err != nil {
			return
		}
		p.sources = p.sources.Masked()
		if back, err := parsePolicy([]byte(again)); err != nil || back != p {
			t.Errorf("%s became %s: %+v %v", text, again, back, err)
		}
	})
}
