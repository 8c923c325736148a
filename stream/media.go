package stream

import (
	"math/rand/v2"

	"segue/stream/byterange"
	"segue/stream/origin"
)

// Media plans the answer of one file to a GET or HEAD request, and takes over
// the caller's reference to it. Status is 200, 206, 304, 412 or 416. What the
// headers need beside it is in the returned Range: the Content-Range of a single
// part or of 416, the boundary of several parts.
func (p *Plan) Media(f *origin.File, req *byterange.Request) Range {
	p.File = f
	sel := byterange.Selected{ETag: f.ETag, ModTime: f.ModTime, Size: f.Size, DateStrong: f.DateStrong}
	byterange.Decide(req, &sel, &p.decision)
	d := &p.decision
	p.Status = d.Status
	var r Range
	switch {
	case d.Status == 200:
		p.Length = f.Size
		p.part(0, f.Size)
	case d.Status == 416:
		p.scratch = byterange.AppendUnsatisfied(p.scratch[:0], f.Size)
		r.ContentRange = p.scratch
	case d.Status == 206 && d.N == 1:
		p.Length = d.Ranges[0].Length
		p.part(d.Ranges[0].Start, d.Ranges[0].Length)
		p.scratch = byterange.AppendContentRange(p.scratch[:0], d.Ranges[0], f.Size)
		r.ContentRange = p.scratch
	case d.Status == 206:
		r.Boundary = p.multipart(f, d.Ranges[:d.N])
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

func (p *Plan) part(off, size int64) {
	if size == 0 {
		return
	}
	if b := p.File.Bytes(); b != nil {
		p.Extents = append(p.Extents, Extent{Mem: b[off : off+size]})
		return
	}
	p.Extents = append(p.Extents, Extent{Off: off, Len: size})
}

// multipart frames several ranges. Slow path: it allocates.
func (p *Plan) multipart(f *origin.File, ranges []byterange.Range) (boundary string) {
	boundary = newBoundary()
	p.Length = byterange.MultipartLength(boundary, f.ContentType, f.Size, ranges)
	for i, r := range ranges {
		p.Extents = append(p.Extents, Extent{Mem: byterange.AppendPartHeader(nil, boundary, f.ContentType, r, f.Size, i == 0)})
		p.part(r.Start, r.Length)
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
