package validate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// tsFacts is what a segment of MPEG-TS says of its packets.
type tsFacts struct {
	first, last map[uint16]byte // continuity counters by PID
	pts         map[uint16]*times
	main        uint16 // PID of the pictures, else of the sound
}

// times are the presentation times of a PID's PES packets, in 1/90000 s.
type times struct{ first, low, high, n int64 }

const tsPacket = 188

// tsCodecs are by stream_type (ISO/IEC 13818-1, 2.4.4.9; Apple's for AC-3).
var tsCodecs = map[byte]struct {
	codec string
	audio bool
}{
	0x0f: {"mp4a.40.*", true}, 0x11: {"mp4a.40.*", true}, 0x03: {"mp4a.40.34", true}, 0x04: {"mp4a.40.34", true},
	0x81: {"ac-3", true}, 0x87: {"ec-3", true}, 0x1b: {"avc1.*", false}, 0x24: {"hvc1.*|hev1.*", false},
}

// readTS walks the packets of a segment (ISO/IEC 13818-1, 2.4.3).
func (j *judge) readTS(r *bufio.Reader, c *content, at place) {
	t := &tsFacts{first: map[uint16]byte{}, last: map[uint16]byte{}, pts: map[uint16]*times{}}
	c.ts = t
	tables := map[uint16]bool{0: true}
	kinds := map[uint16]byte{}
	var setup []string
	early, stamped, lost, n := false, true, 0, 0
	random := map[uint16]bool{} // PIDs whose first packet is a random access point
	var p [tsPacket]byte
	for ; ; n++ {
		got, err := io.ReadFull(r, p[:])
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || p[0] != 0x47 {
			j.fault("ts-packets", at, "packet %d begins with % x and has %d bytes", n, p[:min(got, 4)], got)
			break
		}
		pid := raw(p[:]).u16(1) & 0x1fff
		if pid == 0x1fff {
			continue
		}
		start, body := p[1]&0x40 != 0, raw(p[4:])
		jump, access := false, false
		if p[3]&0x20 != 0 {
			length := int(body.u8(0))
			jump = length > 0 && body.u8(1)&0x80 != 0
			access = length > 0 && body.u8(1)&0x40 != 0
			body = body.from(1 + length)
		}
		if p[3]&0x10 == 0 {
			continue // no payload: the counter stands still
		}
		cc := p[3] & 15
		if was, ok := t.last[pid]; !ok {
			t.first[pid], random[pid] = cc, access
		} else if cc != (was+1)&15 && cc != was && !jump {
			lost++
		}
		t.last[pid] = cc
		switch {
		case tables[pid] && start:
			section := body.from(1 + int(body.u8(0)))
			length := int(section.u16(1) & 0xfff)
			section = section[:min(len(section), 3+max(length-4, 0))] // without its CRC
			if pid == 0 {
				for b := section.from(8); len(b) >= 4; b = b[4:] {
					if b.u16(0) != 0 && len(tables) < 16 {
						tables[b.u16(2)&0x1fff] = true
					}
				}
				continue
			}
			for b := section.from(12 + int(section.u16(10)&0xfff)); len(b) >= 5; b = b.from(5 + int(b.u16(3)&0xfff)) {
				es := b.u16(1) & 0x1fff
				if _, known := kinds[es]; known {
					continue
				}
				kinds[es] = b[0]
				k, ok := tsCodecs[b[0]]
				if !ok {
					continue
				}
				c.codecs = append(c.codecs, k.codec)
				setup = append(setup, fmt.Sprintf("%s on PID %d", k.codec, es))
				if k.audio {
					c.audio++
				}
				if _, main := kinds[t.main]; !main || tsCodecs[kinds[t.main]].audio && !k.audio {
					t.main = es
				}
			}
		case start && body.at(0, 3) == 1:
			if kinds[pid] == 0 {
				early = true
			}
			if _, ok := tsCodecs[kinds[pid]]; !ok {
				continue
			}
			if body.u8(7)&0x80 == 0 {
				stamped = false
				continue
			}
			t.see(pid, int64(body.u8(9)>>1&7)<<30|int64(body.u16(10)>>1)<<15|int64(body.u16(12)>>1))
		}
	}
	c.setup = strings.Join(setup, ", ")
	j.check("ts-packets", n > 0, at, "no packet")
	j.check("ts-tables", len(setup) > 0 && !early, at, "it has a PAT and PMT with media: %t, before the media: %t", len(setup) > 0, !early)
	j.check("ts-counters", lost == 0, at, "%d packets do not follow the one before", lost)
	j.check("ts-timestamps", stamped && (len(t.pts) > 0 || len(setup) == 0), at, "PES packets without PTS")
	if m := t.pts[t.main]; m != nil {
		c.clock, c.start, c.frame = 90000, m.first, 0.05
		c.unsure = !tsCodecs[kinds[t.main]].audio && !random[t.main]
		if m.n > 1 && !tsCodecs[kinds[t.main]].audio {
			c.frame = float64(m.high-m.low) / float64(m.n-1) / 90000
		}
	}
}

func (t *tsFacts) see(pid uint16, pts int64) {
	m := t.pts[pid]
	if m == nil {
		m = &times{pts, pts, pts, 0}
		t.pts[pid] = m
	}
	m.n++
	m.low, m.high = min(m.low, pts), max(m.high, pts)
}

// tsFollows judges neighbours, and takes the duration of the one before from the
// first timestamp of this one: the last PES packet does not say how long it is.
func (j *judge) tsFollows(before, c *content, at place, g *segment) {
	jumps := 0
	for pid, cc := range c.ts.first {
		if was, ok := before.ts.last[pid]; ok && cc != (was+1)&15 {
			jumps++
		}
	}
	j.check("ts-counters", jumps == 0, at, "the counters of %d PIDs of %s do not go on from the segment before; they should, or write #EXT-X-DISCONTINUITY", jumps, shown(g.url))
	if before.clock == 0 || c.clock == 0 {
		return
	}
	d := (c.start - before.start) & (1<<33 - 1)
	ok := d > 0 && d < 1<<32
	j.check("ts-timestamps", ok, at, "the first timestamp of %s is %d, that of the segment before %d", shown(g.url), c.start, before.start)
	if ok {
		before.seconds = float64(d) / 90000
		before.frame = math.Max(before.frame, 1.0/90000)
	}
}
