// Package stream turns one media request into a plan: the status and which
// bytes to send. It knows no user, no money and no token.
package stream

import (
	"segue/stream/byterange"
	"segue/stream/origin"
)

// Extent is Len bytes of an answer: of Mem when that is not nil, else from Off of
// the plan's file.
type Extent struct {
	Mem      []byte
	Off, Len int64
}

// Plan is an answer before it is written, by whichever protocol: a neutral
// value that the request's handler fills and the connection sends. It is reused
// from request to request; Reset between.
type Plan struct {
	Status  int
	Length  int64 // Content-Length, also of an answer to HEAD, which sends nothing
	Extents []Extent
	// File is what the extents without memory are read from. The plan owns one
	// reference, given back by Reset.
	File *origin.File

	decision byterange.Decision
	scratch  []byte // backs the value of Content-Range
	body     Body   // of a whole file
	whole    [1]Extent
}

// Memory makes a plan of bytes that stay unchanged until they are sent.
func (p *Plan) Memory(status int, body []byte) {
	p.Status, p.Length = status, int64(len(body))
	p.Extents = append(p.Extents[:0], Extent{Mem: body, Len: int64(len(body))})
}

// Bodyless keeps the headers of the plan and drops what would be sent.
func (p *Plan) Bodyless() { p.Extents = p.Extents[:0] }

// Reset gives back what the plan holds and makes it ready for another request.
func (p *Plan) Reset() {
	if p.File != nil {
		p.File.Release()
	}
	clear(p.Extents[:cap(p.Extents)]) // or bodies would be kept alive by the pool
	*p = Plan{Extents: p.Extents[:0], scratch: p.scratch[:0]}
}
