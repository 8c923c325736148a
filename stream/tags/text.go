package tags

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// maxRunes bounds a text that is kept.
const maxRunes = 512

// The encodings of ID3v2 (ID3v2.4.0 structure, 4).
const (
	encLatin   = 0
	encUTF16   = 1
	encUTF16BE = 2
	encUTF8    = 3
)

// decode makes clean UTF-8 of what a tag holds: one line, without the NUL that
// many end with, at most maxRunes long.
func decode(enc byte, b []byte) string {
	switch enc {
	case encUTF16, encUTF16BE:
		return clean(decodeUTF16(b, enc == encUTF16BE))
	case encUTF8, encLatin:
		// Both are often said of the other.
		if i := bytes.IndexByte(b, 0); i >= 0 {
			b = b[:i]
		}
		if len(b) >= maxText-1 {
			b = wholeRunes(b) // perhaps cut by us
		}
		switch {
		case utf8.Valid(b):
			return clean(string(b))
		case enc == encUTF8 && hasWide(b):
			return clean(strings.ToValidUTF8(string(b), "\ufffd"))
		}
	}
	return clean(decodeLatin(b))
}

// cutText parts a description from what it describes, at the first NUL.
func cutText(enc byte, b []byte) (before, after []byte, ok bool) {
	if enc != encUTF16 && enc != encUTF16BE {
		return bytes.Cut(b, []byte{0})
	}
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return b[:i], b[i+2:], true
		}
	}
	return nil, nil, false
}

func clean(s string) string {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\ufeff':
			return -1
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	n := 0
	for i := range s {
		if n == maxRunes {
			return strings.TrimSpace(s[:i])
		}
		n++
	}
	return s
}

// hasWide reports whether any character of several bytes is well formed.
func hasWide(b []byte) bool {
	for len(b) > 0 {
		_, n := utf8.DecodeRune(b)
		if n > 1 {
			return true
		}
		b = b[n:]
	}
	return false
}

// wholeRunes leaves out the beginning of a character at the end.
func wholeRunes(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if tail := b[len(b)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// windows1252 fills the gap that Latin-1 leaves, and that most who say Latin-1
// use (WHATWG Encoding 9.1).
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

func decodeLatin(b []byte) string {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
		if 0x80 <= c && c < 0xa0 {
			r[i] = windows1252[c-0x80]
		}
	}
	return string(r)
}

// decodeUTF16 goes by the byte order mark, where there is one.
func decodeUTF16(b []byte, bigEndian bool) string {
	order := binary.ByteOrder(binary.LittleEndian)
	if bigEndian {
		order = binary.BigEndian
	}
	if len(b) >= 2 && b[0] == 0xfe && b[1] == 0xff {
		order = binary.BigEndian
	} else if len(b) >= 2 && b[0] == 0xff && b[1] == 0xfe {
		order = binary.LittleEndian
	}
	u := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		c := order.Uint16(b)
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u))
}

// trackNumber reads "7" and "7/12".
func trackNumber(s string) int {
	n := 0
	for i := 0; i < len(s) && isDigit(s[i]) && n < 1000; i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// year finds the first four digits that stand together, as in "2024-05-01".
func year(s string) int {
	n, run := 0, 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			n, run = 0, 0
			continue
		}
		n, run = n*10+int(s[i]-'0'), run+1
		if run == 4 {
			return n
		}
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
