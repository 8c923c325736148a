package main

import (
	"fmt"
	"math/rand/v2"

	"segue/bench/corpus"
)

// kind is what a row does with its addresses.
type kind int

const (
	signed kind = iota // a token in every address
	ranged             // no token, one Range in every request
	secure             // no token, TLS 1.3
)

// row is one line of the table: the same requests for every server.
type row struct {
	name     string
	kind     kind
	set      corpus.Set
	part     int64 // size of the ranges
	target   float64
	requests int // length of the list that wrk goes round in
}

// floorTarget is the most that the edge may cost, as a multiple of the better floor.
const floorTarget = 1.25

const (
	kb = 1 << 10
	mb = 1 << 20
)

var (
	small  = corpus.Set{Name: "10k", Count: 16, SizeBytes: 10 * kb}
	middle = corpus.Set{Name: "100k", Count: 16, SizeBytes: 100 * kb}
	large  = corpus.Set{Name: "320k", Count: 16, SizeBytes: 320 * kb}
	whole  = corpus.Set{Name: "1m", Count: 200, SizeBytes: mb}
	album  = corpus.Set{Name: "20m", Count: 10, SizeBytes: 20 * mb}
)

func sets() []corpus.Set { return []corpus.Set{small, middle, large, whole, album} }

var rows = []row{
	{name: "10 KB signed", kind: signed, set: small, target: 0.85, requests: 1000},
	{name: "100 KB signed", kind: signed, set: middle, target: 0.95, requests: 1000},
	{name: "320 KB signed", kind: signed, set: large, target: 0.75, requests: 1000},
	{name: "1 MB of 200 MB, signed", kind: signed, set: whole, target: 0.70, requests: 2000},
	{name: "64 KB ranges of 1 MB", kind: ranged, set: whole, part: 64 * kb, target: 1.00, requests: 4000},
	{name: "1 MB ranges of 20 MB", kind: ranged, set: album, part: mb, target: 0.70, requests: 2000},
	{name: "100 KB, TLS 1.3", kind: secure, set: middle, target: 1.20, requests: 1000},
	{name: "1 MB of 200 MB, TLS 1.3", kind: secure, set: whole, target: 1.20, requests: 2000},
}

// request is one entry of a list: from and to are the range, if the row has one.
type request struct {
	path     string
	from, to int64
}

// body is the length of every answer of the row.
func (r row) body() int64 {
	if r.kind == ranged {
		return r.part
	}
	return r.set.SizeBytes
}

// list is the row's requests in an order that looks random and is the same in every run.
func (r row) list() []request {
	rng := rand.New(rand.NewPCG(uint64(r.set.SizeBytes), uint64(r.part)))
	list := make([]request, r.requests)
	for i := range list {
		list[i] = request{path: r.set.Path(rng.IntN(r.set.Count)), from: 0, to: r.set.SizeBytes - 1}
		if r.kind == ranged {
			list[i].from = rng.Int64N(r.set.SizeBytes - r.part + 1)
			list[i].to = list[i].from + r.part - 1
		}
	}
	return list
}

// rangeHeader is empty for a whole file.
func (r row) rangeHeader(q request) string {
	if r.kind != ranged {
		return ""
	}
	return fmt.Sprintf("bytes=%d-%d", q.from, q.to)
}
