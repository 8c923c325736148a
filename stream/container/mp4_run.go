package container

import (
	"math"
)

// runWalk goes through the samples of a run and cuts them.
type runWalk struct {
	run         Run // which is made; without cuts, and of all samples, until it is walked
	tab         *tables
	track       *mp4Track
	edit        edit
	clock       clock
	first       uint32
	base        int64 // when the first begins in the media
	startsAt    int64 // and in the clock's rate
	cutter      *cutter
	span        *extremes
	frame       mp4Sample
	number      int64 // of frame, from the first
	time, bytes int64 // when it begins, and bytes before it
	raw         int64 // when it begins in the media, from the first
	inSegment   int
}

// each calls visit for each sample from the first on, until it returns false,
// and returns the end. visit may cut before the sample.
func (r *runWalk) each(visit func(walk *mp4Walk) (bool, error)) (Cut, error) {
	walk := r.tab.walk()
	r.raw = -r.base
	for i := uint32(0); i < r.tab.n; i++ {
		var err error
		if i&0xffff == 0 {
			if err := r.tab.stts.ctx.Err(); err != nil { // sizes that are all alike are not read
				return Cut{}, err
			}
		}
		if r.frame, err = walk.next(); err != nil {
			return Cut{}, err
		}
		if i < r.first {
			r.raw += int64(r.frame.delta)
			continue
		}
		r.number = int64(i - r.first)
		r.time = r.clock.at(i, r.raw+r.base) - r.startsAt
		more, err := visit(walk)
		if err != nil {
			return Cut{}, err
		}
		if !more {
			return Cut{Frame: r.number, Time: r.time, Bytes: r.bytes, Offset: r.frame.off}, nil
		}
		if r.inSegment++; r.inSegment > maxSegmentFrames {
			return Cut{}, unsupported("it has more than %d frames where no segment can begin", maxSegmentFrames)
		}
		r.bytes += int64(r.frame.size)
		r.raw += int64(r.frame.delta)
		r.span.from = min(r.span.from, r.frame.off)
		r.span.to = max(r.span.to, r.frame.off+int64(r.frame.size))
	}
	r.number++
	end := Cut{Frame: r.number, Time: r.clock.total - r.startsAt, Bytes: r.bytes, Offset: r.frame.off + int64(r.frame.size)}
	return end, nil
}

// cut begins a segment with the frame.
func (r *runWalk) cut(walk *mp4Walk) error {
	r.inSegment = 0
	return r.cutter.cut(Cut{Frame: r.number, Time: r.time, Bytes: r.bytes, Offset: r.frame.off, Pos: walk.place()})
}

// end completes the run.
func (r *runWalk) end(at Cut) {
	r.run.Cuts = r.cutter.end(at)
	r.run.Frames, r.run.Duration = at.Frame, at.Time
}

// open makes ready to walk a track.
func (m *movie) open(t *mp4Track, kind string, x *Index, span *extremes) (*runWalk, error) {
	if t.scale == 0 {
		return nil, broken("a track's header (mdhd) is missing or states no timescale")
	}
	tab, err := m.tables(t, indexPane)
	if err != nil {
		return nil, err
	}
	l, err := tab.lengths()
	if err != nil {
		return nil, err
	}
	if l.more {
		x.Notes = append(x.Notes, "a table of durations (stts) is longer than needed")
	}
	e, err := m.edit(t)
	if err != nil {
		return nil, err
	}
	c := newClock(t, tab, l, x)
	w := &runWalk{tab: tab, track: t, edit: e, clock: c, cutter: newCutter(c.rate), span: span}
	r := &w.run
	r.Config, r.Rate, r.FrameSamples, r.Duration = t.Config, c.rate, c.frame, c.total
	r.Start = rescale(e.start, r.Rate, m.scale)
	if r.Start > math.MaxInt64>>8 || r.Duration > math.MaxInt64>>8 {
		return nil, broken("its times make no sense")
	}
	if t.codec == CodecOpus {
		r.Roll = packetRoll(l.usual, t.scale)
	}
	w.first, w.base, err = tab.begin(e, kind, -int(r.Roll))
	w.startsAt = c.at(w.first, w.base)
	return w, err
}

