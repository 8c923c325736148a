package main

import (
	"slices"
	"testing"
	"time"
)

func TestSpreadOf(t *testing.T) {
	f := func(want spread, values ...float64) {
		t.Helper()
		if got := spreadOf(values); got != want {
			t.Errorf("%v: got %v, want %v", values, got, want)
		}
	}
	f(spread{})
	f(spread{3, 3, 3}, 3)
	f(spread{1, 1.5, 2}, 2, 1)
	f(spread{1, 2, 9}, 9, 1, 2)
	f(spread{1, 2.5, 4}, 4, 3, 2, 1)
}

func TestSpreadDoesNotReorderItsInput(t *testing.T) {
	v := []float64{3, 1, 2}
	spreadOf(v)
	if !slices.Equal(v, []float64{3, 1, 2}) {
		t.Errorf("got %v", v)
	}
}

func TestRatiosAreOfTheSameRound(t *testing.T) {
	if got := ratios([]float64{1, 4, 9}, []float64{2, 2}); !slices.Equal(got, []float64{0.5, 2}) {
		t.Errorf("got %v", got)
	}
}

func TestStatTimesWithAnOddName(t *testing.T) {
	got, err := parseStatTimes("7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0")
	if err != nil || got != 3*time.Second {
		t.Errorf("got %v, %v; want 3s", got, err)
	}
	if _, err := parseStatTimes("7 (a) S 1"); err == nil {
		t.Error("a short line is accepted")
	}
}

func TestListsAreTheSameInEveryRun(t *testing.T) {
	for _, r := range rows {
		if r.kind.hls() {
			continue
		}
		a := r.list()
		if !slices.Equal(a, r.list()) {
			t.Errorf("%s: two lists differ", r.name)
		}
		for _, q := range a {
			if r.kind == ranged && q.size() != r.part || q.from < 0 || q.to >= r.set.SizeBytes {
				t.Fatalf("%s: range %d-%d of %d", r.name, q.from, q.to, r.set.SizeBytes)
			}
		}
	}
}
