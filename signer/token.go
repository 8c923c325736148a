package signer

import (
	"bytes"
	"crypto/sha256"
	"net/netip"
)

// maxParams bounds how many parameters can take part in a signature.
const maxParams = 32

// The scheme's own parameters besides token and expires, in no order.
const (
	ownTokenPath = iota
	ownCountries
	ownBlocked
	ownIgnore
	ownLimit
	ownCount
)

// token is a token of the Bunny family as it stands in a request: read, not yet
// checked. Its slices point into the request.
type token struct {
	text  []byte // raw parameters: the query, or the path segment
	dir   bool   // in the path
	raw   []byte // the token itself, as written
	hs    bool   // HMAC form; else plain SHA-256
	bound bool   // HMAC form that says an address is signed
	mac   [sha256.Size]byte

	expires []byte
	until   int64 // expires as a number
	limit   int64

	own    [ownCount][]byte // raw values
	has    [ownCount]bool
	ownAny bool
	others int // ordinary parameters

	part, why string // which part parse refused and why, for Explain
}

func (t *token) refuse(err error, part, why string) error {
	t.part, t.why = part, why
	return err
}

// parse finds the token of a request and reads every part that has a strict
// form, before anything is hashed.
func (t *token) parse(r *Request) error {
	if len(r.Path) == 0 || r.Path[0] != '/' || bytes.IndexByte(r.Path, 0) >= 0 {
		return t.refuse(ErrMalformed, "path", "is not canonical: it was not decoded and checked before")
	}
	t.text = r.Query
	tokenName := nameToken
	if len(r.PathToken) > 0 {
		t.dir, t.text, tokenName = true, r.PathToken, namePathToken
		for q := r.Query; len(q) > 0; {
			var name []byte
			if name, _, q = cutParam(q); string(name) == nameToken {
				return t.refuse(ErrMalformed, "token", "stands both in the path and in the query")
			}
		}
	}

	var hasToken, hasExpires bool
	for text := t.text; len(text) > 0; {
		var name, value []byte
		name, value, text = cutParam(text)
		var own int
		switch string(name) {
		case "":
			if value != nil {
				t.others++
			}
			continue
		case nameExpires:
			if hasExpires {
				return t.refuse(ErrMalformed, "expires", "is repeated")
			}
			hasExpires, t.expires = true, value
			continue
		case nameToken, namePathToken:
			if string(name) != tokenName {
				if !t.dir { // bcdn_token in a query is nobody's
					t.others++
					continue
				}
				return t.refuse(ErrMalformed, "token", "is called token in the path: want bcdn_token")
			}
			if hasToken {
				return t.refuse(ErrMalformed, "token", "is repeated")
			}
			hasToken, t.raw = true, value
			continue
		case nameTokenPath:
			own = ownTokenPath
		case nameCountries:
			own = ownCountries
		case nameBlocked:
			own = ownBlocked
		case nameIgnore:
			own = ownIgnore
		case nameLimit:
			own = ownLimit
		default:
			t.others++
			continue
		}
		if t.has[own] {
			return t.refuse(ErrMalformed, string(name), "is repeated")
		}
		t.has[own], t.own[own], t.ownAny = true, value, true
	}

	if !hasToken {
		return t.refuse(ErrMissing, "token", "is absent")
	}
	if !t.readMAC() {
		return t.refuse(ErrMalformed, "token", `is not 43 letters of canonical base64url, alone or after "HS256-" or "HS256-1-"`)
	}
	if !hasExpires {
		return t.refuse(ErrMalformed, "expires", "is absent")
	}
	var ok bool
	if t.until, ok = digits(t.expires); !ok {
		return t.refuse(ErrMalformed, "expires", "is not 1 to 10 digits without a leading zero")
	}
	if t.has[ownLimit] {
		if t.limit, ok = digits(t.own[ownLimit]); !ok {
			return t.refuse(ErrMalformed, nameLimit, "is not 1 to 10 digits without a leading zero")
		}
	}
	if t.has[ownIgnore] {
		if string(t.own[ownIgnore]) != "true" {
			return t.refuse(ErrMalformed, nameIgnore, "is not true")
		}
		// They would be unsigned, so the client could have dropped or raised them.
		if t.has[ownCountries] || t.has[ownBlocked] || t.has[ownLimit] {
			return t.refuse(ErrMalformed, nameIgnore, "leaves another parameter of the scheme unsigned")
		}
	}
	return nil
}

