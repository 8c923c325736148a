package signer

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// target is a URL to sign, taken apart.
type target struct {
	base  string // scheme and host, or empty for a bare path
	path  string // decoded once, canonical
	query string // raw, without '?'
}

// splitURL takes apart an absolute http(s) URL or a bare path. It refuses what
// the edge would refuse: a signature for it could never be used.
func splitURL(raw string) (target, error) {
	var t target
	rest := raw
	if !strings.HasPrefix(raw, "/") {
		scheme, after, ok := strings.Cut(raw, "://")
		if !ok || scheme != "https" && scheme != "http" {
			return t, errors.New("signer: URL is neither a path from the first slash nor https://host/path")
		}
		slash := strings.IndexByte(after, '/')
		if slash < 0 {
			return t, errors.New("signer: URL has no path: want https://host/path")
		}
		if slash == 0 || strings.ContainsFunc(after[:slash], func(c rune) bool {
			return c > 0x7f || !isAlnum(byte(c)) && !strings.ContainsRune("-._:[]", c)
		}) {
			return t, errors.New("signer: URL has an odd host: want letters, digits, dots and an optional port")
		}
		t.base, rest = raw[:len(raw)-len(after)+slash], after[slash:]
	}
	if strings.IndexByte(rest, '#') >= 0 {
		return t, errors.New("signer: URL has a fragment, which is never sent: remove it or encode # as %23")
	}
	path, query, _ := strings.Cut(rest, "?")
	for i, c := range []byte(query) {
		if c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return t, fmt.Errorf("signer: byte %d of the query is %#x: percent-encode it", i, c)
		}
	}
	t.query = query

	// A decoded slash is one more segment to some servers and none to others.
	if strings.Contains(strings.ToLower(path), "%2f") {
		return t, errors.New("signer: path holds an encoded slash")
	}
	dec, ok := appendDecoded(nil, []byte(path))
	if !ok {
		return t, errors.New("signer: path has a percent sign without two hexadecimal digits: write it as %25")
	}
	if why := pathFault(dec); why != "" {
		return t, errors.New("signer: path " + why)
	}
	if bytes.HasPrefix(dec, []byte("/bcdn_token=")) {
		return t, errors.New("signer: path starts with a token already")
	}
	t.path = string(dec)
	return t, nil
}

// pathFault says what keeps a decoded path from being canonical; empty if nothing.
func pathFault(p []byte) string {
	if len(p) == 0 || p[0] != '/' {
		return "does not start with a slash"
	}
	if textFault(p) {
		return "holds a control byte or is not UTF-8"
	}
	if bytes.IndexByte(p, '\\') >= 0 {
		return "holds a backslash"
	}
	for rest, more := p[1:], true; more; {
		var seg []byte
		seg, rest, more = bytes.Cut(rest, slash)
		switch string(seg) {
		case "":
			if more {
				return "holds an empty segment (//)"
			}
		case ".", "..":
			return "holds a dot segment"
		}
	}
	return ""
}

var slash = []byte{'/'}

// textFault reports a control byte or invalid UTF-8.
func textFault(p []byte) bool {
	for _, c := range p {
		if c < ' ' || c == 0x7f {
			return true
		}
	}
	return !utf8.Valid(p)
}

// appendDecoded decodes %XX once, strictly: two hexadecimal digits of either
// case must follow. A plus sign stays a plus sign (RFC 3986).
func appendDecoded(dst, src []byte) ([]byte, bool) {
	for {
		i := bytes.IndexByte(src, '%')
		if i < 0 {
			return append(dst, src...), true
		}
		if i+2 >= len(src) {
			return dst, false
		}
		hi, lo := unhex(src[i+1]), unhex(src[i+2])
		if hi|lo > 15 {
			return dst, false
		}
		dst = append(append(dst, src[:i]...), hi<<4|lo)
		src = src[i+3:]
	}
}

func unhex(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// encode percent-encodes every byte but letters, digits, "-._~" and those of keep.
func encode(s, keep string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(s) {
		if isAlnum(c) || strings.IndexByte("-._~", c) >= 0 || strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// encodePath spells a decoded path for a URL: what RFC 3986 allows in a path
// stays as it is.
func encodePath(path string) string { return encode(path, "/!$&'()*+,;=:@") }
