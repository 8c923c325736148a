package main

import (
	"encoding/xml"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func sampleReport() *report {
	res := func(r row, nginx, edge, copying, sending []float64) result {
		m := map[string][]float64{nginxName: nginx, edgeName: edge}
		if copying != nil {
			m[floorCopyName], m[floorSendName] = copying, sending
		}
		return result{row: r, micros: m, rates: map[string][]float64{nginxName: {1000}, edgeName: {1100}}}
	}
	hls := func(name string, bytes float64, nginx, edge, asked []float64) result {
		r := res(rows[slices.IndexFunc(rows, func(r row) bool { return r.name == name })], nginx, edge, nil, nil)
		r.micros[edgeSignedName] = asked
		r.meanBytes = bytes
		return r
	}
	return &report{
		options: options{rounds: 3, conns: 64},
		when:    time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		rows: []result{
			res(rows[0], []float64{10, 20, 10}, []float64{8, 18, 9}, []float64{6, 12, 6}, []float64{9, 19, 8}),
			res(rows[3], []float64{200, 200, 200}, []float64{150, 140, 160}, []float64{280, 300, 290}, []float64{120, 130, 120}),
			res(rows[6], []float64{50, 50, 50}, []float64{65, 70, 60}, nil, nil),
			hls("HLS playlist of 10 minutes", 6000, []float64{20, 20, 20}, []float64{15, 14, 16}, []float64{18, 17, 19}),
			hls("HLS segment, AAC 160 KB", 160_000, []float64{60, 60, 60}, []float64{60, 66, 57}, []float64{66, 70, 63}),
			hls("HLS segment, MP3 240 KB", 240_000, []float64{80, 80, 80}, []float64{80, 80, 80}, []float64{88, 88, 88}),
		},
		idle:   &idle{5000, map[string]float64{nginxName: 2 * kb, edgeName: 7.5 * kb}},
		suites: map[string]string{nginxName: "TLS 1.3 A", edgeName: "TLS 1.3 A"},
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it after: go test ./bench/compare -update\n%s", name, got)
	}
}

func TestReportText(t *testing.T) { golden(t, "table.md", sampleReport().text()) }

func TestPlot(t *testing.T) {
	svg := sampleReport().plot()
	golden(t, "plot.svg", svg)
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
	}
}

func TestReportWithoutAnEdge(t *testing.T) {
	r := sampleReport()
	for _, row := range r.rows {
		delete(row.micros, edgeName)
		delete(row.micros, edgeSignedName)
	}
	delete(r.idle.bytes, edgeName)
	if s := r.markdown("x.svg"); strings.Contains(s, "met") && strings.Contains(s, "| met |") || strings.Contains(s, "NaN") {
		t.Errorf("a verdict without a measurement:\n%s", s)
	}
	r.plot()
}

func TestVerdictIsOnThePrintedDigits(t *testing.T) {
	f := func(ratio, target float64, want string) {
		t.Helper()
		if got := verdict(ratio, target); got != want {
			t.Errorf("%v against %v: got %s, want %s", ratio, target, got, want)
		}
	}
	f(0, 1, "–")
	f(0.854, 0.85, "met")
	f(0.856, 0.85, "missed")
	f(0.5, 0.85, "met")
}
