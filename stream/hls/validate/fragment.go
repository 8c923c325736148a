package validate

import (
	"bufio"
	"sort"
	"strings"
)

// fragments are those of one track in one segment.
type fragments struct {
	timescale  uint32
	timed      bool // all had a tfdt
	start, end int64
	first      int64 // duration of the first sample, -1 before there is one
	total      float64
	dependent  bool
}

// readSegment walks a media segment: moof and mdat, as often as they come.
func (j *judge) readSegment(r *bufio.Reader, c *content, at place) {
	c.tracks = map[uint32]*fragments{}
	if c.init != nil {
		var setup []string
		for _, t := range c.init.tracks {
			setup = append(setup, t.setup)
			c.codecs = append(c.codecs, t.codec)
			if t.handler == "soun" {
				c.audio++
			}
		}
		c.setup = strings.Join(setup, ", ")
	}
	moofs, mdats := 0, 0
	var want, have []span
	err := boxes(r, func(kind string, pos, payload, end int64, body raw) {
		switch kind {
		case "moof":
			moofs++
			whole := body.children(func(kind string, traf raw) {
				if kind == "traf" && len(want) < maxRuns {
					want = append(want, j.traf(c, traf, pos, at)...)
				}
			})
			j.check("fmp4-boxes", whole, at, "the moof at %d is not whole", pos)
		case "mdat":
			if mdats++; len(have) < maxRuns {
				have = append(have, span{payload, end - payload})
			}
		}
	})
	j.check("fmp4-boxes", err == nil && moofs > 0 && mdats > 0, at, "%d moof, %d mdat, %v", moofs, mdats, err)
	outside := 0
	for _, w := range want {
		i := sort.Search(len(have), func(i int) bool { return have[i].off+have[i].n >= w.off+w.n })
		if i == len(have) || w.off < have[i].off || w.n < 0 {
			outside++
		}
	}
	j.check("fmp4-data", outside == 0 || err != nil || mdats > maxRuns, at, "the samples of %d of %d runs stand outside mdat", outside, len(want))
	c.measure()
}

// measure takes the segment's duration from its pictures, or from its sound.
func (c *content) measure() {
	if c.init == nil {
		return
	}
	for _, handler := range []string{"vide", "soun"} {
		for _, t := range c.init.tracks {
			f := c.tracks[t.id]
			if f == nil || t.handler != handler || f.timescale == 0 || f.first < 0 {
				continue
			}
			c.dependent = c.dependent || f.dependent
			if c.seconds == 0 {
				c.seconds = f.total / float64(f.timescale)
				c.frame = float64(f.first) / float64(f.timescale)
			}
		}
	}
}

// traf reads a track fragment (ISO/IEC 14496-12, 8.8.6 to 8.8.12) and returns
// where its samples stand.
func (j *judge) traf(c *content, traf raw, moof int64, at place) []span {
	tfhd, tfdt := traf.find("tfhd"), traf.find("tfdt")
	flags, id := uint32(tfhd.at(1, 3)), tfhd.u32(4)
	var t *track
	for i := range initTracks(c) {
		if c.init.tracks[i].id == id {
			t = c.init.tracks[i]
		}
	}
	if initTracks(c) > 0 {
		j.check("fmp4-track-id", t != nil, at, "a traf is of track %d, which moov has not", id)
	}
	if t == nil {
		t = &track{}
	}
	j.check("fmp4-addressing", flags&0x20000 != 0 && flags&1 == 0, at, "the flags of tfhd are %06x; set default-base-is-moof (020000), without base-data-offset (000001)", flags)
	j.check("fmp4-tfdt", tfdt != nil, at, "a traf of track %d without tfdt", id)
	if t.rolls {
		j.check("fmp4-roll", hasRoll(traf), at, "a traf of track %d has no sbgp of type roll", id)
	}
	duration, size, sample := t.duration, t.size, t.flags
	pos := 8
	field := func(bit uint32, n int, v *uint32) {
		if flags&bit != 0 {
			*v = tfhd.u32(pos + n - 4)
			pos += n
		}
	}
	var skip uint32
	field(1, 8, &skip)
	field(2, 4, &skip)
	field(8, 4, &duration)
	field(0x10, 4, &size)
	field(0x20, 4, &sample)

	f := c.tracks[id]
	if f == nil {
		f = &fragments{timescale: t.timescale, timed: tfdt != nil, first: -1}
		if len(c.tracks) < 64 {
			c.tracks[id] = f
		}
	}
	begin := int64(tfdt.u32(4))
	if tfdt.u8(0) == 1 {
		begin = int64(tfdt.at(4, 8))
	}
	if f.first < 0 {
		f.start, f.end = begin, begin
	} else if tfdt != nil && f.timed {
		j.check("fmp4-continuous", begin == f.end, at, "the traf of track %d in the moof at %d begins at %d, the one before ends at %d; tfdt should be that", id, moof, begin, f.end)
		f.end = begin
	}
	f.timed = f.timed && tfdt != nil
	var runs []span
	next := moof
	truns := 0
	whole := traf.children(func(kind string, b raw) {
		if kind != "trun" {
			return
		}
		truns++
		flags, count := uint32(b.at(1, 3)), int64(b.u32(4))
		pos := 8
		if flags&1 != 0 {
			next = moof + int64(int32(b.u32(pos)))
			pos += 4
		}
		firstFlags, hasFirst := b.u32(pos), flags&4 != 0
		if hasFirst {
			pos += 4
		}
		width := 0
		for bit := uint32(0x100); bit <= 0x800; bit <<= 1 {
			if flags&bit != 0 {
				width += 4
			}
		}
		if int64(len(b)) != int64(pos)+count*int64(width) {
			j.fault("fmp4-boxes", at, "a trun of %d samples has %d bytes; it should have %d", count, len(b), int64(pos)+count*int64(width))
			return
		}
		// The sums stay below 2⁶³: a number of up to 2³² times one of 2³².
		var bytes, time int64
		if flags&0x100 == 0 {
			time = int64(uint64(count) * uint64(duration) & (1<<62 - 1))
		}
		if flags&0x200 == 0 {
			bytes = int64(uint64(count) * uint64(size) & (1<<62 - 1))
		}
		for i := range count {
			if width == 0 && i > 0 {
				break
			}
			d, s := duration, sample
			if flags&0x100 != 0 {
				d = b.u32(pos)
				time += int64(d)
				pos += 4
			}
			if flags&0x200 != 0 {
				bytes += int64(b.u32(pos))
				pos += 4
			}
			if flags&0x400 != 0 {
				s = b.u32(pos)
				pos += 4
			}
			if flags&0x800 != 0 {
				pos += 4
			}
			if f.first < 0 {
				if hasFirst {
					s = firstFlags
				}
				f.first, f.dependent = int64(d), s&0x10000 != 0
			}
		}
		if len(runs) < maxRuns {
			runs = append(runs, span{next, bytes})
		}
		next += bytes
		f.end += time
		f.total += float64(time)
	})
	j.check("fmp4-boxes", whole && truns > 0, at, "a traf of track %d is not whole, or has no trun", id)
	j.check("fmp4-one-trun", truns <= 1, at, "a traf of track %d has %d truns", id, truns)
	return runs
}

func initTracks(c *content) int {
	if c.init == nil {
		return 0
	}
	return len(c.init.tracks)
}
