package container

import (
	"errors"
	"strings"
	"testing"
)

func TestGaplessIsTakenFromTheOneThatKnows(t *testing.T) {
	const n = 1000 // 1024000 samples
	f := func(what string, movie uint32, elst []int64, smpb string, delay, padding int64, gapless string) {
		t.Helper()
		s := mp4AAC(n, 44100, 1024)
		s.elst = elst
		b := mp4Build(movie, s)
		x := mp4Must(t, b, smpb)
		r := &x.Audio.Runs[0]
		mp4Read(t, x, b, r)
		if r.Delay != delay || r.Padding != padding || r.Gapless != gapless {
			t.Errorf("%s: delay %d, padding %d from %q; want %d, %d from %q", what, r.Delay, r.Padding, r.Gapless, delay, padding, gapless)
		}
	}
	const one = 1 << 16
	// 2112 + 1020000 + 1888 = 1024000
	smpb := " 00000000 00000840 00000760 00000000000F9060 00000000 00000000"
	f("nothing", 600, nil, "", 0, 0, "")
	f("comment", 600, nil, smpb, 2112, 1888, "iTunSMPB")
	f("comment and an edit that says nothing", 44100, []int64{1024000, 0, one}, smpb, 2112, 1888, "iTunSMPB")
	f("edit", 44100, []int64{1020000, 2112, one}, "", 2112, 1888, "elst")
	f("edit before comment", 44100, []int64{1020100, 2112, one}, smpb, 2112, 1788, "elst")
	f("rounded edit, exact comment", 1000, []int64{23129, 2112, one}, smpb, 2112, 1888, "elst")
	f("edit to the end, rounded", 1000, []int64{23173, 2112, one}, "", 2112, 0, "elst")
	f("edit to the end, rounded up", 1000, []int64{23200, 2112, one}, "", 2112, 0, "elst")
	f("edit of no length", 1000, []int64{0, 2112, one}, "", 2112, 0, "elst")
	f("edit of padding only", 44100, []int64{1023500, 0, one}, "", 0, 500, "elst")
	f("comment of another length", 600, nil, " 00000000 00000840 00000760 0000000000009060 0", 0, 0, "")
	f("comment of nonsense", 600, nil, "x y z w", 0, 0, "")
	f("comment that is greater than all", 600, nil, " 0 FFFFFFFFFFFFFFF 1 1", 0, 0, "")
	f("empty edit before", 1000, []int64{500, -1, one, 23129, 2112, one}, smpb, 2112, 1888, "elst")
	f("empty edit behind", 44100, []int64{1020000, 2112, one, 500, -1, one}, "", 2112, 1888, "elst")
}

func TestEditThatSkipsMuchLeavesPacketsOut(t *testing.T) {
	s := mp4AAC(1000, 44100, 1024)
	s.elst = []int64{44100, 100*1024 + 300, 1 << 16} // 1 s from packet 100 on
	b := mp4Build(44100, s)
	x := mp4Must(t, b, "")
	r := &x.Audio.Runs[0]
	got := mp4Read(t, x, b, r)
	// Packets 99, for pre-roll, to 143, the last that is heard.
	if r.Frames != 45 || r.Delay != 1024+300 || r.Music() != 44100 || got[0].size != int(s.sizes[99]) {
		t.Errorf("%d frames, delay %d, music %d, first of %d bytes", r.Frames, r.Delay, r.Music(), got[0].size)
	}
}

func TestEmptyEditIsAStart(t *testing.T) {
	s := mp4AAC(1000, 44100, 1024)
	s.elst = []int64{1500, -1, 1 << 16, 23000, 0, 1 << 16}
	x := mp4Must(t, mp4Build(1000, s), "")
	if r := x.Audio.Runs[0]; r.Start != 66150 {
		t.Errorf("start %d, want 66150", r.Start)
	}
}

func TestEditListsThatCannotBeSaidAreRefused(t *testing.T) {
	f := func(kind error, reason string, elst ...int64) {
		t.Helper()
		s := mp4AAC(1000, 44100, 1024)
		s.elst = elst
		_, err := mp4Index(mp4Build(1000, s), "")
		if !errors.Is(err, kind) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v: %v, want %q", elst, err, reason)
		}
	}
	f(ErrUnsupported, "several parts", 1000, 0, 1<<16, 1000, 88200, 1<<16)
	f(ErrUnsupported, "dwell", 1000, 0, 0)
	f(ErrUnsupported, "faster or slower", 1000, 0, 1<<17)
	f(ErrBroken, "behind its end", 1000, 1<<30, 1<<16)
	f(ErrBroken, "makes no sense", 1000, -2, 1<<16)
}
