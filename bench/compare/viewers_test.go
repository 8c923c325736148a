package main

import (
	"math"
	"testing"
)

func TestCostLiesBetweenTheMeasuredLengths(t *testing.T) {
	costs := []cost{{100, 10}, {200, 30}}
	f := func(bytes, want float64, costs ...cost) {
		t.Helper()
		if got := costOf(costs, bytes); math.Abs(got-want) > 1e-9 {
			t.Errorf("%v bytes: got %v, want %v", bytes, got, want)
		}
	}
	f(100, 10, costs...)
	f(150, 20, costs...)
	f(200, 30, costs...)
	f(50, 5, costs...)   // in proportion
	f(400, 60, costs...) // in proportion
	f(150, 15, cost{100, 10})
	f(150, 0)
}

func TestListenersOfACore(t *testing.T) {
	r := sampleReport()
	// 320 kbit/s are segments of 240,000 bytes: 80 us each 6 seconds and a playlist of 15 us each 210.
	got := r.listenersOf(stream{"MP3", 320})
	if want := 1e6 / (80.0/6 + 15.0/210); math.Abs(got.hlsEdge-want) > 1e-6 {
		t.Errorf("got %v listeners, want %v", got.hlsEdge, want)
	}
	if got.rangesEdge != 0 {
		t.Errorf("%v listeners of ranges, which nobody measured", got.rangesEdge)
	}
	large := rows[5] // 1 MB ranges
	r.rows = []result{{row: large, micros: map[string][]float64{edgeName: {400}, nginxName: {500}}}}
	got = r.listenersOf(stream{"MP3", 320})
	if want := 1e6 / (400 * 40_000 / float64(mb)); math.Abs(got.rangesEdge-want) > 1e-6 || got.hlsEdge != 0 {
		t.Errorf("got %+v, want %v listeners of ranges only", got, want)
	}
	if (&report{}).viewers() != "" {
		t.Error("a table of nothing")
	}
}

func TestRounded(t *testing.T) {
	f := func(v float64, want string) {
		t.Helper()
		if got := rounded(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
	f(0, "–")
	f(math.NaN(), "–")
	f(math.Inf(1), "–")
	f(7.4, "7")
	f(12345, "12,000")
	f(995, "1,000")
	f(74599, "75,000")
	f(1234567, "1,200,000")
}
