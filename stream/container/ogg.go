package container

import (
	"slices"
	"strings"
)

const (
	// maxOggRuns bounds the links of a chain.
	maxOggRuns = 1000
	// maxOggPieces bounds the pieces of the file that a segment is made of.
	maxOggPieces = 1 << 17
)

// openOgg walks an Ogg file (RFC 3533) for its Opus stream (RFC 7845). The
// CRC-32 of every page is checked. Of streams that stand in it side by side the
// first of Opus is taken; of streams one behind the other each becomes a run.
func openOgg(w *window, x *Index, start int64) error {
	w.hashAll(start)
	o := &oggOpener{x: x, walk: oggWalk{w: w, off: start}}
	for {
		p, ok, err := o.walk.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := o.page(&p); err != nil {
			return err
		}
	}
	return o.end()
}

type oggOpener struct {
	x     *Index
	walk  oggWalk
	heads bool     // the pages that streams begin with are being read
	kinds []string // what the streams of this link hold that are left out
	link  *opusLink
	runs  []Run

	others, holes, invalid int64
	missing                float64
}

func (o *oggOpener) page(p *oggPage) error {
	if p.flags&oggFirst != 0 {
		return o.head(p)
	}
	if o.heads {
		o.heads = false
		if o.link == nil && len(o.runs) == 0 {
			return o.unsupported()
		}
		if o.link == nil {
			o.others++
		}
	}
	if o.link == nil || o.link.ended || p.serial != o.link.stream.serial {
		return nil
	}
	return o.link.page(p)
}

// head takes the first page of a stream. Those of all streams that stand side
// by side come before all other pages (RFC 3533, 4).
func (o *oggOpener) head(p *oggPage) error {
	if !o.heads {
		if err := o.close(p.off); err != nil {
			return err
		}
		o.heads, o.kinds = true, nil
	}
	b := p.packet()
	kind := oggKind(b)
	switch {
	case kind == "Skeleton":
		return nil // says something about the others, and is nothing to hear
	case kind != "Opus" || o.link != nil:
		if !slices.Contains(o.kinds, kind) {
			o.kinds = append(o.kinds, kind)
		}
		return nil
	}
	h, err := parseOpusHead(b)
	if err != nil {
		return err
	}
	o.link = newOpusLink(p, h)
	return nil
}

func (o *oggOpener) unsupported() error {
	if len(o.kinds) == 0 {
		return unsupported("it is Ogg without sound")
	}
	return unsupported("it is Ogg with %s, which is not packaged", strings.Join(o.kinds, " and "))
}

// close ends a link, whose pages end at end.
func (o *oggOpener) close(end int64) error {
	l := o.link
	if l == nil {
		return nil
	}
	o.link = nil
	o.holes += l.stream.holes
	o.missing += l.missing
	o.invalid += l.invalid
	if l.here.Frame == 0 {
		return nil
	}
	if len(o.runs) == maxOggRuns {
		return unsupported("it is a chain of more than %d streams", maxOggRuns)
	}
	if len(o.runs) == 0 {
		if len(o.kinds) > 0 {
			o.x.note("it holds %s as well, which is left out", strings.Join(o.kinds, " and "))
		}
		if l.begin > 0 {
			o.x.note("it was cut out of a longer stream, %.1f s after its beginning", float64(l.begin)/opusRate)
		}
	}
	o.runs = append(o.runs, l.run(end))
	return nil
}

// end ends the file.
func (o *oggOpener) end() error {
	whole := o.link == nil || o.link.ended
	if o.heads && o.link == nil && len(o.runs) == 0 {
		return o.unsupported()
	}
	if err := o.close(o.walk.off); err != nil {
		return err
	}
	if len(o.runs) == 0 {
		return broken("no packet of sound follows its headers")
	}
	o.x.Audio = &Track{Codec: CodecOpus, Runs: o.runs}

	if n := o.walk.gaps; n > 0 {
		o.x.note("%s of bytes that are no whole page", counted(n, "stretch", "stretches"))
	}
	if n := o.walk.w.size - o.walk.off; n > 0 {
		o.x.note("its last %d bytes are no whole page and left out", n)
	}
	if !whole {
		o.x.note("its last page is missing")
	}
	if o.holes > 0 {
		o.x.note("%s where pages are missing", counted(o.holes, "place", "places"))
	}
	if o.missing > 0 {
		o.x.note("%.2f s of its sound are missing", o.missing/opusRate)
	}
	if o.invalid > 0 {
		o.x.note("%s not Opus, left out", counted(o.invalid, "packet that is", "packets that are"))
	}
	if o.others > 0 {
		o.x.note("%s of a chain without Opus, left out", counted(o.others, "link", "links"))
	}
	return nil
}

// framesOgg puts the packets of a segment together again.
func framesOgg(w *window, r *Run, k int) (*Frames, error) {
	a, b := &r.Cuts[k], &r.Cuts[k+1]
	n := int(b.Frame - a.Frame)
	f := &Frames{Sizes: make([]uint32, 0, n), Durations: make([]uint32, 0, n)}
	walk := oggWalk{w: w, off: a.Offset}
	s := oggStream{serial: a.Pos[1], most: int64(a.Pos[2]), extents: true}
	var bytes int64
	take := func(p *oggPacket) error {
		d, ok := opusSamples(p)
		if len(f.Sizes) == n || !ok || p.size > s.most || p.page == a.Offset && p.nth < a.Pos[0] {
			return nil
		}
		for _, e := range p.extents {
			f.add(e.Off, e.Len)
		}
		if len(f.Extents) > maxOggPieces {
			return unsupported("segment %d stands in more than %d places", k, maxOggPieces)
		}
		f.Sizes = append(f.Sizes, uint32(p.size))
		f.Durations = append(f.Durations, d)
		bytes += p.size
		return nil
	}
	for len(f.Sizes) < n {
		p, ok, err := walk.next()
		if err != nil {
			return nil, err
		}
		if !ok || walk.bad == a.Offset || p.flags&oggFirst != 0 {
			break
		}
		if p.serial != s.serial {
			continue
		}
		if err := s.page(&p, take); err != nil {
			return nil, err
		}
	}
	if walk.bad != 0 && (len(f.Sizes) < n || bytes != b.Bytes-a.Bytes) {
		return nil, broken("the page at byte %d is damaged", walk.bad)
	}
	if len(f.Sizes) == n && n > 0 && k == r.Segments()-1 {
		// The end was cut off the last packet: see opusLink.run.
		last := b.Time - a.Time
		for _, d := range f.Durations[:n-1] {
			last -= int64(d)
		}
		if d := &f.Durations[n-1]; last > 0 && last < int64(*d) {
			*d = uint32(last)
		}
	}
	return f, nil
}
