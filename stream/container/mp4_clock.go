package container

import (
	"fmt"
	"math"
	"math/bits"
)

// clock says when a sample of sound begins, in the rate that its run counts in.
// Pictures are counted in the media timescale, and so is sound where that is its
// sample rate.
type clock struct {
	rate, scale uint32
	frame       uint32 // of all samples but the last, in rate; 0 when they differ
	n           uint32
	total       int64 // of all, in rate
}

// at is when sample i begins, which by the file's table is at raw.
func (c *clock) at(i uint32, raw int64) int64 {
	switch {
	case i >= c.n:
		return c.total
	case c.frame != 0:
		return int64(i) * int64(c.frame)
	case c.scale == c.rate:
		return raw
	}
	return rescale(raw, c.rate, c.scale)
}

// newClock decides which durations to believe. A frame's length in samples is a
// fact of the codec. The table is believed where it counts in the sample rate,
// or where it tells of gaps; a timescale that is no multiple of the rate rounds
// each frame, and some muxers write lengths that no decoder puts out.
func newClock(t *mp4Track, tab *tables, l lengths, x *Index) clock {
	c := clock{rate: t.core, scale: t.scale, n: tab.n}
	if t.core == 0 {
		c.rate = t.scale
	}
	c.total = rescale(l.total, c.rate, c.scale)
	if l.even && c.scale == c.rate {
		c.frame = l.usual
		if l.usual != 0 && l.last > l.usual && t.frame != 0 {
			c.total -= int64(l.last - l.usual) // no frame is longer than a frame
		}
	}
	f := t.frame
	if f == 0 || c.frame == f && l.last != 0 {
		return c
	}
	said, counted := c.total, int64(c.n)*int64(f)
	far := max(said-counted, counted-said) > int64(f)+counted/50
	if !c.counts(l, f, far) {
		if c.scale != c.rate {
			x.Notes = append(x.Notes, fmt.Sprintf("its times count in 1/%d s, not in samples of 1/%d s, and tell of gaps: they are rounded", c.scale, c.rate))
		}
		return c
	}
	c.frame, c.total = f, counted
	tick := int64(c.rate/c.scale) + 1
	switch short := counted - said; {
	case far && c.n > 1:
		x.Notes = append(x.Notes, fmt.Sprintf("its frames are said to last %d/%d s, and last %d/%d s", l.usual, c.scale, f, c.rate))
	case short > tick && short < int64(f) && l.last != 0:
		c.total = said // the last frame is shorter
	}
	if c.scale%c.rate != 0 {
		x.Notes = append(x.Notes, fmt.Sprintf("its times count in 1/%d s, not in samples of 1/%d s: its frames are counted instead", c.scale, c.rate))
	}
	return c
}

// counts reports whether frames of f samples are counted, against the table; far
// says that its sum is another than theirs.
func (c *clock) counts(l lengths, f uint32, far bool) bool {
	switch {
	case c.n == 1 || l.total == 0:
		return true
	case l.even && c.scale == c.rate:
		// Some count what comes out of SBR, and some half of what does.
		return c.frame == f || c.frame/2 == f || f/2 == c.frame
	case l.even:
		return true
	case c.scale == c.rate || far:
		return false
	}
	// A frame that lasts half as long again is a gap, one of half its length an
	// overlap; all in units of 1/(rate·scale) s.
	least, most, want := uint64(l.min)*uint64(c.rate), uint64(l.max)*uint64(c.rate), uint64(f)*uint64(c.scale)
	return 2*least >= want && 2*most <= 3*want
}

// rescale is v·to/from, rounded to the nearest; the greatest number there is
// where it would be greater.
func rescale(v int64, to, from uint32) int64 {
	if v < 0 {
		return -rescale(-v, to, from)
	}
	hi, lo := bits.Mul64(uint64(v), uint64(to))
	lo, carry := bits.Add64(lo, uint64(from)/2, 0)
	if hi += carry; hi >= uint64(from) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(from))
	return int64(min(q, math.MaxInt64))
}

// earlier reports whether a/ra is less than b/rb, without rounding.
func earlier(a int64, ra uint32, b int64, rb uint32) bool {
	if a < 0 || b < 0 {
		if a < 0 && b < 0 {
			return earlier(-b, rb, -a, ra)
		}
		return a < b
	}
	ah, al := bits.Mul64(uint64(a), uint64(rb))
	bh, bl := bits.Mul64(uint64(b), uint64(ra))
	return ah < bh || ah == bh && al < bl
}
