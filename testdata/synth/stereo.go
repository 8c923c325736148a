package main

import "math"

// stereo is one bus: two channels of the same length.
type stereo struct{ l, r []float64 }

func newStereo(n int) stereo { return stereo{make([]float64, n), make([]float64, n)} }

// place mixes a mono note in at a time in samples, panned from -1 to 1 with equal power.
// What falls outside the bus is dropped.
func (s stereo) place(at int, note []float64, pan, gain float64) {
	a := (pan + 1) * math.Pi / 4
	gl, gr := gain*math.Cos(a)*math.Sqrt2, gain*math.Sin(a)*math.Sqrt2
	for i, v := range note {
		if j := at + i; j >= 0 && j < len(s.l) {
			s.l[j] += gl * v
			s.r[j] += gr * v
		}
	}
}

// placeStereo mixes a stereo note in.
func (s stereo) placeStereo(at int, note stereo, gain float64) {
	for i := range note.l {
		if j := at + i; j >= 0 && j < len(s.l) {
			s.l[j] += gain * note.l[i]
			s.r[j] += gain * note.r[i]
		}
	}
}

// add mixes a whole bus in.
func (s stereo) add(o stereo, gain float64) { s.placeStereo(0, o, gain) }

func (s stereo) clone() stereo {
	c := newStereo(len(s.l))
	c.add(s, 1)
	return c
}

func (s stereo) scale(g float64) {
	for i := range s.l {
		s.l[i] *= g
		s.r[i] *= g
	}
}

// each replaces both samples of every frame.
func (s stereo) each(f func(i int, l, r float64) (float64, float64)) {
	for i := range s.l {
		s.l[i], s.r[i] = f(i, s.l[i], s.r[i])
	}
}

// narrow moves the bass to the middle: what is under cutoff becomes mono, and width scales the side
// signal above it.
func (s stereo) narrow(sr, cutoff, width float64) {
	var hp svf
	hp.set(sr, cutoff, 0.7)
	s.each(func(_ int, l, r float64) (float64, float64) {
		mid := (l + r) / 2
		_, _, side := hp.tick((l - r) / 2)
		return mid + width*side, mid - width*side
	})
}

// narrowTreble moves what is above cutoff to the middle.
func (s stereo) narrowTreble(sr, cutoff float64) {
	var lp svf
	lp.set(sr, cutoff, 0.6)
	s.each(func(_ int, l, r float64) (float64, float64) {
		mid := (l + r) / 2
		side, _, _ := lp.tick((l - r) / 2)
		return mid + side, mid - side
	})
}