// readMAC reads the token's text. The length tells a bound token from one whose
// base64 begins with "1-".
func (t *token) readMAC() bool {
	text := t.raw
	if t.hs = bytes.HasPrefix(text, []byte(prefixHS)); t.hs {
		text = text[len(prefixHS):]
		if len(text) == 43+len(prefixBound) && bytes.HasPrefix(text, []byte(prefixBound)) {
			text, t.bound = text[len(prefixBound):], true
		}
	}
	if len(text) != 43 {
		return false
	}
	// The decoder skips line ends, so the length out is checked as well.
	n, err := b64.Decode(t.mac[:], text)
	return err == nil && n == len(t.mac)
}

// digits reads a positive number of 1 to 10 digits, without sign or leading zero.
func digits(text []byte) (int64, bool) {
	if len(text) == 0 || len(text) > 10 || text[0] == '0' {
		return 0, false
	}
	n := int64(0)
	for _, c := range text {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// recipe is one text that a token may be the signature of.
type recipe struct{ ip, params bool }

// recipes are the texts to try for a token. A plain SHA-256 token does not say
// whether an address is signed, nor, when the URL has only ordinary parameters,
// whether those are.
func (t *token) recipes(ip netip.Addr) (list [4]recipe, n int) {
	add := func(r recipe) {
		if !r.ip || ip.IsValid() {
			list[n] = r
			n++
		}
	}
	if t.hs {
		add(recipe{ip: t.bound, params: true})
		return list, n
	}
	basic := !t.dir && !t.ownAny
	if basic {
		add(recipe{})
		add(recipe{ip: true})
	}
	if !basic || t.others > 0 {
		add(recipe{params: true})
		add(recipe{params: true, ip: true})
	}
	return list, n
}

// prefixRoom is left free in front of a message, for a secret or an HMAC block.
const prefixRoom = MaxSecret

// message appends the signed text of a recipe behind prefixRoom bytes of dst.
// The signed path ends at pathEnd. It is not ok if a part cannot be signed: a
// value that is not strictly percent-encoded, not UTF-8 or has a control byte,
// a name that is not plain or is repeated, a token_path that is not canonical.
func (t *token) message(dst []byte, r *Request, rc recipe) (msg []byte, pathEnd int, ok bool) {
	dst = dst[:prefixRoom]
	if t.has[ownTokenPath] {
		if dst, ok = appendDecoded(dst, t.own[ownTokenPath]); !ok || pathFault(dst[prefixRoom:]) != "" {
			return dst, 0, false
		}
	} else {
		dst = append(dst, r.Path...)
	}
	pathEnd = len(dst)
	dst = append(dst, t.expires...)
	if rc.ip {
		if t.hs {
			dst = appendIPBytes(dst, r.ClientIP)
		} else {
			dst = appendIPText(dst, r.ClientIP)
		}
	}
	if !rc.params {
		return dst, pathEnd, true
	}
	dst, ok = t.appendParams(dst)
	return dst, pathEnd, ok
}

func (t *token) appendParams(dst []byte) ([]byte, bool) {
	if !t.ownAny && t.others == 0 {
		return dst, true // Fast path: nothing to sort.
	}
	var list [maxParams]struct{ name, value []byte }
	n := 0
	for text := t.text; len(text) > 0; {
		var name, value []byte
		name, value, text = cutParam(text)
		switch string(name) {
		case nameExpires:
			continue
		case nameToken, namePathToken:
			if t.dir || string(name) == nameToken {
				continue
			}
		case "":
			if value == nil {
				continue
			}
		}
		if t.has[ownIgnore] && string(name) != nameIgnore && string(name) != nameTokenPath {
			continue
		}
		if n == maxParams || !plainName(name) {
			return dst, false
		}
		i := n
		for i > 0 && bytes.Compare(list[i-1].name, name) > 0 {
			list[i] = list[i-1]
			i--
		}
		if i > 0 && bytes.Equal(list[i-1].name, name) {
			return dst, false
		}
		list[i].name, list[i].value = name, value
		n++
	}
	for i, p := range list[:n] {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(append(dst, p.name...), '=')
		start := len(dst)
		var ok bool
		if dst, ok = appendDecoded(dst, p.value); !ok || textFault(dst[start:]) {
			return dst, false
		}
	}
	return dst, true
}
