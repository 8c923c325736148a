package signer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
)

func pemOf(t testing.TB, key any) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))})
}

func ecKey(t testing.TB) []byte {
	t.Helper()
	return pemOf(t, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))
}

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

// The key and signatures that Amazon's developer guide printed until 2012, kept
// by boto/boto tests/unit/cloudfront/test_signed_urls.py (1258237200) and
// maxnachlinger/cloudfront-private-url-creator tests/cannedPolicy.js and
// customPolicy.js (1325376000). It has 1024 bits, so it does not pass
// ParseCloudFrontKey.
func TestPublishedCloudFrontVectors(t *testing.T) {
	private := must(parsePrivate(must(os.ReadFile("testdata/aws-docs-example.pem"))))
	key := &CloudFrontKey{"PK12345EXAMPLE", func() crypto.Signer { return private }}
	f := func(url string, o CloudFrontOptions, want string) {
		t.Helper()
		if got, err := SignCloudFront(key, url, o); got != want || err != nil {
			t.Errorf("got %s %v\nwant %s", got, err, want)
		}
		if err := VerifyCloudFront(key, want, netip.MustParseAddr("145.168.143.9"), o.Expires-1); err != nil {
			t.Errorf("%s: %v", want, err)
		}
	}
	const horizon = "http://d604721fxaaqy9.cloudfront.net/horizon.jpg?large=yes&license=yes"
	f(horizon, CloudFrontOptions{Expires: 1258237200},
		horizon+"&Expires=1258237200&Signature=Nql641NHEUkUaXQHZINK1FZ~SYeUSoBJMxjdgqrzIdzV2gyEXPDNv0pYdWJkflDKJ3xIu7lbwRpSkG98NBlgPi4ZJpRRnVX4kXAJK6tdNx6FucDB7OVqzcxkxHsGFd8VCG1BkC-Afh9~lOCMIYHIaiOB6~5jt9w2EOwi6sIIqrg_&Key-Pair-Id=PK12345EXAMPLE")
	f(horizon, CloudFrontOptions{Expires: 1325376000},
		horizon+"&Expires=1325376000&Signature=hO7oLKtCJQzsopeEB3nldOp2PvcVOoa9hdIhxP0y1tNUTEKVV3YhCFG-VCGZXDPbSQJnSoztS7j1w5s6GNorvgP4zG3P0WL9c5xBw0WwB8YHnmcvh8PYJ8nNm-CuHkCbuSkOCM2j87bglM1b1mb6XD6Jh4Ot9jb87NR9D1FSB6k_&Key-Pair-Id=PK12345EXAMPLE")
	f("http://d604721fxaaqy9.cloudfront.net/training/orientation.avi", CloudFrontOptions{Expires: 1325376000, IPRange: netip.MustParsePrefix("145.168.143.0/24")},
		"http://d604721fxaaqy9.cloudfront.net/training/orientation.avi?Policy=eyJTdGF0ZW1lbnQiOlt7IlJlc291cmNlIjoiaHR0cDovL2Q2MDQ3MjFmeGFhcXk5LmNsb3VkZnJvbnQubmV0L3RyYWluaW5nL29yaWVudGF0aW9uLmF2aSIsIkNvbmRpdGlvbiI6eyJEYXRlTGVzc1RoYW4iOnsiQVdTOkVwb2NoVGltZSI6MTMyNTM3NjAwMH0sIklwQWRkcmVzcyI6eyJBV1M6U291cmNlSXAiOiIxNDUuMTY4LjE0My4wLzI0In19fV19&Signature=vyilVAeUjgvmmYIQGv8pWWgeGr55RzYh-gv8GiwFuBiHhnYftLSFy11i71RNbBmhcMddFE0Jq5KSnQtCgBwydeHYvMPcqak9cO8ScFnAkGi5y3wf3RcJkBNsvKqMlrVsRkts1rB82ScsaMTYbRQEUY3AB2K0SkuXCZ~6gvCQI98_&Key-Pair-Id=PK12345EXAMPLE")

	// Custom policies that Amazon laid out over many lines.
	const policy1 = "eyAKICAgIlN0YXRlbWVudCI6IFt7IAogICAgICAiUmVzb3VyY2UiOiJodHRwOi8vZDYwNDcyMWZ4YWFxeTkuY2xvdWRmcm9udC5uZXQvdHJhaW5pbmcvKiIsIAogICAgICAiQ29uZGl0aW9uIjp7IAogICAgICAgICAiSXBBZGRyZXNzIjp7IkFXUzpTb3VyY2VJcCI6IjE0NS4xNjguMTQzLjAvMjQifSwgCiAgICAgICAgICJEYXRlTGVzc1RoYW4iOnsiQVdTOkVwb2NoVGltZSI6MTI1ODIzNzIwMH0gICAgICAKICAgICAgfSAKICAgfV0gCn0K"
	const sig1 = "cPFtRKvUfYNYmxek6ZNs6vgKEZP6G3Cb4cyVt~FjqbHOnMdxdT7eT6pYmhHYzuDsFH4Jpsctke2Ux6PCXcKxUcTIm8SO4b29~1QvhMl-CIojki3Hd3~Unxjw7Cpo1qRjtvrimW0DPZBZYHFZtiZXsaPt87yBP9GWnTQoaVysMxQ_"
	const policy2 = "eyAKICAgIlN0YXRlbWVudCI6IFt7IAogICAgICAiUmVzb3VyY2UiOiJodHRwOi8vKiIsIAogICAgICAiQ29uZGl0aW9uIjp7IAogICAgICAgICAiSXBBZGRyZXNzIjp7IkFXUzpTb3VyY2VJcCI6IjIxNi45OC4zNS4xLzMyIn0sCiAgICAgICAgICJEYXRlR3JlYXRlclRoYW4iOnsiQVdTOkVwb2NoVGltZSI6MTI0MTA3Mzc5MH0sCiAgICAgICAgICJEYXRlTGVzc1RoYW4iOnsiQVdTOkVwb2NoVGltZSI6MTI1NTY3NDcxNn0KICAgICAgfSAKICAgfV0gCn0K"
	const sig2 = "rc~5Qbbm8EJXjUTQ6Cn0LAxR72g1DOPrTmdtfbWVVgQNw0q~KHUAmBa2Zv1Wjj8dDET4XSL~Myh44CLQdu4dOH~N9huH7QfPSR~O4tIOS1WWcP~2JmtVPoQyLlEc8YHRCuN3nVNZJ0m4EZcXXNAS-0x6Zco2SYx~hywTRxWR~5Q_"
	v := func(url, policy, sig, ip string, now int64, want error) {
		t.Helper()
		url += "?Policy=" + policy + "&Signature=" + sig + "&Key-Pair-Id=PK12345EXAMPLE"
		if err := VerifyCloudFront(key, url, netip.MustParseAddr(ip), now); !errors.Is(err, want) {
			t.Errorf("%s at %d: %v, want %v", ip, now, err, want)
		}
	}
	const training = "http://d604721fxaaqy9.cloudfront.net/training/"
	v(training+"a.avi", policy1, sig1, "145.168.143.1", 1258237199, nil)
	v(training+"a.avi", policy1, sig1, "145.168.144.1", 1258237199, ErrIP)
	v(training+"a.avi", policy1, sig1, "2001:db8::1", 1258237199, ErrIP)
	v(training+"a.avi", policy1, sig1, "145.168.143.1", 1258237200, ErrExpired)
	v("http://d604721fxaaqy9.cloudfront.net/other", policy1, sig1, "145.168.143.1", 1, ErrPath)
	v("http://any/path", policy2, sig2, "216.98.35.1", 1241073790, nil)
	v("http://any/path", policy2, sig2, "216.98.35.1", 1241073789, ErrNotYet)
	v("https://any/path", policy2, sig2, "216.98.35.1", 1241073790, ErrPath)
	v("http://any/path", policy2, sig1, "216.98.35.1", 1241073790, ErrMismatch)
	v("http://any/path", policy2, sig2+"_", "216.98.35.1", 1241073790, ErrMalformed)
	v("http://any/path", policy2+"&Policy="+policy2, sig2, "216.98.35.1", 1241073790, ErrMalformed)
	v("http://any/path", policy2+"&Expires=1255674716", sig2, "216.98.35.1", 1241073790, ErrMalformed)
	v("http://any/path", policy2, sig2+"&Hash-Algorithm=SHA256", "216.98.35.1", 1241073790, ErrMismatch)
	v("http://any/path", policy2, sig2+"&Hash-Algorithm=MD5", "216.98.35.1", 1241073790, ErrMalformed)
	v("http://any/path", policy2, "", "216.98.35.1", 1241073790, ErrMissing)
}

