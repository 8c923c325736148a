package gate

import "bytes"

// field is a set of the fields that the gate reads. All others pass with their grammar checked.
type field uint16

const (
	hostField field = 1 << iota
	contentLengthField
	transferEncodingField
	expectField
	connectionField
	rangeField
	ifRangeField
	ifModifiedSinceField
	ifUnmodifiedSinceField
	authorizationField
	lookalikeField // a framing field's name with another octet for its hyphen
)

const (
	framingFields = contentLengthField | transferEncodingField
	// singleFields take one value, so a sender must not repeat them (RFC 9110 5.3).
	singleFields = rangeField | ifRangeField | ifModifiedSinceField | ifUnmodifiedSinceField | authorizationField
)

func fieldNamed(name []byte) field {
	// Fast path: a name of another length, or with another first letter, is left at once.
	switch len(name) {
	case 4:
		if isFold(name, "host") {
			return hostField
		}
	case 5:
		if isFold(name, "range") {
			return rangeField
		}
	case 6:
		if isFold(name, "expect") {
			return expectField
		}
	case 8:
		if isFold(name, "if-range") {
			return ifRangeField
		}
	case 10:
		if isFold(name, "connection") {
			return connectionField
		}
	case 13:
		if isFold(name, "authorization") {
			return authorizationField
		}
	case 14:
		if isFold(name[:7], "content") && isFold(name[8:], "length") {
			if name[7] != '-' {
				return lookalikeField
			}
			return contentLengthField
		}
	case 17:
		if isFold(name[:8], "transfer") && isFold(name[9:], "encoding") {
			if name[8] != '-' {
				return lookalikeField
			}
			return transferEncodingField
		}
		if isFold(name, "if-modified-since") {
			return ifModifiedSinceField
		}
	case 19:
		if isFold(name, "if-unmodified-since") {
			return ifUnmodifiedSinceField
		}
	}
	return 0
}

// parseFields judges the field lines up to the empty line that ends b. It trusts scan that every line ends in CRLF.
func (h *Head) parseFields(b, authority []byte) *Refusal {
	var (
		seen      field
		coding    []byte // of Transfer-Encoding
		keepAlive bool
	)
	for i := 0; b[i] != '\r'; {
		start := i
		for tokenOctets[b[i]] {
			i++
		}
		if i == start || b[i] != ':' {
			return refuseName(b[start], b[i])
		}
		name := b[start:i]
		i++
		end := i + bytes.IndexByte(b[i:], '\r')
		line := b[i:end]
		i = end + 2

		f := fieldNamed(name)
		if f == 0 {
			continue
		}
		if r := refuseRepeated(seen & f); r != nil {
			return r
		}
		seen |= f

		value := trim(line)
		switch f {
		case lookalikeField:
			return refuseLookalike
		case hostField:
			if _, ok := splitAuthority(value); !ok {
				return refuseHost
			}
			h.Host = value
		case contentLengthField:
			n, ok := parseLength(value)
			if !ok {
				return refuseContentLength
			}
			h.ContentLength = n
		case transferEncodingField:
			coding = value
		case expectField:
			// RFC 9110 10.1.1. The field is a list, but a list of anything else or more is no
			// expectation that the edge could meet.
			if !isFold(value, "100-continue") {
				return refuseExpectation
			}
		case connectionField:
			if r := h.parseConnection(value, &keepAlive); r != nil {
				return r
			}
		}
	}

	if seen&hostField == 0 {
		if h.Minor > 0 {
			return refuseNoHost // RFC 9112 3.2
		}
		h.Host = authority
	} else if authority != nil && !equalFold(authority, h.Host) {
		return refuseOtherHost
	}
	if seen&transferEncodingField != 0 {
		if r := h.parseTransferEncoding(coding, seen); r != nil {
			return r
		}
	}
	// RFC 9110 10.1.1: not for HTTP/1.0, and not where no body follows.
	h.Continue = seen&expectField != 0 && h.Minor > 0 && h.ContentLength != 0
	// RFC 9112 9.3.
	h.Close = h.Close || h.Minor == 0 && !keepAlive
	return nil
}

// refuseName tells why a line has no name followed by a colon. first is the line's first octet, after
// the one behind its longest token.
func refuseName(first, after byte) *Refusal {
	switch {
	case first == ' ' || first == '\t':
		return refuseFold // RFC 9112 5.2, and 2.2 for the line after the request line
	case after == ' ' || after == '\t':
		return refuseNameSpace // RFC 9112 5.1
	default:
		return refuseFieldName
	}
}

// refuseRepeated judges a field that was seen before.
func refuseRepeated(again field) *Refusal {
	switch {
	case again == 0:
		return nil
	case again == hostField:
		return refuseHostRepeated // RFC 9112 3.2
	case again&framingFields != 0:
		return refuseFramingRepeated // RFC 9112 6.3
	case again == expectField:
		return refuseExpectation
	case again&singleFields != 0:
		return refuseSingleRepeated
	default:
		return nil
	}
}

// parseLength reads 1*DIGIT (RFC 9110 8.6), at most 18 of them, so that it cannot overflow.
func parseLength(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// parseTransferEncoding accepts chunked alone, in HTTP/1.1, without Content-Length.
func (h *Head) parseTransferEncoding(coding []byte, seen field) *Refusal {
	switch {
	case seen&contentLengthField != 0:
		return refuseTwoFramings // RFC 9112 6.1: a sign of smuggling
	case h.Minor == 0:
		return refuseOldChunked // RFC 9112 6.1: its framing is faulty
	case isFold(coding, "chunked"):
		h.ContentLength = -1
		return nil
	}
	// RFC 9112 6.1: 501 for a coding that is not understood; 6.3: 400 where chunked is applied, but not last.
	for rest, more := coding, true; more; {
		var one []byte
		one, rest, more = bytes.Cut(rest, []byte{','})
		one = trim(one)
		if !isToken(one) || more && isFold(one, "chunked") {
			return refuseTransferEncoding
		}
	}
	return refuseCoding
}

// parseConnection reads the list of connection options (RFC 9110 7.6.1); empty members are ignored
// (RFC 9110 5.6.1.2).
func (h *Head) parseConnection(list []byte, keepAlive *bool) *Refusal {
	for more := true; more; {
		var option []byte
		option, list, more = bytes.Cut(list, []byte{','})
		option = trim(option)
		switch {
		case len(option) == 0:
		case !isToken(option):
			return refuseConnection
		case isFold(option, "close"):
			h.Close = true
		case isFold(option, "keep-alive"):
			*keepAlive = true
		case fieldNamed(option)&(hostField|framingFields|lookalikeField) != 0:
			// A proxy would remove the field that says whose the request is or where it ends.
			return refuseConnection
		}
	}
	return nil
}
