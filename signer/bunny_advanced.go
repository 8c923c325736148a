package signer

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The names of the scheme. They compare byte for byte and are never decoded: a
// percent-encoded spelling is an ordinary parameter of another name.
const (
	nameToken     = "token"
	namePathToken = "bcdn_token"
	nameExpires   = "expires"
	nameTokenPath = "token_path"
	nameCountries = "token_countries"
	nameBlocked   = "token_countries_blocked"
	nameIgnore    = "token_ignore_params"
	nameLimit     = "limit"
)

const (
	prefixHS    = "HS256-"
	prefixBound = "1-" // follows prefixHS when an address is signed
)

// SignBunnyAdvanced returns rawURL with an HMAC token:
//
//	token = "HS256-" ["1-" if an address is bound]
//	        base64url(HMAC-SHA-256(key, path, expires, address bytes, parameters))
//
// The signed path is TokenPath if given, else the URL's. The parameters are the
// URL's own query and those the options make, sorted by name, decoded, joined
// as name=value with &. In the query form they stand between token and expires;
// with Directory they all stand in a first path segment, which relative URLs in
// a playlist inherit. With IgnoreParams the query stays where it is, unsigned.
//
// TokenPath must be canonical and cover the URL's path: "/abc" covers itself
// and what is below "/abc/". Errors say what is wrong and what would be right;
// a short secret is accepted, an empty one is not.
//
// https://docs.bunny.net/cdn/security/token-authentication/advanced and
// https://github.com/BunnyWay/BunnyCDN.TokenAuthentication (version 2.1.0; its
// README puts the address last, its code, which this follows, before the
// parameters).
func SignBunnyAdvanced(key Key, rawURL string, o BunnyOptions) (string, error) {
	t, err := bunnyTarget(key, rawURL, o.Expires)
	if err != nil {
		return "", err
	}
	signed := t.path
	if o.TokenPath != "" {
		if why := pathFault([]byte(o.TokenPath)); why != "" {
			return "", errors.New("signer: token path " + why)
		}
		if !covers([]byte(o.TokenPath), []byte(t.path)) {
			return "", fmt.Errorf("signer: token path %q does not cover %q", o.TokenPath, t.path)
		}
		signed = o.TokenPath
	}
	if err := ambiguousPath(signed); err != nil {
		return "", err
	}
	params, err := bunnyParams(t.query, o)
	if err != nil {
		return "", err
	}

	var raw, spelled strings.Builder
	for i, p := range params {
		if i > 0 {
			raw.WriteByte('&')
		}
		raw.WriteString(p.name + "=" + p.value)
		spelled.WriteString("&" + p.name + "=" + encode(p.value, ""))
	}
	expires := strconv.FormatInt(o.Expires, 10)
	mac := hmac.New(sha256.New, key.Secret)
	mac.Write([]byte(signed + expires))
	prefix := prefixHS
	if o.IP.IsValid() {
		prefix += prefixBound
		mac.Write(appendIPBytes(nil, o.IP))
	}
	mac.Write([]byte(raw.String()))

	text := "token=" + prefix + b64.EncodeToString(mac.Sum(nil)) + spelled.String() + "&expires=" + expires
	kept := ""
	if o.IgnoreParams {
		kept = t.query
	}
	if o.Directory {
		if kept != "" {
			kept = "?" + kept
		}
		return t.base + "/bcdn_" + text + encodePath(t.path) + kept, nil
	}
	if kept != "" {
		kept = "&" + kept
	}
	return t.base + encodePath(t.path) + "?" + text + kept, nil
}

// param is a parameter with its value decoded.
type param struct{ name, value string }