func TestCloudFrontRoundTripsInEveryForm(t *testing.T) {
	keys := []*CloudFrontKey{
		must(ParseCloudFrontKey("KRSA", pemOf(t, rsaKey()))),
		must(ParseCloudFrontKey("KEC", ecKey(t))),
	}
	url := "https://cdn.example/a b/é.mp3?x=1&y=2"
	for _, key := range keys {
		for _, o := range []CloudFrontOptions{
			{},
			{SHA256: true},
			{Starts: now - 5},
			{IPRange: netip.MustParsePrefix("203.0.113.9/24")},
			{Resource: "https://cdn.example/*", SHA256: true},
			{Resource: "*", Starts: now, IPRange: netip.MustParsePrefix("0.0.0.0/0")},
		} {
			o.Expires = expiry
			signed := must(SignCloudFront(key, url, o))
			if !strings.HasPrefix(signed, "https://cdn.example/a%20b/%C3%A9.mp3?x=1&y=2&") {
				t.Errorf("spelling: %s", signed)
			}
			if custom := strings.Contains(signed, "&Policy="); custom == strings.Contains(signed, "&Expires=") ||
				custom != (o.Starts != 0 || o.Resource != "" || o.IPRange.IsValid()) || strings.Contains(signed, "&Hash-Algorithm=SHA256") != o.SHA256 {
				t.Errorf("%+v: wrong parameters in %s", o, signed)
			}
			if err := VerifyCloudFront(key, signed, v4, now); err != nil {
				t.Errorf("%s: %v", signed, err)
			}
			for _, bad := range []string{
				strings.Replace(signed, "x=1", "x=2", 1),
				strings.Replace(signed, "https://cdn.example", "https://cdn.example2", 1),
			} {
				if err := VerifyCloudFront(key, bad, v4, now); err == nil && o.Resource != "*" && !strings.Contains(bad, "x=2") {
					t.Errorf("%s: granted", bad)
				} else if err == nil && o.Resource == "" {
					t.Errorf("%s: granted", bad)
				}
			}
			if err := VerifyCloudFront(key, signed, v4, expiry); !errors.Is(err, ErrExpired) {
				t.Errorf("at its expiry: %v", err)
			}
			later := strings.Replace(signed, "Expires=1800003600", "Expires=1800003601", 1)
			if err := VerifyCloudFront(key, later, v4, now); later != signed && !errors.Is(err, ErrMismatch) {
				t.Errorf("%s: %v", later, err)
			}
			if err := VerifyCloudFront(&CloudFrontKey{"KOTHER", key.private}, signed, v4, now); !errors.Is(err, ErrMismatch) {
				t.Errorf("verified under another id: %v", err)
			}
			for _, other := range keys {
				if err := VerifyCloudFront(other, signed, v4, now); other != key && !errors.Is(err, ErrMismatch) {
					t.Errorf("verified by another key: %v", err)
				}
			}

			// The cookies hold what the query would.
			cookies := must(CloudFrontCookies(key, url, o))
			asQuery := "https://cdn.example/a%20b/%C3%A9.mp3?x=1&y=2"
			for _, c := range cookies {
				asQuery += "&" + strings.TrimPrefix(c.Name, "CloudFront-") + "=" + c.Value
			}
			if err := VerifyCloudFront(key, asQuery, v4, now); err != nil {
				t.Errorf("cookies %v: %v", cookies, err)
			}
		}
		cookies := must(CloudFrontCookies(key, "https://cdn.example/tracks/7/*", CloudFrontOptions{Expires: expiry}))
		if cookies[0].Name != "CloudFront-Policy" {
			t.Errorf("a wildcard needs a custom policy: %v", cookies)
		}
	}
}

