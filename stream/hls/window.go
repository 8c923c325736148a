package hls

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"segue/stream/container"
)

// Span is a stretch of the music, in milliseconds.
type Span struct{ From, To int64 }

// ErrSpan says that a window holds nothing of the media.
type ErrSpan struct{ Seconds float64 }

func (e *ErrSpan) Error() string {
	return fmt.Sprintf("hls: the window holds nothing of the %.3f s that there are", e.Seconds)
}

// Name is the window in addresses: "10-40", "10.5-40.25", in seconds.
func (s Span) Name() string {
	return string(appendMillis(appendMillis(nil, s.From, '-'), s.To, 0))
}

func appendMillis(b []byte, ms int64, then byte) []byte {
	b = strconv.AppendInt(b, ms/1000, 10)
	if f := ms % 1000; f != 0 {
		b = append(b, '.')
		b = append(b, strconv.FormatInt(1000+f, 10)[1:]...)
		for b[len(b)-1] == '0' {
			b = b[:len(b)-1]
		}
	}
	if then != 0 {
		b = append(b, then)
	}
	return b
}

// maxMillis is as far as a window may reach: 11 days.
const maxMillis = 1e9

// ParseSpan reads a window's name. Each has one spelling.
func ParseSpan(name []byte) (Span, bool) {
	var s Span
	from, rest, ok := parseMillis(name)
	if !ok || len(rest) == 0 || rest[0] != '-' {
		return s, false
	}
	to, rest, ok := parseMillis(rest[1:])
	if !ok || len(rest) != 0 || to <= from {
		return s, false
	}
	return Span{from, to}, true
}

func parseMillis(b []byte) (ms int64, rest []byte, ok bool) {
	i := 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		if ms = ms*10 + int64(b[i]-'0'); ms > maxMillis {
			return 0, nil, false
		}
		i++
	}
	if i == 0 || i > 1 && b[0] == '0' {
		return 0, nil, false
	}
	ms *= 1000
	if i < len(b) && b[i] == '.' {
		unit := int64(100)
		i++
		from := i
		for ; i < len(b) && b[i] >= '0' && b[i] <= '9' && unit > 0; i++ {
			ms += unit * int64(b[i]-'0')
			unit /= 10
		}
		if i == from || b[i-1] == '0' {
			return 0, nil, false
		}
	}
	return ms, b[i:], ms <= maxMillis
}

// preroll is how many frames a window begins early, for a decoder to find in:
// what the roll group says; two of MP3, whose frames lean on the bits of those
// before, and one of AAC in ADTS, whose frames overlap.
func preroll(t *container.Track, r *container.Run) int64 {
	switch {
	case t.Codec == container.CodecMP3:
		return 2
	case r.Entry == nil:
		return 1
	}
	return int64(-r.Roll)
}

// Window packages a stretch of m, cut at frames: the first is the one that sounds
// at span.From, the last the one that sounds before span.To. Pictures begin at the
// sync sample before, and sound with them. src is the file.
func (m *Media) Window(ctx context.Context, src io.ReaderAt, span Span) (*Media, error) {
	w := &Media{Index: m.Index, Version: m.Version, Format: m.Format, converted: m.converted}
	from, to := span.From*1000, span.To*1000
	for _, full := range m.Renditions { // pictures first
		r := newRendition(w, full.Kind, full.Track)
		r.refs = []ref{}
		if err := r.window(ctx, src, full, from, to); err != nil {
			return nil, err
		}
		if full.Kind == "video" && len(r.refs) > 0 {
			p := &r.parts[0]
			from = micros(p.began, int64(p.run.Rate))
			to = from + micros(p.duration, int64(p.run.Rate))
		}
		if len(r.refs) == 0 {
			return nil, &ErrSpan{m.Seconds()}
		}
		w.Renditions = append(w.Renditions, r)
	}
	return w, w.render(span.Name() + "/")
}

// window fills r with what a stretch of the music, in microseconds, leaves of full.
func (r *Rendition) window(ctx context.Context, src io.ReaderAt, full *Rendition, from, to int64) error {
	var before int64 // music of the parts before, in microseconds
	for i := range full.parts {
		p := &full.parts[i]
		rate := int64(p.run.Rate)
		music := micros(p.music(), rate)
		from, to := max(from-before, 0), min(to-before, music)
		before += music
		if from >= to {
			continue
		}
		// On the timeline of the frames.
		shift := p.delay - p.lead
		begin, end := samples(from, rate)+shift, samples(to, rate)+shift
		if to == music {
			end = p.duration
		}
		if err := r.windowPart(ctx, src, full, i, begin, end); err != nil {
			return err
		}
	}
	return nil
}

func samples(micro, rate int64) int64 { return micro/1e6*rate + (micro%1e6*rate+5e5)/1e6 }

