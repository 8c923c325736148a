package gate

import (
	"encoding/binary"
	"math/bits"
)

// set is a set of octets.
type set [256]bool

func setOf(members string) *set {
	var s set
	for i := range len(members) {
		s[members[i]] = true
	}
	return &s
}

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

var (
	// tchar of RFC 9110 5.6.2.
	tokenOctets = *setOf("!#$%&'*+-.^_`|~" + digits + letters)
	// unreserved and sub-delims of RFC 3986 2, without the comma: a Host with a comma is two hosts
	// joined by a recipient that merges repeated fields.
	hostOctets = *setOf("-._~" + "!$&'()*+;=" + digits + letters)
)

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// nextControl returns the index of the first control octet (below 0x20, or DEL) in b at or after i, or
// len(b) when there is none.
func nextControl(b []byte, i int) int {
	// Fast path: eight octets at once. A borrow can only raise a false mark above a true one, and the
	// lowest mark is the one that counts.
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		d := w ^ 0x7f*ones
		if m := ((w-0x20*ones)&^w | (d-ones)&^d) & highs; m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for ; i < len(b); i++ {
		if b[i] < 0x20 || b[i] == 0x7f {
			return i
		}
	}
	return len(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	return c
}

// isFold reports whether b is want in any letter case; want is in lower case.
func isFold(b []byte, want string) bool {
	if len(b) != len(want) {
		return false
	}
	for i, c := range b {
		if lower(c) != want[i] {
			return false
		}
	}
	return true
}

func equalFold(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

// trim cuts optional white space off both ends (OWS of RFC 9110 5.6.3).
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

// isToken reports whether b is a token of RFC 9110 5.6.2.
func isToken(b []byte) bool {
	for _, c := range b {
		if !tokenOctets[c] {
			return false
		}
	}
	return len(b) > 0
}

// unhex returns the value of a hexadecimal digit, or 16 for any other octet.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}
