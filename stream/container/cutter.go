package container

// maxSegments bounds an index: 9 days of sound.
const maxSegments = 1 << 17

// cutter finds where the segments of a run begin. Time is counted from the run's
// first frame, in samples, so that nothing is rounded twice.
type cutter struct {
	rate uint32
	next int64 // the time that the next segment begins at
	cuts []Cut
}

func newCutter(rate uint32) *cutter { return &cutter{rate: rate} }

// due reports whether a frame at this time begins a segment.
func (c *cutter) due(time int64) bool { return time >= c.next }

// cut begins a segment.
func (c *cutter) cut(at Cut) error {
	if len(c.cuts) == maxSegments {
		return unsupported("it is longer than %d segments of %d seconds", maxSegments, SegmentTime)
	}
	c.cuts = append(c.cuts, at)
	step := int64(c.rate) * SegmentTime
	c.next = (at.Time/step + 1) * step
	return nil
}

// end returns all cuts, the end of the run last. A last segment of under half a
// second joins the one before: players fail on very short ones.
func (c *cutter) end(at Cut) []Cut {
	if n := len(c.cuts); n > 1 && at.Time-c.cuts[n-1].Time < int64(c.rate)/2 {
		c.cuts = c.cuts[:n-1]
	}
	return append(c.cuts, at)
}

// pace finds out whether frames are equally long.
type pace struct {
	first, last uint32
	n           int64
	uneven      bool
}

func (p *pace) add(d uint32) {
	if p.n > 0 && p.last != p.first {
		p.uneven = true // and was not the last
	} else if p.n == 0 {
		p.first = d
	}
	p.last = d
	p.n++
}

// steady is the duration of every frame but perhaps the last, or 0.
func (p *pace) steady() uint32 {
	if p.uneven {
		return 0
	}
	return p.first
}
