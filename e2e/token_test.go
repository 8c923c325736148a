package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"sort"
	"strings"
	"time"
)

// The recipes of signed URLs, written down once more from Bunny's description:
// nothing is shared with the code under test.

// secret signs in tests; other is a key that no edge of theirs knows.
const (
	secret = "e2e-signing-key-of-32-bytes-long"
	other  = "another-key-of-the-same-length-x"
)

// token says what a URL is to be signed for.
type token struct {
	key     string
	path    string // decoded
	expires int64
	ip      string
	params  map[string]string // decoded; take part in the signature
	extra   string            // a query that does not
}

func (k token) defaults() token {
	if k.key == "" {
		k.key = secret
	}
	if k.expires == 0 {
		k.expires = time.Now().Add(time.Hour).Unix()
	}
	return k
}

func escaped(path string) string { return (&url.URL{Path: path}).EscapedPath() }

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// basic is SHA-256 of key, path, expiry and, when bound, the address in text.
func (k token) basic() string {
	k = k.defaults()
	sum := sha256.Sum256([]byte(k.key + k.path + fmt.Sprint(k.expires) + k.ip))
	return fmt.Sprintf("%s?token=%s&expires=%d%s", escaped(k.path), base64url(sum[:]), k.expires, k.extra)
}

// mac is the token of the newest form.
func (k token) mac() string {
	signed := k.path
	if p, ok := k.params["token_path"]; ok {
		signed = p
	}
	names := make([]string, 0, len(k.params))
	for n := range k.params {
		names = append(names, n)
	}
	sort.Strings(names)
	var pairs []string
	for _, n := range names {
		pairs = append(pairs, n+"="+k.params[n])
	}
	m := hmac.New(sha256.New, []byte(k.key))
	_, _ = fmt.Fprintf(m, "%s%d", signed, k.expires)
	prefix := "HS256-"
	if k.ip != "" {
		prefix += "1-"
		_, _ = m.Write(addressBytes(k.ip))
	}
	_, _ = m.Write([]byte(strings.Join(pairs, "&")))
	return prefix + base64url(m.Sum(nil))
}

func addressBytes(text string) []byte {
	a := netip.MustParseAddr(text).Unmap()
	if a.Is4() {
		return a.AsSlice()
	}
	b := a.As16()
	return append(b[:8], make([]byte, 8)...)
}

// spelled are the parameters as a URL carries them, each behind an ampersand.
func (k token) spelled() string {
	var b strings.Builder
	for n, v := range k.params {
		b.WriteString("&" + n + "=" + strings.ReplaceAll(url.QueryEscape(v), "+", "%20"))
	}
	return b.String()
}

// inQuery is the advanced form with everything in the query.
func (k token) inQuery() string {
	k = k.defaults()
	return fmt.Sprintf("%s?token=%s%s&expires=%d%s", escaped(k.path), k.mac(), k.spelled(), k.expires, k.extra)
}

// inPath is the form that relative addresses inherit.
func (k token) inPath() string {
	k = k.defaults()
	return fmt.Sprintf("/bcdn_token=%s%s&expires=%d%s%s", k.mac(), k.spelled(), k.expires, escaped(k.path), k.extra)
}
