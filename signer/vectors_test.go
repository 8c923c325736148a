package signer

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// Sources of the vectors.
const (
	bunnyGo  = "BunnyWay/BunnyCDN.TokenAuthentication 48ff1af go/token_test.go"
	bunnyE2E = "BunnyWay/BunnyCDN.TokenAuthentication 48ff1af e2e/vectors.json"
	openssl  = "printf '%s' 'KEY/PATHEXPIRES' | openssl dgst -sha256 -binary | basenc --base64url | tr -d ="
)

// Each published URL must verify, and where we make that form, be made byte for byte.
func TestPublishedBunnyVectorsVerifyAndAreMade(t *testing.T) {
	const (
		host = "https://token-tester.b-cdn.net"
		long = "2001:0db8:85a3:0000:0000:8a2e:0370:7334"
	)
	uuid := Key{ID: "bunny", Secret: []byte("229248f0-f007-4bf9-ba1f-bbf1b4ad9d40")}
	short := Key{ID: "bunny", Secret: []byte("SecurityKey")}
	for _, c := range []struct {
		source  string
		key     Key
		in, out string // URL to sign and what must come out, behind host
		o       BunnyOptions
		ip      string
		country string
		basic   bool
	}{
		{openssl, uuid, "/300kb.jpg", "/300kb.jpg?token=NHMhsS2988XmytisrLaNRUBEYa0IJSFilIe5Ce0Rx6E&expires=1598024587", BunnyOptions{}, "", "", true},
		{openssl, uuid, "/300kb.jpg", "/300kb.jpg?token=M3wCWIElhFkH_K6t3apwja31GgU-WhicXf71l_phzss&expires=1598024587", BunnyOptions{}, "1.2.3.4", "", true},

		{bunnyE2E + " plain", short, "/300kb.jpg", "/300kb.jpg?token=HS256-o10JRWlsAItyAsdKS6jJKjabHN4FrFsplDHPV1idcX4&expires=1598024587", BunnyOptions{}, "", "", false},
		{bunnyE2E + " countries_only", short, "/300kb.jpg", "/300kb.jpg?token=HS256-i5s3Uv7mnrFfN5nznwU2BxhILpnipYeE18TapV0WNFM&token_countries=CA%2CUS&expires=1598024587", BunnyOptions{Countries: []string{"CA", "US"}}, "", "CA", false},
		{bunnyE2E + " blocked_only", short, "/300kb.jpg", "/300kb.jpg?token=HS256-JS8dSuBSjSH-W2-xhdkCPC36-2rlxfDCQJjlNMPqKZQ&token_countries_blocked=RU%2CCN&expires=1598024587", BunnyOptions{CountriesBlocked: []string{"RU", "CN"}}, "", "US", false},
		{bunnyE2E + " path_only", short, "/abc/300kb.jpg", "/abc/300kb.jpg?token=HS256-uVZvT3SbEoVKYJyDJgbcsDmSFf73cv-uNUVaJiKWpbQ&token_path=%2Fabc&expires=1598024587", BunnyOptions{TokenPath: "/abc"}, "", "", false},
		{bunnyE2E + " ignore_params", short, "/300kb.jpg", "/300kb.jpg?token=HS256-1lwWBD_c1IAGSj1UKPoxreu8ePDQ-Z9FoWLcRn_RRH0&token_ignore_params=true&expires=1598024587", BunnyOptions{IgnoreParams: true}, "", "", false},
		{bunnyE2E + " limit_only", short, "/300kb.jpg", "/300kb.jpg?token=HS256-DAVapqNNED3Z7JkjRTYX0UOIHNtbHEuuhRNEc4A7mMQ&limit=1000&expires=1598024587", BunnyOptions{LimitKBps: 1000}, "", "", false},
		{bunnyE2E + " ip_v4_only", short, "/300kb.jpg", "/300kb.jpg?token=HS256-1-L2rISTLcujMY9UFf2tbZ41d5i-Bme1g1oTK_Z2QMLJk&expires=1598024587", BunnyOptions{}, "1.2.3.4", "", false},
		{bunnyE2E + " ip_v6_only", short, "/300kb.jpg", "/300kb.jpg?token=HS256-1-Z1BaGdhTZdU4iANcyKpurFR2VgCNdqC6hlBv5x_TyaI&expires=1598024587", BunnyOptions{}, long, "", false},
		{bunnyE2E + " ip_v4_countries", short, "/abc/", "/bcdn_token=HS256-1-4lIDGI2_t3wiTmopXzB7z71wtZKTe1Ic0lDlL72iAJw&token_countries=CA%2CUS&expires=1598024587/abc/", BunnyOptions{Directory: true, Countries: []string{"CA", "US"}}, "1.2.3.4", "US", false},
		{bunnyE2E + " ip_v6_countries", short, "/abc/", "/bcdn_token=HS256-1-LGpoP8i1bV4P1kN4NrO_iYxLJuLAD2R3Clstsy9kWAc&token_countries=CA%2CUS&expires=1598024587/abc/", BunnyOptions{Directory: true, Countries: []string{"CA", "US"}}, long, "us", false},
		{bunnyE2E + " ip_v4_limit", short, "/abc/", "/bcdn_token=HS256-1-X01Z6A9xAo1_ds1XFf9y8gAIzk_JpmoevOx7EtgMQhY&limit=5000&expires=1598024587/abc/", BunnyOptions{Directory: true, LimitKBps: 5000}, "1.2.3.4", "", false},
		{bunnyE2E + " ip_v4_path", short, "/abc/300kb.jpg", "/abc/300kb.jpg?token=HS256-1-wag9tC0r1QWfg-2eMj5QcdzgPLCIdQb-D0WVU1Mhg2w&token_path=%2Fabc&expires=1598024587", BunnyOptions{TokenPath: "/abc"}, "1.2.3.4", "", false},
		{bunnyE2E + " ip_v4_ignore", short, "/300kb.jpg", "/300kb.jpg?token=HS256-1-rWalmQRJ-A_qrb08-JoeU3b-gOS5mJiJjPOfDWa0gsQ&token_ignore_params=true&expires=1598024587", BunnyOptions{IgnoreParams: true}, "1.2.3.4", "", false},
		{bunnyE2E + " ip_v4_blocked", short, "/300kb.jpg", "/300kb.jpg?token=HS256-1-myF6Rnz7Z9VAfAjjkyUHJQ_6gr-AJ7VyPsG5rQdQKm8&token_countries_blocked=RU%2CCN&expires=1598024587", BunnyOptions{CountriesBlocked: []string{"RU", "CN"}}, "::ffff:1.2.3.4", "US", false},
		{bunnyE2E + " ip_v6_blocked", short, "/300kb.jpg", "/300kb.jpg?token=HS256-1-XGkCf_JKNfOrpWAM_CIYjZBbVHbB4U1mxHg8pXJtBNc&token_countries_blocked=RU%2CCN&expires=1598024587", BunnyOptions{CountriesBlocked: []string{"RU", "CN"}}, "2001:db8:85a3::1", "US", false},

		{bunnyGo + " TestWithCountriesAllowed", short, "/300kb.jpg", "/300kb.jpg?token=HS256-JWU7jhpnBGI-O54AYDAtrlZT86Ied4RTO2-Y8mUj60A&token_countries=CA&token_path=%2F&expires=1598024587", BunnyOptions{TokenPath: "/", Countries: []string{"ca"}}, "", "CA", false},
		{bunnyGo + " TestWithCountriesBlocked", short, "/300kb.jpg", "/300kb.jpg?token=HS256-zKGmNRBaHRmB4THCwmIQK5U21wH-S9KaJ6Ht7Kq9Zlw&token_countries_blocked=CA&expires=1598024587", BunnyOptions{CountriesBlocked: []string{"CA"}}, "", "US", false},
		{bunnyGo + " TestDirectoryAllowed", short, "/abc/", "/bcdn_token=HS256-bTMv4RVOkjx2UXLfVDl-JIygaxfSIQP8UCnCy7CILuY&expires=1598024587/abc/", BunnyOptions{Directory: true}, "", "", false},
		{bunnyGo + " TestDirectoryAndPathAllowed", short, "/abc/", "/bcdn_token=HS256-uVZvT3SbEoVKYJyDJgbcsDmSFf73cv-uNUVaJiKWpbQ&token_path=%2Fabc&expires=1598024587/abc/", BunnyOptions{Directory: true, TokenPath: "/abc"}, "", "", false},
		{bunnyGo + " TestWithExistingQueryParams", short, "/300kb.jpg?v=123", "/300kb.jpg?token=HS256-q6oRQr-5ccQ-piO1HSEQu1DVMy9UMppRxGlIQwoeM5Y&v=123&expires=1598024587", BunnyOptions{}, "", "", false},
		// Bunny drops v=123 here; we keep it, behind the token.
		{bunnyGo + " TestWithIgnoreParams", short, "/300kb.jpg?v=123", "/300kb.jpg?token=HS256-1lwWBD_c1IAGSj1UKPoxreu8ePDQ-Z9FoWLcRn_RRH0&token_ignore_params=true&expires=1598024587&v=123", BunnyOptions{IgnoreParams: true}, "", "", false},
	} {
		c.o.Expires = 1598024587
		var ip netip.Addr
		if c.ip != "" {
			ip = netip.MustParseAddr(c.ip)
			c.o.IP = ip
		}
		sign := SignBunnyAdvanced
		if c.basic {
			sign = SignBunny
		}
		if got, err := sign(c.key, host+c.in, c.o); err != nil || got != host+c.out {
			t.Errorf("%s: sign %s\n got %s %v\nwant %s", c.source, c.in, got, err, host+c.out)
		}

		v := &Verifier{ring: newRing([]Key{c.key})} // some published keys are under MinSecret
		r := mustRequest(t, c.out)
		r.Now, r.ClientIP, r.Country = 1598024587, ip, []byte(c.country)
		grant, err := v.Verify(&r)
		want := Grant{KeyID: "bunny", Expires: 1598024587, LimitKBps: c.o.LimitKBps, Directory: c.o.Directory || c.o.TokenPath != ""}
		if err != nil || grant != want {
			t.Errorf("%s: verify %s: %+v %v, want %+v", c.source, c.out, grant, err, want)
		}
	}
}

