package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is what a run found.
type report struct {
	options
	rows   []result
	idle   *idle
	suites map[string]string
	when   time.Time
}

func newReport(o options) *report { return &report{options: o, when: time.Now().UTC()} }

// floorOf is the better floor of each round, nil if the row has none.
func (r result) floorOf() []float64 {
	a, b := r.micros[floorCopyName], r.micros[floorSendName]
	var out []float64
	for i := range min(len(a), len(b)) {
		out = append(out, min(a[i], b[i]))
	}
	return out
}

// toNginx and toFloor are ratios of the same rounds.
func (r result) toNginx(server string) spread {
	return spreadOf(ratios(r.micros[server], r.micros[nginxName]))
}

func (r result) toFloor(server string) spread { return spreadOf(ratios(r.micros[server], r.floorOf())) }

// verdict compares a ratio with its target at the two digits that are printed.
func verdict(ratio, target float64) string {
	switch {
	case ratio == 0:
		return "–"
	case math.Round(ratio*100) <= math.Round(target*100):
		return "met"
	}
	return "missed"
}

func ratioText(s spread) string {
	if s.median == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", s.median, s.low, s.high)
}

// text is the Markdown table that is printed and stored.
func (r *report) text() string {
	var b strings.Builder
	if len(r.rows) > 0 {
		fmt.Fprintf(&b, "| row | edge / nginx | target | | edge / floor | target | | floor, copying / nginx | floor, sendfile / nginx |\n")
		fmt.Fprintf(&b, "|---|---|---|---|---|---|---|---|---|\n")
	}
	for _, row := range r.rows {
		n, f := row.toNginx(edgeName), row.toFloor(edgeName)
		floorGoal, floorVerdict := "–", ""
		if row.kind.floored() {
			floorGoal, floorVerdict = fmt.Sprintf("≤ %.2f", floorTarget), verdict(f.median, floorTarget)
		}
		fmt.Fprintf(&b, "| %s | %s | ≤ %.2f | %s | %s | %s | %s | %s | %s |\n", row.name, ratioText(n), row.target,
			verdict(n.median, row.target), ratioText(f), floorGoal, floorVerdict,
			ratioText(row.toNginx(floorCopyName)), ratioText(row.toNginx(floorSendName)))
	}
	b.WriteString(r.signedHLS())
	b.WriteString(r.viewers())
	if r.idle != nil {
		e, n := r.idle.bytes[edgeName], r.idle.bytes[nginxName]
		edge := "–"
		if e > 0 {
			edge = fmt.Sprintf("%.1f KB", e/kb)
		}
		fmt.Fprintf(&b, "\n| %s, at %d | edge | target | | nginx |\n|---|---|---|---|---|\n", idleName, r.idle.connections)
		fmt.Fprintf(&b, "| resident memory | %s | ≤ %d KB | %s | %.1f KB |\n", edge, idleTarget/kb, verdict(e/kb, idleTarget/kb), n/kb)
	}
	return b.String()
}

// signedHLS compares an edge that asks for a directory token with servers that ask for none.
func (r *report) signedHLS() string {
	var b strings.Builder
	for _, row := range r.rows {
		toNginx, toEdge := row.toNginx(edgeSignedName), spreadOf(ratios(row.micros[edgeSignedName], row.micros[edgeName]))
		if toNginx.median == 0 {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("\n| with a directory token | signed edge / unsigned nginx | signed edge / unsigned edge |\n|---|---|---|\n")
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row.name, ratioText(toNginx), ratioText(toEdge))
	}
	if b.Len() > 0 {
		b.WriteString("\nnginx has no token that opens a folder, so its files are open to everyone: no equal, and no target.\n")
	}
	return b.String()
}

// disturbance says how much of the run had to share its cores, if any.
func (r *report) disturbance() string {
	var turns, starved int
	for _, row := range r.rows {
		turns += row.turns
		starved += row.starved
	}
	if starved == 0 {
		return ""
	}
	return fmt.Sprintf("\nOther programs had the cores in %d of %d turns: measure again on a quiet machine before you conclude anything.\n", starved, turns)
}

// details are the values behind the ratios; they are true for one machine at one hour.
func (r *report) details() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| row | server | µs per request | lowest | highest | requests/s |\n|---|---|---|---|---|---|\n")
	for _, row := range r.rows {
		for _, name := range []string{nginxName, edgeName, edgeSignedName, floorCopyName, floorSendName} {
			s := spreadOf(row.micros[name])
			if s.median == 0 {
				continue
			}
			fmt.Fprintf(&b, "| %s | %s | %.2f | %.2f | %.2f | %.0f |\n", row.name, name, s.median, s.low, s.high, spreadOf(row.rates[name]).median)
		}
	}
	return b.String()
}

// markdown is RESULTS.md; plot is the file name of the picture.
func (r *report) markdown(plot string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Results\n\nWritten by `make bench` on %s; method in [README.md](README.md). ", r.when.Format("2006-01-02"))
	fmt.Fprintf(&b, "CPU time of the server process per request, ratios of the same round, median of %d rounds (lowest to highest), %d connections.\n", r.rounds, r.conns)
	fmt.Fprintf(&b, "The floor is the better of two bare epoll loops, one that copies from memory and one that sends files.\n\n%s%s", r.text(), r.disturbance())
	if len(r.rows) > 0 {
		fmt.Fprintf(&b, "\n![ratios to nginx](%s)\n\n## Behind the ratios\n\n%s on %d cores, %s. Only ratios of one run mean anything.\n\n%s",
			plot, cpuModel(), runtime.NumCPU(), runtime.Version(), r.details())
	}
	if len(r.suites) > 0 {
		names := make([]string, 0, len(r.suites))
		for n, s := range r.suites {
			names = append(names, n+": "+s)
		}
		slices.Sort(names)
		fmt.Fprintf(&b, "\nTLS: %s; certificate ECDSA P-256.\n", strings.Join(names, ", "))
	}
	return b.String()
}

// write stores the table and the plot beside it.
func (r *report) write(out string) error {
	plot := strings.TrimSuffix(out, filepath.Ext(out)) + ".svg"
	if len(r.rows) > 0 {
		if err := os.WriteFile(plot, []byte(r.plot()), 0o644); err != nil {
			return err
		}
	}
	if err := os.WriteFile(out, []byte(r.markdown(filepath.Base(plot))), 0o644); err != nil {
		return err
	}
	fmt.Printf("\nwrote %s\n", out)
	return nil
}

func cpuModel() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
			return strings.TrimSpace(v)
		}
	}
	return "unknown processor"
}