func (r *Rendition) windowPart(ctx context.Context, src io.ReaderAt, full *Rendition, i int, begin, end int64) error {
	p := full.parts[i]
	run := p.run
	first, err := r.place(ctx, src, run, begin, false)
	if err != nil {
		return err
	}
	last, err := r.place(ctx, src, run, end, true)
	if err != nil {
		return err
	}
	wanted := first
	if full.Kind == "audio" {
		if first, err = r.back(ctx, src, run, first, preroll(full.Track, run)); err != nil {
			return err
		}
	} else {
		if first, err = r.sync(ctx, src, run, first); err != nil {
			return err
		}
	}
	if last.frame(run) <= first.frame(run) {
		return nil
	}
	q := part{run: run, began: first.time, ahead: p.ahead, duration: last.time - first.time}
	if n := len(r.parts); n > 0 {
		q.start = r.parts[n-1].after(run.Rate)
	}
	if full.Kind == "audio" && !full.Packed() {
		if q.delay = wanted.time - first.time; wanted.frame(run) == 0 {
			q.delay = min(p.delay, q.duration) // the encoder's own
		}
		q.padding = max(0, last.time-(p.duration-p.padding))
	}
	// The pieces: what is left of each segment.
	var refs []ref
	for k := first.k; k < run.Segments(); k++ {
		a, b := run.Cuts[k], run.Cuts[k+1]
		lo, hi := int64(0), b.Frame-a.Frame
		from, to := a.Time, b.Time
		if k == first.k {
			lo, from = first.n, first.time
		}
		if k == last.k {
			hi, to = last.n, last.time
		}
		if hi > lo {
			s := ref{part: len(r.parts), k: k, n: 1, lo: lo, count: hi - lo, time: from - first.time, duration: to - from}
			s.bytes = b.Bytes - a.Bytes
			if lo > 0 || hi < b.Frame-a.Frame {
				f, err := full.frames(ctx, src, &s)
				if err != nil {
					return err
				}
				s.bytes = 0
				for _, n := range f.Sizes {
					s.bytes += int64(n)
				}
			}
			refs = append(refs, s)
		}
		if k >= last.k {
			break
		}
	}
	refs = joinShort(refs, int64(run.Rate)/2)
	r.parts = append(r.parts, q)
	r.refs = append(r.refs, refs...)
	r.first = append(r.first, len(r.refs))
	return nil
}

// joinShort joins a first or last piece of under half a second to its
// neighbour: players fail on very short segments.
func joinShort(refs []ref, least int64) []ref {
	join := func(a, b ref) ref {
		a.n += b.n
		a.count += b.count
		a.duration += b.duration
		a.bytes += b.bytes
		return a
	}
	if n := len(refs); n > 1 && refs[0].duration < least {
		refs[1] = join(refs[0], refs[1])
		refs = refs[1:]
	}
	if n := len(refs); n > 1 && refs[n-1].duration < least {
		refs[n-2] = join(refs[n-2], refs[n-1])
		refs = refs[:n-1]
	}
	return refs
}

// place is before frame n of segment k of a run.
type place struct {
	k    int
	n    int64
	time int64
}

func (p place) frame(run *container.Run) int64 { return run.Cuts[p.k].Frame + p.n }

// place finds the frame that sounds at a time or, with after, the first that
// begins at it or later.
func (r *Rendition) place(ctx context.Context, src io.ReaderAt, run *container.Run, time int64, after bool) (place, error) {
	k := 0
	for k+1 < run.Segments() && run.Cuts[k+1].Time <= time {
		k++
	}
	at := place{k: k, time: run.Cuts[k].Time}
	if at.time >= time {
		return at, nil
	}
	f, err := r.media.Index.Frames(ctx, src, run, k)
	if err != nil {
		return at, err
	}
	for _, d := range f.Durations {
		if after && at.time >= time || !after && at.time+int64(d) > time {
			break
		}
		at.n++
		at.time += int64(d)
	}
	return at, nil
}

// sync is the last sync sample at or before a place.
func (r *Rendition) sync(ctx context.Context, src io.ReaderAt, run *container.Run, at place) (place, error) {
	f, err := r.media.Index.Frames(ctx, src, run, at.k)
	if err != nil {
		return at, err
	}
	for at.n > 0 && f.Sync != nil && !f.Sync[at.n] {
		at.n--
		at.time -= int64(f.Durations[at.n])
	}
	return at, nil
}

// back goes back by frames, over the beginning of a segment if need be.
func (r *Rendition) back(ctx context.Context, src io.ReaderAt, run *container.Run, at place, frames int64) (place, error) {
	for frames > 0 && at.frame(run) > 0 {
		if at.n == 0 {
			at.k--
			at.n = run.Cuts[at.k+1].Frame - run.Cuts[at.k].Frame
		}
		f, err := r.media.Index.Frames(ctx, src, run, at.k)
		if err != nil {
			return at, err
		}
		for ; frames > 0 && at.n > 0; frames-- {
			at.n--
			at.time -= int64(f.Durations[at.n])
		}
	}
	return at, nil
}
