package validate

import (
	"context"
	"math"
	"strconv"
	"sync"
	"time"
)

// stream is one media playlist and what its segments turned out to be.
type stream struct {
	list      *playlist
	parent    *playlist // the multivariant one, if there is one
	frames    bool      // I-frames only: for scrubbing
	subtitles bool
	fetched   time.Time
	seen      []*content // of the segments that were fetched, in order
	inits     map[string]*initSection
}

// content is what a segment holds.
type content struct {
	format  string // "fmp4", "ts", "adts", "mp3", "ac3", "webvtt", "encrypted"; empty when unknown
	size    int64
	seconds float64 // 0 when it cannot be told
	frame   float64 // of one frame or picture, in seconds
	// setup is what may not change without EXT-X-DISCONTINUITY: codecs, rates.
	setup      string
	codecs     []string // as for CODECS; a final * stands for anything
	audio      int      // how many audio streams
	dependent  bool     // the first sample cannot be decoded first
	unsure     bool     // whether it can is not told
	start, end int64    // of the timestamps, in 1/clock s
	clock      int64    // 0 when there are none
	ts         *tsFacts
	tracks     map[uint32]*fragments
	init       *initSection
}

// media judges one media playlist: its text, then its segments.
func (j *judge) media(ctx context.Context, s *stream) error {
	j.listed(s)
	p := s.list
	todo := p.segments
	if n := j.o.Segments; n > 0 && n < len(todo) {
		todo = todo[:n]
		j.note("Of %s only the first %d of %d segments were fetched.", shown(p.url), n, len(p.segments))
	}
	for i := range todo {
		if r := todo[i].init; r != nil && s.inits[r.key()] == nil {
			s.inits[r.key()] = j.init(ctx, p, r)
		}
	}
	s.seen = make([]*content, len(todo))
	sheets := make([]*sheet, len(todo))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(j.o.Concurrency, len(todo)) {
		wg.Go(func() {
			for i := range next {
				w := &judge{sheet: newSheet(), fetch: j.fetch, o: j.o}
				s.seen[i], sheets[i] = w.segment(ctx, s, &todo[i], i == 0), w.sheet
			}
		})
	}
	for i := range todo {
		next <- i // a cancelled context makes each end at once
	}
	close(next)
	wg.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i, c := range s.seen {
		j.add(sheets[i])
		if c != nil {
			j.report.Segments++
			if c.format == "encrypted" {
				j.note("Encrypted segments are fetched and not looked into.")
			}
			j.report.Bytes += c.size
		}
	}
	j.report.Seconds = max(j.report.Seconds, p.seconds())
	j.neighbours(s)
	j.durations(s)
	j.rates(s)
	return nil
}

// seconds is the duration that the playlist states.
func (p *playlist) seconds() float64 {
	sum := 0.0
	for i := range p.segments {
		sum += p.segments[i].seconds
	}
	return sum
}

// listed judges what the text of a media playlist says as a whole.
func (j *judge) listed(s *stream) {
	p := s.list
	at := place{p.url, 0}
	j.check("targetduration", p.target > 0, at, "no #EXT-X-TARGETDURATION, or one of 0; write the longest EXTINF, rounded")
	j.check("segments-listed", len(p.segments) > 0, at, "it has no segment")
	j.check("vod-endlist", p.kind != "VOD" || p.end, at, "#EXT-X-PLAYLIST-TYPE:VOD without #EXT-X-ENDLIST; write it as the last line")
	if p.end {
		j.check("playlist-type", p.kind != "", at, "#EXT-X-ENDLIST without a type; write #EXT-X-PLAYLIST-TYPE:VOD if the source is a file")
	} else if p.kind != "VOD" {
		j.check("live-six", len(p.segments) >= 6, at, "%d segments; list six or more, or end it with #EXT-X-ENDLIST", len(p.segments))
		j.check("live-date", p.dated, at, "no #EXT-X-PROGRAM-DATE-TIME; write one before the first segment")
	}
	cuts := 0
	for i := range p.segments {
		g := &p.segments[i]
		at := place{p.url, g.extinf}
		last := i == len(p.segments)-1 && (p.end || p.kind == "VOD")
		if g.disc && i > 0 {
			cuts++
		}
		if p.target > 0 && g.extinf > 0 {
			j.check("targetduration-covers", math.Round(g.seconds) <= float64(p.target), at, "EXTINF is %g, the target duration %d; write %g or cut shorter", g.seconds, p.target, math.Round(g.seconds))
		}
		if g.extinf == 0 || s.frames || p.iframes {
			continue
		}
		j.check("segment-zero", g.seconds > 0, at, "EXTINF is 0; leave the segment out")
		if g.seconds > 0 {
			j.check("segment-short", g.seconds >= 0.5 || len(p.segments) == 1, at, "EXTINF is %g; join it with its neighbour", g.seconds)
		}
		if !last && !s.subtitles && (i+1 == len(p.segments) || !p.segments[i+1].disc) && g.seconds > 0 {
			j.check("segment-six", g.seconds >= 5 && g.seconds <= 7, at, "EXTINF is %g; cut every 6 s", g.seconds)
		}
	}
	if p.target > 0 && !s.subtitles && !s.frames {
		j.check("target-six", p.target == 6, at, "the target duration is %d; 6 is recommended", p.target)
	}
	if !p.end && cuts > 0 {
		j.check("discontinuity-sequence", p.discSeq, at, "#EXT-X-DISCONTINUITY without #EXT-X-DISCONTINUITY-SEQUENCE; write it at the top")
	}
}

