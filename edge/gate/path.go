package gate

import (
	"bytes"
	"unicode/utf8"
)

// tokenPrefix begins the path segment in which directory tokens travel, so that relative addresses
// in a playlist inherit them.
const tokenPrefix = "/bcdn_token="

// parsePath cuts a leading token segment off the raw path and makes the rest canonical.
func (h *Head) parsePath(raw []byte) *Refusal {
	if len(raw) > len(tokenPrefix) && string(raw[:len(tokenPrefix)]) == tokenPrefix {
		// Cut before decoding: the token's own escapes are the signer's to read.
		if i := bytes.IndexByte(raw[1:], '/'); i >= 0 {
			h.PathToken, raw = raw[1:1+i], raw[1+i:]
			if !isPathToken(h.PathToken) {
				return refusePathToken
			}
		}
	}
	path := raw
	// Fast path: nothing to decode, the canonical path is a slice of the head.
	if i := bytes.IndexByte(raw, '%'); i >= 0 {
		var r *Refusal
		if h.decoded, r = decode(h.decoded[:0], raw, i); r != nil {
			return r
		}
		path = h.decoded
	}
	if r := judgePath(path); r != nil {
		return r
	}
	h.Path = path
	return nil
}

// isPathToken reports whether b is visible ASCII with well-formed escapes. An escaped slash may stand in it:
// a token can name the directory it opens.
func isPathToken(b []byte) bool {
	for i, c := range b {
		switch {
		case c <= ' ' || c >= 0x7f || c == '\\':
			return false
		case c == '%' && !isEscape(b[i:]):
			return false
		}
	}
	return true
}

// isEscape reports whether b begins with a percent escape (RFC 3986 2.1).
func isEscape(b []byte) bool {
	return len(b) >= 3 && b[0] == '%' && unhex(b[1]) < 16 && unhex(b[2]) < 16
}

// decode appends raw to dst with its percent escapes decoded, once; the first stands at raw[first].
func decode(dst, raw []byte, first int) ([]byte, *Refusal) {
	dst = append(dst, raw[:first]...)
	for i := first; i < len(raw); i++ {
		c := raw[i]
		if c == '%' {
			if !isEscape(raw[i:]) {
				return dst, refuseEscape
			}
			c = unhex(raw[i+1])<<4 | unhex(raw[i+2])
			if c == '/' {
				return dst, refuseEncodedSlash // RFC 3986 2.2: it is no separator, and would become one
			}
			i += 2
		}
		dst = append(dst, c)
	}
	return dst, nil
}

// The octets of a decoded path that are more than plain text.
const (
	plainOctet = iota
	slashOctet
	refusedOctet
	highOctet
)

var pathOctets = func() (kinds [256]uint8) {
	for c := range kinds {
		switch {
		case c == '/':
			kinds[c] = slashOctet
		case c < 0x20 || c == 0x7f || c == '\\':
			kinds[c] = refusedOctet
		case c >= 0x80:
			kinds[c] = highOctet
		}
	}
	return kinds
}()

// judgePath refuses a decoded path that some reader would change: by merging slashes, removing dot segments
// (RFC 3986 5.2.4), turning backslashes or replacing what is not UTF-8 (which is also how an
// overlong slash or dot is refused).
func judgePath(path []byte) *Refusal {
	high := false
	for i, c := range path {
		switch pathOctets[c] {
		case plainOctet:
		case slashOctet:
			if i+1 < len(path) && path[i+1] <= '/' {
				if r := judgeSegment(path[i+1:]); r != nil {
					return r
				}
			}
		case refusedOctet:
			return refusePathOctet
		case highOctet:
			high = true
		}
	}
	if high && !utf8.Valid(path) {
		return refuseUTF8
	}
	if len(path) >= len(tokenPrefix) && string(path[:len(tokenPrefix)]) == tokenPrefix {
		return refusePathToken
	}
	return nil
}

// judgeSegment judges the segment at the start of rest.
func judgeSegment(rest []byte) *Refusal {
	if rest[0] == '/' {
		return refuseEmptySegment
	}
	dots := 0
	for dots < len(rest) && rest[dots] == '.' {
		dots++
	}
	if (dots == 1 || dots == 2) && (dots == len(rest) || rest[dots] == '/') {
		return refuseDotSegment
	}
	return nil
}
