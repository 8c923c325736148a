// Package byterange parses Range, If-Range and the conditional headers.
//
// [Decide] takes the raw field values of one GET or HEAD request and what is
// known of the representation it asks for, and answers with a status and the
// byte ranges to send. It follows RFC 9110 sections 13 and 14; where the RFC
// leaves a choice, this is ours:
//
//   - A Range field with another unit than bytes, or without "=", is ignored.
//     A byte range set that breaks the grammar is 416, as in nginx and Go, also
//     when other members of the set are good.
//   - Blanks are accepted around commas, which the grammar allows, and around
//     the numbers ("1 - 2"), which it does not, but nginx, Apache and Go do.
//   - Members that lie past the end are dropped; 416 when none is left.
//   - More than [MaxRanges] satisfiable members, or two that share a byte, get
//     the whole representation (200): an answer never exceeds the size by more
//     than its multipart framing. Ranges that touch share nothing. The order
//     asked for is kept.
//   - An empty representation satisfies no range with a first position (416);
//     a suffix of one or more bytes is satisfiable by 14.1.2, but Content-Range
//     cannot express zero bytes, so that answer is 200 (14.2 permits it).
//   - An entity-tag list that breaks the grammar counts up to the break: what
//     follows matches nothing. An empty If-Match so fails (412) and an empty
//     If-None-Match so passes (200). "*" stands for itself alone, not in a list.
//   - Range on HEAD is ignored: 14.2 defines it for GET only.
//
// The package also writes what such answers need: Content-Range, the framing of
// multipart/byteranges, and HTTP dates. It sends nothing, knows no clock, keeps
// no reference to what it is given, and allocates nothing. All functions are
// safe for concurrent use.
package byterange

// MaxRanges is the most ranges that one answer may have.
const MaxRanges = 16

// A Range is Length bytes from offset Start. Length is at least 1 in all that
// [Decide] returns.
type Range struct{ Start, Length int64 }

// Selected is the representation asked for (9110 3.2).
type Selected struct {
	// ETag is the entity tag as sent, quotes included; empty if there is none.
	// A weak one (W/"x") is never equal by strong comparison.
	ETag string

	// ModTime is what Last-Modified says, in Unix seconds; 0 if there is none:
	// then no date field has any effect, and If-Range with a date fails.
	ModTime int64

	// Size in bytes, never negative.
	Size int64

	// DateStrong says that ModTime names one sequence of bytes, as 9110 8.8.2.2
	// asks of a date that stands in If-Range: the bytes did not change twice
	// within that second. True of objects that are never rewritten and of files
	// last written more than a second ago. Set always, it gives the manner of
	// nginx and Go, which compare the dates and trust the client to have obeyed
	// 13.1.5. When false, If-Range with a date fails and all is sent.
	DateStrong bool
}

// Request holds the raw values of the conditional fields; nil is absent. A field
// that is present but empty must be non-nil and empty. Repeated If-Match and
// If-None-Match lines are to be joined by commas first (9110 5.3).
type Request struct {
	IfMatch, IfNoneMatch               []byte
	IfModifiedSince, IfUnmodifiedSince []byte
	IfRange, Range                     []byte

	// Head is true for HEAD. All else counts as GET.
	Head bool
}

// Decision is the answer: Status is 200, 206, 304, 412 or 416. With 206, the
// first N elements of Ranges are to be sent, in that order; N = 1 calls for a
// plain body, more for multipart/byteranges. Otherwise N is 0.
type Decision struct {
	Status int
	N      int
	Ranges [MaxRanges]Range
}

// Decide fills d for a GET or HEAD request whose answer without these fields
// would be 200; with any other answer they are to be ignored (9110 13.2.1).
// Elements of d.Ranges past d.N are left as they were.
func Decide(req *Request, sel *Selected, d *Decision) {
	d.Status, d.N = 200, 0

	// The order is that of 9110 13.2.2.
	cond := ifMatch(req, sel)
	if cond == absent {
		cond = ifUnmodifiedSince(req, sel)
	}
	if cond == fails {
		d.Status = 412
		return
	}

	cond = ifNoneMatch(req, sel)
	if cond == absent {
		cond = ifModifiedSince(req, sel)
	}
	if cond == fails {
		d.Status = 304
		return
	}

	if req.Range == nil || req.Head || ifRange(req, sel) == fails {
		return
	}
	d.Status, d.N = parseRange(req.Range, sel.Size, &d.Ranges)
}
