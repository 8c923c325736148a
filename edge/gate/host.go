package gate

import "bytes"

// splitAuthority reports whether a is uri-host [ ":" port ] (RFC 9110 7.2, RFC 3986 3.2.2), and its port.
//
// It is stricter than the grammar where that has no honest use: no comma, no percent escape (a name
// beyond ASCII comes as its A-label), no empty label before the last dot, no IPvFuture and no zone.
// It resolves and normalises nothing.
func splitAuthority(a []byte) (port []byte, ok bool) {
	i := 0
	if len(a) > 0 && a[0] == '[' {
		end := bytes.IndexByte(a, ']')
		if end < 0 || !isIPv6(a[1:end]) {
			return nil, false
		}
		i = end + 1
	} else {
		before := byte('.')
		for i < len(a) && hostOctets[a[i]] {
			if a[i] == '.' && before == '.' {
				return nil, false
			}
			before = a[i]
			i++
		}
		if i == 0 {
			return nil, false
		}
	}
	if i == len(a) {
		return nil, true
	}
	if a[i] != ':' {
		return nil, false
	}
	port = a[i+1:]
	return port, isPort(port)
}

// isPort accepts an empty port, which means the scheme's own (RFC 3986 3.2.3).
func isPort(p []byte) bool {
	if len(p) > 5 {
		return false
	}
	n := 0
	for _, c := range p {
		if c < '0' || c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n <= 65535
}

// isIPv6 reports whether s is an IPv6address of RFC 3986 3.2.2.
func isIPv6(s []byte) bool {
	groups, gap := 0, false // groups of 16 bits, and whether "::" stood for some
	if bytes.HasPrefix(s, []byte("::")) {
		gap = true
		s = s[2:]
	}
	for len(s) > 0 {
		n := 0
		for n < len(s) && unhex(s[n]) < 16 {
			n++
		}
		if n < len(s) && s[n] == '.' {
			// The last 32 bits may be written as an IPv4 address.
			if !isIPv4(s) {
				return false
			}
			groups += 2
			break
		}
		if n == 0 || n > 4 {
			return false
		}
		groups++
		s = s[n:]
		switch {
		case len(s) == 0:
		case s[0] != ':' || len(s) == 1:
			return false
		case s[1] != ':':
			s = s[1:]
		case gap:
			return false
		default:
			gap = true
			s = s[2:]
		}
	}
	if gap {
		return groups < 8
	}
	return groups == 8
}

// isIPv4 reports whether s is four decimal octets without leading zeros.
func isIPv4(s []byte) bool {
	for part := range 4 {
		n, value := 0, 0
		for n < len(s) && '0' <= s[n] && s[n] <= '9' && n < 3 {
			value = value*10 + int(s[n]-'0')
			n++
		}
		if n == 0 || value > 255 || n > 1 && s[0] == '0' {
			return false
		}
		s = s[n:]
		if part < 3 {
			if len(s) == 0 || s[0] != '.' {
				return false
			}
			s = s[1:]
		}
	}
	return len(s) == 0
}