// The plain SHA-256 form with parameters has no signer here, but Bunny's older
// SDKs made it. Vectors by openssl over the texts in the comments.
func TestSHA256FormWithParametersVerifies(t *testing.T) {
	v := &Verifier{ring: newRing([]Key{{ID: "bunny", Secret: []byte("229248f0-f007-4bf9-ba1f-bbf1b4ad9d40")}})}
	g := func(url string, want error) {
		t.Helper()
		r := mustRequest(t, url)
		r.Now, r.ClientIP, r.Country = 1598024587, netip.MustParseAddr("1.2.3.4"), []byte("CA")
		if _, err := v.Verify(&r); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v\n%s", url, err, want, explain(v, &r))
		}
	}
	f := func(url string) { t.Helper(); g(url, nil) }
	// KEY /abc 1598024587 token_path=/abc
	f("/abc/300kb.jpg?token=IOw_e6cTnvbaKKMtbedDljLl_qztI6l9OZmnoMIDE3A&token_path=%2Fabc&expires=1598024587")
	// KEY /abc 1598024587 1.2.3.4 token_path=/abc
	f("/bcdn_token=5WzDTUI7bJA_Iqh0KjJOHUAnFDY1an0jMsmsNj7VBEo&expires=1598024587&token_path=%2Fabc/abc/300kb.jpg?ignored=1")
	// KEY /300kb.jpg 1598024587 a=x y&b=2, that is with ordinary parameters signed
	f("/300kb.jpg?b=2&token=8SRot7nTfNdVDRk4X3oWHz5QCBBHzto13NDnjtO-tNY&expires=1598024587&a=x%20y")
	// KEY /300kb.jpg 1598024587, with parameters that are not signed
	f("/300kb.jpg?b=2&token=NHMhsS2988XmytisrLaNRUBEYa0IJSFilIe5Ce0Rx6E&expires=1598024587&a=x%20y&a=%zz")
	// In the path every parameter of the segment counts.
	f("/bcdn_token=NHMhsS2988XmytisrLaNRUBEYa0IJSFilIe5Ce0Rx6E&expires=1598024587/300kb.jpg?a=1")
	g("/bcdn_token=NHMhsS2988XmytisrLaNRUBEYa0IJSFilIe5Ce0Rx6E&expires=1598024587&a=1/300kb.jpg", ErrMismatch)
}

