package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"segue/bench/corpus"
)

// kind is what a row does with its addresses.
type kind int

const (
	signed kind = iota // a token in every address
	ranged             // no token, one Range in every request
	secure             // no token, TLS 1.3
	// What the edge packages just in time and nginx has as files. A second edge asks for a token.
	playlist
	segment
	kinds
)

// hls tells whether the answers are not files of the corpus.
func (k kind) hls() bool { return k == playlist || k == segment }

// floored tells whether the floors take part: they have no TLS, and package nothing.
func (k kind) floored() bool { return k == signed || k == ranged }

// row is one line of the table: the same requests for every server.
type row struct {
	name     string
	kind     kind
	set      corpus.Set
	songs    []corpus.Song // in place of a set
	gzip     bool
	part     int64 // size of the ranges
	target   float64
	requests int // length of the list that wrk goes round in; with HLS, what was crawled
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
	{name: "HLS playlist of 10 minutes", kind: playlist, songs: []corpus.Song{aac, mp3, flac}, target: 0.80},
	{name: "HLS playlist, gzip", kind: playlist, songs: []corpus.Song{aac, mp3, flac}, gzip: true, target: 0.80},
	{name: "HLS segment, AAC 160 KB", kind: segment, songs: []corpus.Song{aac}, target: 1.05},
	{name: "HLS segment, MP3 240 KB", kind: segment, songs: []corpus.Song{mp3}, target: 1.05},
	{name: "HLS segment, FLAC 700 KB", kind: segment, songs: []corpus.Song{flac}, target: 1.05},
}

// request is one entry of a list: from and to are the range, if the row has one.
type request struct {
	path     string
	from, to int64
	file     string // where the right bytes are, if not at the path below the corpus
	encoding string // asked for
}

// size is the length of the answer's body.
func (q request) size() int64 { return q.to - q.from + 1 }

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

// listOf is the row's part of what was crawled, in an order that looks random and is the same in every run.
func (r row) listOf(crawled map[string]*pages) []request {
	var list []request
	for _, s := range r.songs {
		switch p := crawled[s.Name]; {
		case r.kind == segment:
			list = append(list, p.segments...)
		case r.gzip:
			list = append(list, p.zipped...)
		default:
			list = append(list, p.playlists...)
		}
	}
	list = slices.Clone(list)
	rand.New(rand.NewPCG(1, uint64(len(list)))).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// rangeHeader is empty for a whole file.
func (r row) rangeHeader(q request) string {
	if r.kind != ranged {
		return ""
	}
	return fmt.Sprintf("bytes=%d-%d", q.from, q.to)
}