func TestCloudFrontRefusesWhatItCannotSign(t *testing.T) {
	key := must(ParseCloudFrontKey("K1", ecKey(t)))
	f := func(url string, o CloudFrontOptions, want string) {
		t.Helper()
		if o.Expires == 0 {
			o.Expires = expiry
		}
		got, err := SignCloudFront(key, url, o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s %v, want %q", url, got, err, want)
		}
	}
	f("/a", CloudFrontOptions{}, "whole URL")
	f("https://h/a/../b", CloudFrontOptions{}, "dot segment")
	f("https://h/a?Expires=1", CloudFrontOptions{}, "CloudFront's own")
	f("https://h/a?x=1&Key-Pair-Id=1", CloudFrontOptions{}, "CloudFront's own")
	f("https://h/a", CloudFrontOptions{Expires: -5}, "ten digits")
	f("https://h/a", CloudFrontOptions{Starts: expiry}, "not before")
	f("https://h/a", CloudFrontOptions{Resource: "https://h/b*"}, "does not match")
	f("https://h/a", CloudFrontOptions{Resource: "h*"}, "want http")
	f("https://h/a", CloudFrontOptions{Resource: `*"`}, "does not match")
	f("https://h/a", CloudFrontOptions{IPRange: netip.MustParsePrefix("2001:db8::/32")}, "IPv4 only")
	f("https://h/a", CloudFrontOptions{Resource: "https://h/?\xff*"}, "does not match")
	if _, err := CloudFrontCookies(key, "/a", CloudFrontOptions{Expires: expiry}); err == nil {
		t.Error("cookies for a bare path")
	}
	if _, err := CloudFrontCookies(key, "https://h/a", CloudFrontOptions{}); err == nil {
		t.Error("cookies without an expiry")
	}
}