// One vector per way to fail.
func TestEachFailureHasItsErrorAndReason(t *testing.T) {
	v := testVerifier(t)
	basic := must(SignBunny(testKey, "/a/track1.mp3", BunnyOptions{Expires: expiry}))
	adv := func(url string, o BunnyOptions) string {
		o.Expires = expiry
		return must(SignBunnyAdvanced(testKey, url, o))
	}
	dir := adv("/a/x.m4s", BunnyOptions{TokenPath: "/a", Directory: true})
	f := func(url string, edit func(*Request), want error, reason string) {
		t.Helper()
		r := mustRequest(t, url)
		if edit != nil {
			edit(&r)
		}
		grant, err := v.Verify(&r)
		if !errors.Is(err, want) || Reason(err) != reason || err != nil && grant != (Grant{}) {
			t.Errorf("%s: %+v %v (%s), want %v (%s)", url, grant, err, Reason(err), want, reason)
		}
	}
	f(basic, nil, nil, "ok")
	f("/a/track1.mp3?x=1", nil, ErrMissing, "missing")
	f("/a/track1.mp3?expires=1800003600", nil, ErrMissing, "missing")
	f(basic+"&token=x", nil, ErrMalformed, "malformed")
	f(basic, func(r *Request) { r.Now = expiry + 1 }, ErrExpired, "expired")
	f(basic, func(r *Request) { r.Now = expiry }, nil, "ok")
	f(strings.Replace(basic, "track1", "track2", 1), nil, ErrMismatch, "mismatch")
	f(strings.Replace(dir, "/a/x.m4s", "/ab/x.m4s", 1), nil, ErrPath, "path")
	for _, path := range []string{"/a/../b", "/a//b", "/a/./b", `/a/\b`, "/a/\n", "/a/\xff", "/a/.."} {
		f(dir, func(r *Request) { r.Path = []byte(path) }, ErrPath, "path")
	}
	f(adv("/a", BunnyOptions{IP: v4}), nil, ErrIP, "ip")
	f(adv("/a", BunnyOptions{IP: v4}), func(r *Request) { r.ClientIP = v6 }, ErrMismatch, "mismatch")
	allow, block := BunnyOptions{Countries: []string{"DE"}}, BunnyOptions{CountriesBlocked: []string{"DE"}}
	for _, unknown := range []string{"", "XX", "xx", "T1", "DEU", "D"} {
		f(adv("/a", allow), func(r *Request) { r.Country = []byte(unknown) }, ErrCountry, "country")
		f(adv("/a", block), func(r *Request) { r.Country = []byte(unknown) }, ErrCountry, "country")
	}
	f(adv("/a", allow), func(r *Request) { r.Country = []byte("FR") }, ErrCountry, "country")
	f(adv("/a", block), func(r *Request) { r.Country = []byte("FR") }, nil, "ok")
	f(adv("/a", allow), func(r *Request) { r.Country = []byte("de") }, nil, "ok")
	f(adv("/a", block), func(r *Request) { r.Country = []byte("dE") }, ErrCountry, "country")
	if Reason(ErrNotYet) != "not_yet" || Reason(errors.New("x")) != "other" {
		t.Error("reasons outside the set")
	}
}