// packetRoll is how many packets 80 ms are (Encapsulation of Opus in ISOBMFF,
// 4.3.6.2), from the duration of one. No packet is under 2.5 ms.
func packetRoll(packet, scale uint32) int16 {
	least, want := uint64(scale)/400, uint64(scale)*80/1000
	packet = max(packet, uint32(max(least, 1)))
	return -int16(min(max((want+uint64(packet)-1)/uint64(packet), 1), 32))
}

// pictureRun cuts pictures at sync samples, and says where for the sound.
func (m *movie) pictureRun(t *mp4Track, x *Index, span *extremes) (Run, *lead, error) {
	w, err := m.open(t, pictures, x, span)
	if err != nil {
		return Run{}, nil, err
	}
	r, e := &w.run, w.edit
	if t.turned {
		x.Notes = append(x.Notes, "its pictures are turned by its track header, and shown as they were coded")
	}
	ends := int64(math.MaxInt64)
	if e.length > 0 {
		ends = rescale(e.length, r.Rate, m.scale) + int64(r.Rate/m.scale) + 1
	}
	l := &lead{rate: r.Rate}
	end, err := w.each(func(walk *mp4Walk) (bool, error) {
		// Shifted, so that the edit begins at 0.
		shift := int64(w.frame.offset) + w.base - e.media
		if shift != int64(int32(shift)) {
			return false, farOffset(w.number)
		}
		shown := w.time + shift
		l.end = max(l.end, r.Start+shown+int64(w.frame.delta))
		if w.number == 0 {
			r.Delay = max(0, -shown)
		}
		if w.number == 0 || w.frame.sync {
			if shown >= ends && w.number > 0 {
				return false, nil
			}
			if w.number == 0 || w.cutter.due(shown) {
				if err := w.cut(walk); err != nil {
					return false, err
				}
				step := int64(r.Rate) * SegmentTime
				w.cutter.next = (max(shown, 0)/step + 1) * step
				l.marks = append(l.marks, r.Start+shown)
			}
			if w.number == 0 && !w.frame.sync {
				x.Notes = append(x.Notes, "its first picture is no sync sample")
			}
		}
		return true, nil
	})
	if err != nil {
		return Run{}, nil, err
	}
	w.end(end)
	if r.Delay > r.Duration {
		r.Delay = 0 // composition offsets that make no sense lead up to nothing
	}
	l.marks = l.marks[:r.Segments()]
	w.hash(m.w)
	return *r, l, nil
}

// soundRun cuts sound at multiples of the segment's time, or where the pictures
// of a film are cut. No segment is empty: sound that begins later than the
// pictures, or ends before them, has fewer segments.
func (m *movie) soundRun(t *mp4Track, l *lead, x *Index, span *extremes) (Run, error) {
	w, err := m.open(t, sounds, x, span)
	if err != nil {
		return Run{}, err
	}
	w.trim(m.scale, x)
	r := &w.run
	if r.Delay+r.Padding >= r.Duration {
		return Run{}, broken("its sound lasts %d/%d s, of which %d and %d are no music", r.Duration, r.Rate, r.Delay, r.Padding)
	}
	r.Delay -= w.startsAt
	heard := r.Duration - r.Padding - w.startsAt // until then, from the first frame
	cue := cue{lead: l, next: 1, step: int64(r.Rate) * SegmentTime}
	due := false
	left := int64(w.tab.n - w.first)
	end, err := w.each(func(walk *mp4Walk) (bool, error) {
		if w.time >= heard && left-w.number > fewFrames {
			return false, nil
		}
		if l == nil {
			due = due || w.cutter.due(w.time)
		} else {
			due = cue.due(r.Start+w.time-r.Delay, r.Rate) || due
		}
		if w.number == 0 || due && (!t.syncOnly || w.frame.sync) {
			due = false
			return true, w.cut(walk)
		}
		return true, nil
	})
	if err != nil {
		return Run{}, err
	}
	r.Padding -= r.Duration - w.startsAt - end.Time
	w.end(end)
	w.hash(m.w)
	return *r, nil
}