// bunnyParams are the signed parameters, sorted.
func bunnyParams(query string, o BunnyOptions) ([]param, error) {
	params, err := splitQuery(query)
	if err != nil {
		return nil, err
	}
	if o.IgnoreParams {
		if len(o.Countries) > 0 || len(o.CountriesBlocked) > 0 || o.LimitKBps != 0 {
			return nil, errors.New("signer: IgnoreParams leaves countries and limit unsigned: use one or the other")
		}
		params = []param{{nameIgnore, "true"}}
	} else {
		for _, p := range params {
			if !plainName([]byte(p.name)) {
				return nil, fmt.Errorf("signer: query parameter %q cannot be signed: a name starts with no digit and is of A-Z a-z 0-9 - . _ ~ [ ]", p.name)
			}
		}
	}
	if o.TokenPath != "" {
		params = append(params, param{nameTokenPath, o.TokenPath})
	}
	for _, list := range []struct {
		name  string
		codes []string
	}{{nameCountries, o.Countries}, {nameBlocked, o.CountriesBlocked}} {
		if len(list.codes) == 0 {
			continue
		}
		value := strings.ToUpper(strings.Join(list.codes, ","))
		if _, ok := inCountries([]byte(value), nil); !ok {
			return nil, fmt.Errorf("signer: %s %q: want two-letter codes", list.name, value)
		}
		params = append(params, param{list.name, value})
	}
	if o.LimitKBps < 0 || o.LimitKBps > maxExpires {
		return nil, fmt.Errorf("signer: limit of %d kB/s: want 1 or more, or 0 for none", o.LimitKBps)
	}
	if o.LimitKBps > 0 {
		params = append(params, param{nameLimit, strconv.FormatInt(o.LimitKBps, 10)})
	}
	if len(params) > maxParams {
		return nil, fmt.Errorf("signer: %d parameters: at most %d can be signed", len(params), maxParams)
	}
	slices.SortFunc(params, func(a, b param) int { return strings.Compare(a.name, b.name) })
	return params, nil
}

// splitQuery decodes a query to be kept. It refuses the scheme's own names,
// which the options set, and a repeated name, whose order cannot be signed.
func splitQuery(query string) ([]param, error) {
	var params []param
	for rest := []byte(query); len(rest) > 0; {
		var name, value []byte
		name, value, rest = cutParam(rest)
		if len(name) == 0 && len(value) == 0 {
			continue
		}
		switch string(name) {
		case nameToken, nameExpires, nameTokenPath, nameCountries, nameBlocked, nameIgnore, nameLimit:
			return nil, fmt.Errorf("signer: query already has %q, which is the scheme's own", name)
		}
		if slices.ContainsFunc(params, func(p param) bool { return p.name == string(name) }) {
			return nil, fmt.Errorf("signer: query has %q twice", name)
		}
		dec, ok := appendDecoded(nil, value)
		if !ok || textFault(dec) {
			return nil, fmt.Errorf("signer: value of query parameter %q is not percent-encoded UTF-8 without control bytes", name)
		}
		params = append(params, param{string(name), string(dec)})
	}
	return params, nil
}

// cutParam cuts the first name=value off a raw query. Nothing is decoded.
func cutParam(text []byte) (name, value, rest []byte) {
	name = text
	if i := bytes.IndexByte(text, '&'); i >= 0 {
		name, rest = text[:i], text[i+1:]
	}
	if i := bytes.IndexByte(name, '='); i >= 0 {
		name, value = name[:i], name[i+1:]
	}
	return name, value, rest
}

// plainName reports whether a name can take part in a signature. A digit in
// front could belong to the expiry before it.
func plainName(name []byte) bool {
	if len(name) == 0 || isDigit(name[0]) {
		return false
	}
	for _, c := range name {
		if !nameByte(c) {
			return false
		}
	}
	return true
}

func nameByte(c byte) bool {
	return isAlnum(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '[' || c == ']'
}

// appendIPBytes writes an address as the HMAC form signs it: 4 bytes for IPv4
// and v4-in-v6, 16 for IPv6 with the low 64 bits zeroed, as a client changes
// those at will.
func appendIPBytes(dst []byte, ip netip.Addr) []byte {
	ip = ip.Unmap()
	if ip.Is4() {
		b := ip.As4()
		return append(dst, b[:]...)
	}
	b := ip.As16()
	clear(b[8:])
	return append(dst, b[:]...)
}

// covers reports whether a token's path includes a path. The match ends at a
// segment's end: "/abc" covers "/abc" and "/abc/x", not "/abcd". Bunny's pages
// call it a prefix and its code does not show the check; ours is the narrower.
func covers(tokenPath, path []byte) bool {
	if !bytes.HasPrefix(path, tokenPath) {
		return false
	}
	return len(path) == len(tokenPath) || tokenPath[len(tokenPath)-1] == '/' || path[len(tokenPath)] == '/'
}

// inCountries reports whether a comma-separated list of two-letter codes is
// well formed, and whether it holds the country. Case does not matter.
func inCountries(list, country []byte) (found, ok bool) {
	if len(list)%3 != 2 {
		return false, false
	}
	for i := 0; i < len(list); i += 3 {
		code := list[i : i+2]
		if !isCountry(code) || i+2 < len(list) && list[i+2] != ',' {
			return false, false
		}
		if bytes.EqualFold(code, country) {
			found = true
		}
	}
	return found, true
}

func isCountry(code []byte) bool {
	return len(code) == 2 && isAlnum(code[0]) && !isDigit(code[0]) && isAlnum(code[1]) && !isDigit(code[1])
}
