package main

import (
	"fmt"
	"math"
	"strings"
)

// series are the bars of a group, with their colours (told apart by lightness too).
var series = []struct{ name, colour string }{
	{edgeName, "#0b6e6e"},
	{floorCopyName, "#d9a441"},
	{floorSendName, "#b9c2cc"},
}

// plot draws the ratios to nginx as horizontal bars with their spread, nginx as a line at 1 and the targets as
// ticks.
func (r *report) plot() string {
	const left, right, top, bar, gap, width = 190, 60, 56, 15, 20, 860
	group := bar*len(series) + gap
	height := top + group*len(r.rows) + 46
	most := 1.4
	for _, row := range r.rows {
		for _, s := range series {
			most = max(most, min(3, row.toNginx(s.name).high))
		}
	}
	most = math.Ceil(most*5) / 5
	x := func(ratio float64) float64 { return left + min(ratio, most)/most*(width-left-right) }

	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12" role="img">`, width, height)
	p(`<title>CPU time per request as a ratio to nginx</title>`)
	p(`<rect width="%d" height="%d" fill="#ffffff"/>`, width, height)
	p(`<text x="%d" y="22" font-size="15" font-weight="600" fill="#1c2733">CPU time per request, nginx = 1 (shorter is better)</text>`, left)
	at := float64(left)
	for _, s := range series {
		p(`<rect x="%.0f" y="33" width="11" height="11" rx="2" fill="%s"/><text x="%.0f" y="43" fill="#1c2733">%s</text>`, at, s.colour, at+16, s.name)
		at += 32 + 7*float64(len(s.name))
	}
	p(`<path d="M%.1f 33v11" stroke="#c2185b" stroke-width="2.5"/><text x="%.0f" y="43" fill="#1c2733">target</text>`, at+4, at+12)

	bottom := top + group*len(r.rows)
	for v := 0.0; v <= most+1e-9; v += 0.2 {
		colour, w := "#e4e8ec", 1.0
		if math.Abs(v-1) < 1e-9 {
			colour, w = "#1c2733", 1.5
		}
		p(`<path d="M%.1f %dV%d" stroke="%s" stroke-width="%.1f"/><text x="%.1f" y="%d" text-anchor="middle" fill="#5a6672">%.1f</text>`,
			x(v), top, bottom, colour, w, x(v), bottom+18, v)
	}
	for i, row := range r.rows {
		y := top + i*group + gap/2
		p(`<text x="%d" y="%d" text-anchor="end" fill="#1c2733">%s</text>`, left-10, y+bar*len(series)/2+4, escape(row.name))
		for k, s := range series {
			sp := row.toNginx(s.name)
			if sp.median == 0 {
				continue
			}
			top := y + k*bar
			p(`<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" fill="%s"/>`, left, top+1, x(sp.median)-left, bar-2, s.colour)
			p(`<path d="M%.1f %.1fH%.1f" stroke="#1c2733" stroke-opacity="0.55"/>`, x(sp.low), float64(top)+bar/2.0, x(sp.high))
			p(`<text x="%.1f" y="%d" fill="#1c2733" font-size="11">%.2f</text>`, x(max(sp.high, sp.median))+5, top+bar-4, sp.median)
		}
		p(`<path d="M%.1f %dv%d" stroke="#c2185b" stroke-width="2.5"/>`, x(row.target), y-2, bar+4)
	}
	p(`</svg>`)
	return b.String()
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