func TestOddPoliciesAreRefused(t *testing.T) {
	key := must(ParseCloudFrontKey("K1", ecKey(t)))
	f := func(query string) {
		t.Helper()
		if err := VerifyCloudFront(key, "https://h/a?"+query+"&Signature=AAAA&Key-Pair-Id=K1", v4, now); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", query, err)
		}
	}
	f("x=1")
	f("Expires=01800003600")
	f("Expires=1800003600&x=*")
	f("Policy=A+A=")
	f("Policy=____")
	for _, policy := range []string{
		``, `[]`, `{"Statement":[]}`, `{"Statement":[{},{}]}`,
		`{"Statement":[{"Condition":{"DateLessThan":{"AWS:EpochTime":1800003600}}}]}`,
		`{"Statement":[{"Resource":"*","Condition":{}}]}`,
		`{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":"1800003600"}}}]}`,
		`{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800003600},"UserAgent":{}}}]}`,
		`{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800003600},"IpAddress":{"AWS:SourceIp":"2001:db8::1/64"}}}]}`,
		`{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800003600},"IpAddress":{"AWS:SourceIp":""}}}]}`,
		`{"Statement":[{"Resource":"*","Condition":{"DateLessThan":{"AWS:EpochTime":1800003600}}}]}{}`,
	} {
		f("Policy=" + cfEncode([]byte(policy)))
	}
}

func TestPrivateKeysAreReadStrictly(t *testing.T) {
	ec := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	good := map[string][]byte{
		"PKCS #1": pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey())}),
		"PKCS #8": pemOf(t, rsaKey()),
		"SEC 1":   pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: must(x509.MarshalECPrivateKey(ec))}),
	}
	for name, text := range good {
		if _, err := ParseCloudFrontKey("K1", text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := func(id string, text []byte, want string) {
		t.Helper()
		if _, err := ParseCloudFrontKey(id, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f("", good["SEC 1"], "key pair id")
	f("K1", nil, "no PEM block")
	f("K1", bytes.Replace(good["SEC 1"], []byte("EC PRIVATE"), []byte("EC PUBLIC"), 2), "want an unencrypted private key")
	f("K1", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), "parse PRIVATE KEY")
	f("K1", must(os.ReadFile("testdata/aws-docs-example.pem")), "RSA of 1024 bits")
	f("K1", pemOf(t, must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))), "curve P-384")
}

func TestWildcardsMatchAsCloudFrontDocuments(t *testing.T) {
	f := func(pattern, s string, want bool) {
		t.Helper()
		if matchWildcard(pattern, s) != want {
			t.Errorf("%q %q: %v", pattern, s, !want)
		}
	}
	f("*", "", true)
	f("", "", true)
	f("", "a", false)
	f("?", "", false)
	f("a?c", "abc", true)
	f("a?c", "ac", false)
	f("http://h/*game_download.zip*", "http://h/game_download.zip", true)
	f("http://h/*game_download.zip*", "http://h/x_game_download.zip?license=yes", true)
	f("http://h/*a", "http://h/aab", false)
	f("*ab*ab", "abab", true)
	f("*ab*ab", "ab", false)
	f(strings.Repeat("*a", 50)+"b", strings.Repeat("a", 5000), false)
}