// neighbours judges where one segment follows another.
func (j *judge) neighbours(s *stream) {
	p := s.list
	independent := true
	var before *content
	for i, c := range s.seen {
		g := &p.segments[i]
		at := place{p.url, g.line}
		if c == nil || c.setup == "" {
			before = nil
			independent = false
			continue
		}
		independent = independent && !c.dependent && !c.unsure
		if before != nil && !g.disc {
			same := c.format == before.format && c.setup == before.setup
			j.check("discontinuity", same, at, "here %s (%s) follows %s (%s); write #EXT-X-DISCONTINUITY before it", c.format, c.setup, before.format, before.setup)
			if same && !s.frames {
				j.follows(before, c, at, g)
			}
		}
		before = c
	}
	if len(s.seen) > 0 && independent && !s.frames {
		j.check("independent-tag", p.independent || s.parent != nil && s.parent.independent, place{p.url, 0}, "every segment can be decoded alone; say so by #EXT-X-INDEPENDENT-SEGMENTS")
	}
}

// follows judges the timestamps of neighbours.
func (j *judge) follows(before, c *content, at place, g *segment) {
	switch c.format {
	case "fmp4":
		for id, f := range c.tracks {
			if b := before.tracks[id]; b != nil && b.timed && f.timed {
				j.check("fmp4-continuous", f.start == b.end, at, "track %d of %s begins at %d, the segment before ends at %d (1/%d s); tfdt should be that", id, shown(g.url), f.start, b.end, f.timescale)
			}
		}
	case "adts", "mp3":
		if before.clock > 0 && c.clock > 0 {
			d := (c.start - before.end) & (1<<33 - 1)
			if d >= 1<<32 {
				d -= 1 << 33
			}
			j.check("packed-continuous", d >= -90 && d <= 90, at, "the timestamp of %s is %d, the segment before ends at %d (1/90000 s): %.1f ms off", shown(g.url), c.start, before.end, float64(d)/90)
		}
	case "ts":
		j.tsFollows(before, c, at, g)
	}
}

// durations judges EXTINF against the media.
func (j *judge) durations(s *stream) {
	p := s.list
	if s.frames || s.subtitles || p.iframes {
		return
	}
	lo, hi, sum := 0.0, 0.0, 0.0
	for i, c := range s.seen {
		g := &p.segments[i]
		if c == nil || c.seconds == 0 || g.extinf == 0 {
			lo, hi, sum = 0, 0, 0 // neighbours only
			continue
		}
		at := place{p.url, g.extinf}
		diff := g.seconds - c.seconds
		frame := c.frame + 0.0005
		j.check("extinf-true", math.Abs(diff) <= frame, at, "EXTINF is %g, the segment lasts %.5f; write that", g.seconds, c.seconds)
		j.check("extinf-decimals", g.decimals >= 3 || math.Abs(diff) < 0.0001, at, "EXTINF has %d decimals, and the segment lasts %.5f; write that", g.decimals, c.seconds)
		if math.Abs(diff) > frame {
			continue // said above
		}
		sum += diff
		lo, hi = min(lo, sum), max(hi, sum)
		j.check("extinf-sum", hi-lo <= frame, at, "up to here the EXTINFs are %.5f s away from their segments; make each from the time since the beginning", hi-lo)
		if hi-lo > frame {
			lo, hi, sum = 0, 0, 0
		}
	}
}

// rates judges EXT-X-BITRATE.
func (j *judge) rates(s *stream) {
	for i, c := range s.seen {
		g := &s.list.segments[i]
		if c == nil || g.bitrate == 0 || g.span != nil || g.seconds <= 0 {
			continue
		}
		kbit := float64(c.size) * 8 / g.seconds / 1000
		// The tag is in whole kbit/s, so a slow stream cannot be nearer than that.
		ok := float64(g.bitrate) >= 0.9*kbit-1 && float64(g.bitrate) <= 1.1*kbit+1
		j.check("bitrate-tag", ok, place{s.list.url, g.rateLine}, "EXT-X-BITRATE is %d, %s has %.0f kbit/s", g.bitrate, shown(g.url), kbit)
	}
}

// whole reports whether every segment was fetched.
func (s *stream) whole() bool {
	for _, c := range s.seen {
		if c == nil {
			return false
		}
	}
	return len(s.seen) == len(s.list.segments) && len(s.seen) > 0
}

// measured is the peak segment bit rate, as bis 4.1 defines it: the greatest of
// any neighbours that last 0.5 to 1.5 target durations together; and the average.
func (s *stream) measured() (peak, average float64) {
	var bytes, seconds float64
	for i, c := range s.seen {
		var b, d float64
		for k := i; k < len(s.seen) && s.seen[k] != nil; k++ {
			b += float64(s.seen[k].size)
			d += s.list.segments[k].seconds
			if d > 1.5*float64(s.list.target) || k-i > 1000 {
				break
			}
			if d >= 0.5*float64(s.list.target) && d > 0 {
				peak = max(peak, b*8/d)
			}
		}
		if c != nil {
			bytes += float64(c.size)
			seconds += s.list.segments[i].seconds
		}
	}
	if seconds > 0 {
		average = bytes * 8 / seconds
	}
	return max(peak, average), average
}

// starts are where segments begin by the playlist, in seconds; with only, those
// that begin with a discontinuity.
func (p *playlist) starts(only bool) []float64 {
	var list []float64
	t := 0.0
	for i := range p.segments {
		if i > 0 && (!only || p.segments[i].disc) {
			list = append(list, t)
		}
		t += p.segments[i].seconds
	}
	return list
}

func atoi(s string) int64 { n, _ := strconv.ParseInt(s, 10, 64); return n }
