package signer

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// maxExpires is the largest expiry of the Bunny family. The recipe writes path
// and expiry next to each other, so an eleventh digit could be borrowed from
// the end of the signed path: the token of "/track1" until 1598024587 would
// open "/track" until 11598024587.
const maxExpires = 9999999999

// minExpires is the first expiry of ten digits. A shorter one is long past; it may
// be signed, for tests, but not for a path that ends in a digit, which with it
// would make a token of the shorter path for a time to come.
const minExpires = 1000000000

// b64 is the alphabet of the tokens. Strict: the last letter of a token carries
// unused bits, and only the spelling with zero bits is a token.
var b64 = base64.RawURLEncoding.Strict()

// BunnyOptions say what a token binds. Expires is required.
type BunnyOptions struct {
	Expires          int64      // Unix seconds, at most ten digits
	TokenPath        string     // signs this path and everything below it, instead of the URL's
	Directory        bool       // puts the token into the path, where relative URLs inherit it
	IP               netip.Addr // binds the token to a client: an IPv6 one to its /64 (basic: to the very address)
	Countries        []string   // two-letter codes that may use the token
	CountriesBlocked []string   // two-letter codes that may not
	LimitKBps        int64      // speed limit in kB/s of 1000 bytes, 0 for none
	IgnoreParams     bool       // leaves the query unsigned
}

// SignBunny returns rawURL with a basic token:
//
//	token = base64url(SHA-256(key, path, expires [, ip])) without padding
//
// rawURL is absolute or a path from its first slash. Its path is signed in
// decoded form and written percent-encoded; its query is kept and not signed.
// Bunny itself signs a query: at a Bunny pull zone, sign a URL that has one with
// [SignBunnyAdvanced]. Of the options only Expires and IP apply; any other is an
// error, as are a path that is not canonical and a query that already uses a
// parameter of the scheme. A short secret is accepted, an empty one is not.
//
// This is Bunny's SHA-256 form without parameters
// (https://docs.bunny.net/cdn/security/token-authentication/advanced); the MD5
// tokens that Bunny's own pages call basic are not made.
func SignBunny(key Key, rawURL string, o BunnyOptions) (string, error) {
	t, err := bunnyTarget(key, rawURL, o.Expires)
	if err != nil {
		return "", err
	}
	if o.TokenPath != "" || o.Directory || len(o.Countries) > 0 || len(o.CountriesBlocked) > 0 || o.LimitKBps != 0 || o.IgnoreParams {
		return "", errors.New("signer: a basic token takes Expires and IP only: use SignBunnyAdvanced")
	}
	if err := ambiguousPath(t.path); err != nil {
		return "", err
	}
	if _, err := splitQuery(t.query); err != nil {
		return "", err
	}
	expires := strconv.FormatInt(o.Expires, 10)
	msg := append([]byte(nil), key.Secret...)
	msg = append(msg, t.path...)
	msg = append(msg, expires...)
	if o.IP.IsValid() {
		msg = appendIPText(msg, o.IP)
	}
	sum := sha256.Sum256(msg)

	query := "token=" + b64.EncodeToString(sum[:]) + "&expires=" + expires
	if t.query != "" {
		query = t.query + "&" + query
	}
	return t.base + encodePath(t.path) + "?" + query, nil
}

func bunnyTarget(key Key, rawURL string, expires int64) (target, error) {
	if len(key.Secret) == 0 {
		return target{}, fmt.Errorf("signer: key %q has no secret", key.ID)
	}
	if expires < 1 || expires > maxExpires {
		return target{}, fmt.Errorf("signer: expires %d is not a Unix time in seconds (ten digits)", expires)
	}
	t, err := splitURL(rawURL)
	if err == nil && expires < minExpires && isDigit(t.path[len(t.path)-1]) {
		return target{}, fmt.Errorf("signer: expires %d has not ten digits, and the path ends in one: together they would sign another path", expires)
	}
	return t, err
}

// ambiguousPath refuses a path whose signature could be read as one of a
// shorter path: with "/a9999999999v=" signed until E, "/a" with the parameter
// v=E would be open until 9999999999. An uploader may choose such a file name.
func ambiguousPath(path string) error {
	digits := 0
	for i := 0; i < len(path); i++ {
		if !isDigit(path[i]) {
			digits = 0
			continue
		}
		if digits++; digits < 10 {
			continue
		}
		// Text of an address, or the 4 bytes of one, may stand before the name.
		for _, rest := range []string{path[i+1:], path[min(i+5, len(path)):]} {
			name := strings.TrimLeftFunc(rest, func(c rune) bool { return c == ':' || c < 0x80 && nameByte(byte(c)) })
			if strings.HasPrefix(name, "=") {
				return errors.New("signer: path holds ten digits and then a name and =, which the recipe cannot tell from an expiry: rename it")
			}
		}
	}
	return nil
}

// appendIPText writes an address as the SHA-256 form signs it: the shortest
// text (RFC 5952), v4-in-v6 as v4, without a zone.
func appendIPText(dst []byte, ip netip.Addr) []byte {
	return ip.Unmap().WithZone("").AppendTo(dst)
}
