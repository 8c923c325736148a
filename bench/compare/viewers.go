package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// stream is music that somebody listens to.
type stream struct {
	name string
	kbps float64
}

var streams = []stream{{"AAC, 256 kbit/s", 256}, {"MP3, 320 kbit/s", 320}, {"FLAC, 930 kbit/s", 930}}

// songSeconds is how long a listener's song is: each costs one playlist.
const songSeconds = 210

// listeners are how many a core feeds, 0 where the run has not measured it.
type listeners struct{ rangesEdge, rangesNginx, hlsEdge, hlsNginx, signedEdge float64 }

// listenersOf divides a second of the core by what a second of music costs it.
func (r *report) listenersOf(s stream) listeners {
	bytesPerSecond := s.kbps * 1000 / 8
	ranges := func(server string) float64 {
		for _, row := range r.rows {
			if us := spreadOf(row.micros[server]).median; row.kind == ranged && row.part == mb && us > 0 {
				return 1e6 / (us * bytesPerSecond / mb)
			}
		}
		return 0
	}
	hls := func(server string) float64 {
		segment := costOf(r.segmentCosts(server), bytesPerSecond*segmentLength.Seconds())
		for _, row := range r.rows {
			if us := spreadOf(row.micros[server]).median; row.kind == playlist && !row.gzip && us > 0 && segment > 0 {
				return 1e6 / (segment/segmentLength.Seconds() + us/songSeconds)
			}
		}
		return 0
	}
	return listeners{ranges(edgeName), ranges(nginxName), hls(edgeName), hls(nginxName), hls(edgeSignedName)}
}

// cost is what an answer of some length costs, in microseconds.
type cost struct{ bytes, micros float64 }

// segmentCosts are the measured ones of a server, by length.
func (r *report) segmentCosts(server string) []cost {
	var costs []cost
	for _, row := range r.rows {
		if us := spreadOf(row.micros[server]).median; row.kind == segment && us > 0 {
			costs = append(costs, cost{row.meanBytes, us})
		}
	}
	slices.SortFunc(costs, func(a, b cost) int { return int(a.bytes - b.bytes) })
	return costs
}

// costOf lies on the straight line between the two measured lengths around one; outside of them it is in
// proportion to the nearest. 0 without costs.
func costOf(costs []cost, bytes float64) float64 {
	if len(costs) == 0 {
		return 0
	}
	for i, b := range costs {
		if bytes > b.bytes {
			continue
		}
		if i == 0 {
			return b.micros * bytes / b.bytes
		}
		a := costs[i-1]
		return a.micros + (b.micros-a.micros)*(bytes-a.bytes)/(b.bytes-a.bytes)
	}
	last := costs[len(costs)-1]
	return last.micros * bytes / last.bytes
}

// viewers is the table of listeners that a core feeds, empty if nothing of it was measured.
func (r *report) viewers() string {
	var b strings.Builder
	some := false
	fmt.Fprintf(&b, "\n| listeners that one core feeds | ranges, edge | ranges, nginx | HLS, edge | HLS, nginx from files | HLS signed, edge | 10,000 of them |\n")
	fmt.Fprintf(&b, "|---|---|---|---|---|---|---|\n")
	for _, s := range streams {
		l := r.listenersOf(s)
		some = some || l != listeners{}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %.1f Gbit/s |\n", s.name, rounded(l.rangesEdge), rounded(l.rangesNginx),
			rounded(l.hlsEdge), rounded(l.hlsNginx), rounded(l.signedEdge), s.kbps*10_000/1e6)
	}
	if !some {
		return ""
	}
	b.WriteString("\nOne core of this machine, over loopback: no network card has its share. Only the columns of a line compare.\n")
	return b.String()
}

// rounded has two digits that mean something, and commas.
func rounded(v float64) string {
	if !(v > 0) || math.IsInf(v, 1) {
		return "–"
	}
	step := 1.0
	for v/step >= 100 {
		step *= 10
	}
	s := fmt.Sprintf("%.0f", float64(int(v/step+0.5))*step)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
