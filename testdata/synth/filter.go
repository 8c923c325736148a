package main

import "math"

// svf is a state-variable filter in trapezoidal form: stable while its cutoff moves.
type svf struct{ ic1, ic2, a1, a2, a3, k float64 }

func (f *svf) set(sr, cutoff, q float64) {
	g := math.Tan(math.Pi * min(cutoff, 0.45*sr) / sr)
	f.k = 1 / q
	f.a1 = 1 / (1 + g*(g+f.k))
	f.a2 = g * f.a1
	f.a3 = g * f.a2
}

func (f *svf) tick(in float64) (low, band, high float64) {
	v3 := in - f.ic2
	v1 := f.a1*f.ic1 + f.a2*v3
	v2 := f.ic2 + f.a2*f.ic1 + f.a3*v3
	f.ic1, f.ic2 = 2*v1-f.ic1, 2*v2-f.ic2
	return v2, v1, in - f.k*v1 - v2
}

// onePole is a gentle low-pass of 6 dB an octave.
type onePole struct{ z, a float64 }

func newOnePole(sr, cutoff float64) onePole {
	return onePole{a: 1 - math.Exp(-2*math.Pi*cutoff/sr)}
}

func (p *onePole) tick(in float64) float64 {
	p.z += p.a * (in - p.z)
	return p.z
}

// lowpass and highpass treat a whole bus, 12 dB an octave.
func (s stereo) lowpass(sr, cutoff, q float64) {
	var a, b svf
	a.set(sr, cutoff, q)
	b.set(sr, cutoff, q)
	s.each(func(_ int, l, r float64) (float64, float64) {
		x, _, _ := a.tick(l)
		y, _, _ := b.tick(r)
		return x, y
	})
}

func (s stereo) highpass(sr, cutoff, q float64) {
	var a, b svf
	a.set(sr, cutoff, q)
	b.set(sr, cutoff, q)
	s.each(func(_ int, l, r float64) (float64, float64) {
		_, _, x := a.tick(l)
		_, _, y := b.tick(r)
		return x, y
	})
}

// sweep low-passes a bus at a cutoff that moves with time in seconds.
func (s stereo) sweep(sr, q float64, cutoff func(t float64) float64) {
	var a, b svf
	s.each(func(i int, l, r float64) (float64, float64) {
		if i%32 == 0 {
			c := cutoff(float64(i) / sr)
			a.set(sr, c, q)
			b.set(sr, c, q)
		}
		x, _, _ := a.tick(l)
		y, _, _ := b.tick(r)
		return x, y
	})
}

// shelf lifts or cuts what is above the corner by a gain in decibels.
func (s stereo) shelf(sr, corner, gainDB float64) {
	g := math.Pow(10, gainDB/20)
	a, b := newOnePole(sr, corner), newOnePole(sr, corner)
	s.each(func(_ int, l, r float64) (float64, float64) {
		ll, rl := a.tick(l), b.tick(r)
		return ll + g*(l-ll), rl + g*(r-rl)
	})
}
