// Package gate judges the head of one HTTP/1 request and finds its canonical path.
//
// It stands before every other reader of a request, so that no two of them can disagree about where a
// request ends, whom it is for or which object it names. A head that could be read in two ways is
// refused, never repaired. What passes has
//
//   - lines that end in CRLF, and no control byte but HTAB,
//   - a request line of three parts with one space between them, in HTTP/1.0 or HTTP/1.1,
//   - one Host that names a host, equal to the authority of an absolute target,
//   - at most one way to frame a body, and no look-alike of one,
//   - one canonical [Head.Path]: decoded once, without empty or dot segments, in valid UTF-8. Router,
//     signer, cache key and log all use it, so every spelling of a path is the same object everywhere.
//
// The gate reads no body, routes nothing and checks no token. Its functions are pure, allocate nothing
// for a head that passes and are safe for concurrent use; a [Head] belongs to one goroutine.
//
// Where the standards leave a choice, the stricter reading holds:
//
//   - One empty line before the request line is skipped, a second is refused (RFC 9112 2.2).
//   - An absolute target whose authority differs from Host is refused, though RFC 9112 3.2.2 would let
//     the target win: the next reader may let Host win.
//   - A repeated Content-Length is refused even when its values agree (RFC 9112 6.3 allows either).
//   - Range, If-Range, If-Modified-Since, If-Unmodified-Since and Authorization take one value, so no
//     sender may repeat them (RFC 9110 5.3), and readers differ on whether the first or the last counts:
//     refused. nginx does the same, save that it takes the first Range. If-Match, If-None-Match and Cookie
//     may be repeated; who evaluates them must read all their lines.
//   - A path that still begins with a token segment once decoded is refused, so that no later reader
//     can find a second token in it.
package gate

import (
	"bytes"
	"errors"
)

// Limits bounds a head. A limit of zero admits nothing; start from [DefaultLimits].
type Limits struct {
	Target int // bytes of the request target; a longer one is answered 414
	Head   int // bytes of the whole head with its empty line; a longer one is answered 431
	Fields int // number of field lines; more are answered 431
}

// DefaultLimits returns the limits that suit browsers, players and CDNs.
func DefaultLimits() Limits {
	return Limits{Target: 8192, Head: 16384, Fields: 100}
}

// Validate reports a set of limits that no request, or no request of the longest target, could meet.
func (l *Limits) Validate() error {
	switch {
	case l.Target <= 0:
		return errors.New("target: limit must be > 0")
	case l.Fields <= 0:
		return errors.New("fields: limit must be > 0")
	case l.Head < l.Target+lineOverhead:
		return errors.New("head: limit must leave room for a request line with the longest target")
	}
	return nil
}

// lineOverhead is what a request line may hold beside its target: a method, two spaces, the version, CRLF.
const lineOverhead = 64

// End reports where the head that starts at buf[0] ends: the index just past its empty line, or 0 while
// more bytes are needed. The first from bytes of buf have been given to End before. A fault is returned
// as soon as its bytes are there, so a malformed request never waits for a timeout. The answer does not
// depend on how the bytes arrived. The error is a *[Refusal].
//
// End judges line endings, control bytes, the request line's parts and the limits; [Limits.Parse] judges the rest.
func (l *Limits) End(buf []byte, from int) (int, error) {
	n, r := l.scan(buf, from)
	if r != nil {
		return 0, r
	}
	return n, nil
}

// Parse judges a whole head, from its first byte to the end that [Limits.End] found, and fills h.
// Slices in h point into head or into a buffer of h's own: they are valid until either is used again.
// The error is a *[Refusal]; h is empty then.
func (l *Limits) Parse(head []byte, h *Head) error {
	n, r := l.scan(head, 0)
	if r == nil && (n == 0 || n != len(head)) {
		r = refuseUnfinished
	}
	if r == nil {
		r = h.parse(head)
	}
	if r != nil {
		h.reset()
		return r
	}
	return nil
}

// Next is [Limits.End] followed by [Limits.Parse] of the head that ended, with one look at each byte
// instead of two. While n is 0 and err is nil, read more, and call again with from = the length of this buf.
func (l *Limits) Next(buf []byte, from int, h *Head) (n int, err error) {
	n, r := l.scan(buf, from)
	if r == nil && n > 0 {
		r = h.parse(buf[:n])
	}
	if r != nil {
		h.reset()
		return 0, r
	}
	return n, nil
}

// scan finds the end of the head. The first fault in the order of the bytes wins, whether they came at
// once or one by one: a limit is a fault at the byte where it is reached.
func (l *Limits) scan(buf []byte, from int) (int, *Refusal) {
	// RFC 9112 2.2: a server should ignore at least one empty line received before the request line.
	// It is line -1, the request line line 0.
	start, line := 0, 0
	if len(buf) >= 2 && buf[0] == '\r' && buf[1] == '\n' {
		start, line = 2, -1
	}
	i := max(0, min(from, len(buf)))
	if i > 0 && buf[i-1] == '\r' {
		i-- // it waited for its LF
	}
	if i > 0 {
		line += bytes.Count(buf[:i], []byte{'\n'})
	}

	room := l.Head
	if line <= 0 {
		room = min(l.Head, start+l.Target+lineOverhead)
	}
	b := buf[:max(0, min(len(buf), room))]
	for {
		cr, r := nextLineEnd(b, i)
		if r != nil {
			return 0, r
		}
		if cr == len(b) {
			break
		}
		switch {
		case cr == 0:
			// The empty line that start skips.
		case cr == start:
			return 0, refuseEmptyLine
		case b[cr-1] == '\n':
			return cr + 2, nil
		case line == 0:
			_, target, _, r := splitRequestLine(b[start:cr])
			if r != nil {
				return 0, r
			}
			if len(target) > l.Target {
				return 0, refuseTargetLength // RFC 9112 3
			}
			room = l.Head
			b = buf[:min(len(buf), room)]
		case line > l.Fields:
			return 0, refuseFieldCount // RFC 6585 5
		}
		line++
		i = cr + 2
	}
	switch {
	case len(b) < room:
		return 0, nil
	case line <= 0:
		return 0, refuseTargetLength
	default:
		return 0, refuseHeadLength // RFC 6585 5
	}
}

// nextLineEnd returns the index of the first CRLF in b at or after i, or len(b) while there is none.
func nextLineEnd(b []byte, i int) (int, *Refusal) {
	for {
		i = nextControl(b, i)
		switch {
		case i == len(b):
			return i, nil
		case b[i] == '\t':
			// A separator within values (RFC 9110 5.6.3); elsewhere the line's own grammar refuses it.
			i++
		case b[i] == '\n':
			// RFC 9112 2.2 lets a recipient end a line at a bare LF. Two that differ on it differ on
			// where the head ends.
			return 0, refuseBareLF
		case b[i] != '\r':
			return 0, refuseControl // RFC 9110 5.5
		case i+1 == len(b):
			return len(b), nil // its LF may still come
		case b[i+1] != '\n':
			return 0, refuseBareCR // RFC 9112 2.2
		default:
			return i, nil
		}
	}
}
