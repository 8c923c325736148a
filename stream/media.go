package stream

import (
	"math/rand/v2"

	"segue/stream/byterange"
	"segue/stream/origin"
)

// Body is a representation: memory and stretches of one file, one behind the
// other.
type Body struct {
	ETag        string // strong, quoted
	ContentType string
	Size        int64 // of all extents
	Extents     []Extent
	// ModTime is the modification time in Unix seconds, 0 when there is none.
	ModTime int64
	// DateStrong says that ModTime names these bytes alone (RFC 9110 8.8.2.2).
	DateStrong bool
}

// Media plans the answer of one file to a GET or HEAD request, and takes over
// the caller's reference to it. Status is 200, 206, 304, 412 or 416. What the
// headers need beside it is in the returned Range: the Content-Range of a single
// part or of 416, the boundary of several parts.
func (p *Plan) Media(f *origin.File, req *byterange.Request) Range {
	p.whole = [1]Extent{{Len: f.Size}}
	p.body = Body{
		ETag: f.ETag, ContentType: f.ContentType, Size: f.Size, Extents: p.whole[:],
		ModTime: f.ModTime, DateStrong: f.DateStrong,
	}
	return p.Body(f, &p.body, req)
}

// Body is Media for what is made of parts of f.
func (p *Plan) Body(f *origin.File, b *Body, req *byterange.Request) Range {
	p.File = f
	sel := byterange.Selected{ETag: b.ETag, ModTime: b.ModTime, Size: b.Size, DateStrong: b.DateStrong}
	byterange.Decide(req, &sel, &p.decision)
	d := &p.decision
	p.Status = d.Status
	var r Range
	switch {
	case d.Status == 200:
		p.Length = b.Size
		p.part(b, 0, b.Size)
	case d.Status == 416:
		p.scratch = byterange.AppendUnsatisfied(p.scratch[:0], b.Size)
		r.ContentRange = p.scratch
	case d.Status == 206 && d.N == 1:
		p.Length = d.Ranges[0].Length
		p.part(b, d.Ranges[0].Start, d.Ranges[0].Length)
		p.scratch = byterange.AppendContentRange(p.scratch[:0], d.Ranges[0], b.Size)
		r.ContentRange = p.scratch
	case d.Status == 206:
		r.Boundary = p.multipart(b, d.Ranges[:d.N])
	}
	if req.Head {
		p.Bodyless()
	}
	return r
}

// Range is what a planned answer says of its ranges. Its bytes live as long as
// the plan.
type Range struct {
	ContentRange []byte
	Boundary     string
}

// part adds size bytes from off of a body.
func (p *Plan) part(b *Body, off, size int64) {
	inline := p.File.Bytes()
	for i := range b.Extents {
		e := b.Extents[i]
		if off >= e.Len {
			off -= e.Len
			continue
		}
		n := min(e.Len-off, size)
		if n == 0 {
			return
		}
		switch {
		case e.Mem != nil:
			p.Extents = append(p.Extents, Extent{Mem: e.Mem[off : off+n], Len: n})
		case inline != nil:
			p.Extents = append(p.Extents, Extent{Mem: inline[e.Off+off : e.Off+off+n], Len: n})
		default:
			p.Extents = append(p.Extents, Extent{Off: e.Off + off, Len: n})
		}
		off, size = 0, size-n
	}
}

// multipart frames several ranges. Slow path: it allocates.
func (p *Plan) multipart(b *Body, ranges []byterange.Range) (boundary string) {
	boundary = newBoundary()
	p.Length = byterange.MultipartLength(boundary, b.ContentType, b.Size, ranges)
	for i, r := range ranges {
		p.Extents = append(p.Extents, Extent{Mem: byterange.AppendPartHeader(nil, boundary, b.ContentType, r, b.Size, i == 0)})
		p.part(b, r.Start, r.Length)
	}
	p.Extents = append(p.Extents, Extent{Mem: byterange.AppendClosing(nil, boundary)})
	return boundary
}

// newBoundary draws 128 bits: nobody can put it into a file beforehand.
func newBoundary() string {
	const digits = "0123456789abcdef"
	var b [32]byte
	for i := 0; i < len(b); i += 16 {
		v := rand.Uint64()
		for j := range 16 {
			b[i+j] = digits[v>>(4*j)&15]
		}
	}
	return string(b[:])
}
