package hls

import (
	"context"
	"io"
	"strconv"
	"sync/atomic"

	"segue/stream"
	"segue/stream/container"
)

// Segment is a segment or an init section, ready to be sent: what the packager
// wrote in memory, what is the file's as extents of it. It is not changed.
type Segment struct {
	stream.Body

	slot *atomic.Pointer[Segment] // where it is kept
	used atomic.Bool              // since the memory's hand last passed
	cost int64
}

const (
	// inMemory is the size up to which a segment is kept whole: to copy it costs
	// less than a system call more (measured, see bench/README.md).
	inMemory = 64 << 10
	// shortExtent is the mean length below which stretches of the file are
	// gathered into memory: a system call for each would cost more.
	shortExtent = 32 << 10
	// gathered bounds a segment that is gathered.
	gathered = 4 << 20
)

// cut makes segment n of the rendition, its timeline moved by base, from src,
// which is the file that the index is of.
func (r *Rendition) cut(ctx context.Context, src io.ReaderAt, n int, base int64) (*Segment, error) {
	s := r.ref(n)
	p := &r.parts[s.part]
	f, err := r.frames(ctx, src, &s)
	if err != nil {
		return nil, err
	}
	time := p.start + base + s.time
	var head []byte
	if r.Packed() {
		head = appendTimestamp(make([]byte, 0, timestampSize), time, int64(p.run.Rate))
	} else {
		head = r.fragment(n, &s, time, f)
	}
	seg := &Segment{Body: stream.Body{ContentType: r.ContentType, Size: int64(len(head)) + s.bytes}}
	seg.ETag = `"` + r.media.Version + "-" + r.Name + "-" + strconv.Itoa(n)
	if base != 0 {
		seg.ETag += "-" + strconv.FormatInt(base, 10)
	}
	if r.refs != nil { // a window's: named by its place
		seg.ETag += "-" + strconv.FormatInt(s.lo, 10) + "-" + strconv.FormatInt(s.count, 10) + "-" + strconv.Itoa(s.k)
	}
	seg.ETag += `"`
	if k := int64(len(f.Extents)); seg.Size <= inMemory || k > 1 && s.bytes/k < shortExtent && seg.Size <= gathered {
		body := make([]byte, seg.Size)
		at := copy(body, head)
		for _, e := range f.Extents {
			if err := readFull(src, body[at:at+int(e.Len)], e.Off); err != nil {
				return nil, err
			}
			at += int(e.Len)
		}
		seg.Extents = []stream.Extent{{Mem: body, Len: seg.Size}}
		seg.cost = seg.Size
	} else {
		// What sendfile sends begins with a page: pages that lie askew over the
		// packets cost a third more (measured at 160 KB, see bench/README.md).
		if head, err = toPage(src, head, f.Extents); err != nil {
			return nil, err
		}
		seg.Extents = make([]stream.Extent, 0, 1+len(f.Extents))
		seg.Extents = append(seg.Extents, stream.Extent{Mem: head, Len: int64(len(head))})
		for _, e := range f.Extents {
			if e.Len > 0 {
				seg.Extents = append(seg.Extents, stream.Extent{Off: e.Off, Len: e.Len})
			}
		}
		seg.cost = int64(len(head))
	}
	seg.cost += 256 + int64(len(seg.Extents))*40
	return seg, nil
}

// toPage moves the first bytes of the extents behind head, until one begins with a
// page of the file or there are none.
func toPage(src io.ReaderAt, head []byte, extents []container.Extent) ([]byte, error) {
	const page = 4 << 10
	for i := range extents {
		e := &extents[i]
		n := min((page-e.Off%page)%page, e.Len)
		if n == 0 {
			break
		}
		at := len(head)
		head = append(head, make([]byte, n)...)
		if err := readFull(src, head[at:], e.Off); err != nil {
			return nil, err
		}
		e.Off, e.Len = e.Off+n, e.Len-n
		if e.Len > 0 {
			break
		}
	}
	return head, nil
}

// frames reads what a segment holds.
func (r *Rendition) frames(ctx context.Context, src io.ReaderAt, s *ref) (*container.Frames, error) {
	run := r.parts[s.part].run
	f, err := r.media.Index.Frames(ctx, src, run, s.k)
	if err != nil {
		return nil, err
	}
	for k := s.k + 1; k < s.k+s.n; k++ {
		g, err := r.media.Index.Frames(ctx, src, run, k)
		if err != nil {
			return nil, err
		}
		f = f.Append(g)
	}
	if s.lo > 0 || s.count < int64(len(f.Sizes)) {
		f = f.Slice(int(s.lo), int(s.lo+s.count))
	}
	return f, nil
}

// readFull fills p. The end of the file before that is an error: the index says
// that there is more.
func readFull(src io.ReaderAt, p []byte, off int64) error {
	n, err := src.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// header makes the init section of a part.
func (r *Rendition) header(i int) *Segment {
	b := r.initSection(&r.parts[i])
	s := &Segment{Body: stream.Body{
		ETag:        `"` + r.media.Version + "-" + r.Name + "-init-" + strconv.Itoa(i),
		ContentType: r.ContentType, Size: int64(len(b)), Extents: []stream.Extent{{Mem: b, Len: int64(len(b))}},
	}}
	if r.refs != nil {
		p := &r.parts[i]
		s.ETag += "-" + strconv.FormatInt(p.delay, 10) + "-" + strconv.FormatInt(p.duration, 10)
	}
	s.ETag += `"`
	s.cost = int64(len(b)) + 300
	return s
}
