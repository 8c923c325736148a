package gate

import "bytes"

// Method is what the edge knows of a request's method.
type Method uint8

const (
	Other Method = iota // any other method, also a known one in another letter case
	GET
	HEAD
	OPTIONS
)

// Head is a judged request head. The zero value is ready for use, and one Head serves many requests in
// turn. Its slices are read only and valid until the head's own bytes or the Head are used again.
type Head struct {
	Method     Method
	MethodName []byte // as sent
	Minor      int    // 0 for HTTP/1.0, 1 for HTTP/1.1

	// Host is the Host field as sent: host or host:port. In HTTP/1.0 without the field it is the authority
	// of an absolute target, or empty.
	Host []byte
	// Path is the canonical path. It begins with a slash, but for OPTIONS of the whole server, where it
	// is "*", and CONNECT, where it is empty.
	Path []byte
	// PathToken is the raw text of a leading /bcdn_token=…/ segment, without slashes; empty without one.
	PathToken []byte
	// Query is what followed the question mark, raw; empty without one.
	Query []byte

	// ContentLength is the length of the body that follows, 0 without one, -1 when it is chunked. Any method
	// may have a body: who does not read it must close the connection.
	ContentLength int64
	// Continue: the client waits for 100 (Continue) before it sends the body.
	Continue bool
	// Close: the connection ends after the answer.
	Close bool

	decoded []byte // holds Path when an escape had to be decoded; reused
}

func (h *Head) reset() {
	*h = Head{decoded: h.decoded[:0]}
}

// parse judges what scan leaves open: head is [CRLF] *( line CRLF ) CRLF, its lines hold no control octet
// but HTAB, and the first of them splits into a request line.
func (h *Head) parse(head []byte) *Refusal {
	h.reset()
	if head[0] == '\r' {
		head = head[2:]
	}
	end := bytes.IndexByte(head, '\r')
	authority, r := h.parseRequestLine(head[:end])
	if r != nil {
		return r
	}
	return h.parseFields(head[end+2:], authority)
}
