package main

import (
	"math"
	"math/rand/v2"
)

// kick falls from one pitch to another; click adds the beater.
func kick(sr, from, to, decay, click float64, rng *rand.Rand) []float64 {
	out := make([]float64, int(6*decay*sr))
	lp := newOnePole(sr, 3500)
	phase := 0.0
	for i := range out {
		t := float64(i) / sr
		phase += tau * (to + (from-to)*math.Exp(-t/0.028)) / sr
		body := math.Sin(phase) * math.Exp(-t/decay) * min(1, t/0.0015)
		out[i] = math.Tanh(1.3*body) + click*lp.tick(rng.NormFloat64())*math.Exp(-t/0.004)*min(1, t/0.0005)
	}
	return fadeEnd(out, 0.02*sr)
}

// brush is a snare played with brushes: a swish that swells for a moment and a quiet drum under it.
func brush(sr, attack, decay, body float64, rng *rand.Rand) []float64 {
	out := make([]float64, int((attack+6*decay)*sr))
	var a, b svf
	a.set(sr, 2300, 0.6)
	b.set(sr, 900, 0.7)
	for i := range out {
		t := float64(i) / sr
		e := math.Exp(-(t - attack) / decay)
		if t < attack {
			e = t / attack
			e *= e
		}
		_, x, _ := a.tick(rng.NormFloat64())
		_, _, y := b.tick(x)
		skin := body * math.Sin(tau*(178+40*math.Exp(-t/0.015))*t) * math.Exp(-t/0.07) * min(1, t/0.001)
		out[i] = 0.55*y*e + skin
	}
	return fadeEnd(out, 0.01*sr)
}

// clap is three hands and a room.
func clap(sr float64, rng *rand.Rand) []float64 {
	out := make([]float64, int(0.4*sr))
	var a, b svf
	a.set(sr, 1350, 1.3)
	b.set(sr, 600, 0.7)
	for i := range out {
		t := float64(i) / sr
		e := 0.0
		for _, at := range []float64{0, 0.011, 0.021} {
			if t >= at {
				e += 0.7 * math.Exp(-(t-at)/0.0045)
			}
		}
		if t > 0.024 {
			e += 0.85 * math.Exp(-(t-0.024)/0.07)
		}
		_, x, _ := a.tick(rng.NormFloat64())
		_, _, y := b.tick(x)
		out[i] = 0.6 * y * e * min(1, t/0.0006)
	}
	return fadeEnd(out, 0.02*sr)
}

// hat is filtered noise over six square waves that share no overtone.
func hat(sr, decay, metal float64, rng *rand.Rand) []float64 {
	out := make([]float64, int(6*decay*sr))
	var a, b svf
	a.set(sr, min(7200, 0.3*sr), 0.8)
	b.set(sr, min(6400, 0.28*sr), 0.7)
	var ph [6]float64
	for i := range ph {
		ph[i] = rng.Float64()
	}
	for i := range out {
		t := float64(i) / sr
		m := 0.0
		for k, f := range [6]float64{317, 465, 538, 810, 1047, 1481} {
			if ph[k] += f * 1.9 / sr; ph[k] >= 1 {
				ph[k]--
			}
			m += math.Copysign(1, ph[k]-0.5)
		}
		_, _, x := a.tick(0.55*rng.NormFloat64() + metal*m/4)
		_, _, y := b.tick(x)
		out[i] = 0.5 * y * math.Exp(-t/decay) * min(1, t/0.0008)
	}
	return fadeEnd(out, 0.01*sr)
}

// shaker is a grain of high noise with a soft start.
func shaker(sr, length float64, rng *rand.Rand) []float64 {
	out := make([]float64, int(2.5*length*sr))
	var a svf
	a.set(sr, min(5600, 0.3*sr), 1.1)
	for i := range out {
		t := float64(i) / sr
		x := t / length
		_, y, _ := a.tick(rng.NormFloat64())
		out[i] = 0.5 * y * x * x * math.Exp(2*(1-x)) * math.Exp(-x)
	}
	return fadeEnd(out, 0.3*length*sr)
}

// crackle is the run-out groove: sparse ticks over a breath of noise.
func crackle(sr float64, n int, rng *rand.Rand) stereo {
	out := newStereo(n)
	la, ra := newOnePole(sr, 3200), newOnePole(sr, 3200)
	tick, pan := 0.0, 0.5
	out.each(func(int, float64, float64) (float64, float64) {
		if rng.Float64() < 9/sr {
			tick, pan = (0.3+rng.Float64()*rng.Float64())*math.Copysign(1, rng.Float64()-0.5), 0.25+0.5*rng.Float64()
		}
		tick *= math.Exp(-1 / (0.0004 * sr))
		return la.tick(0.05*rng.NormFloat64() + tick*(1-pan)), ra.tick(0.05*rng.NormFloat64() + tick*pan)
	})
	return out
}

// riser is noise that opens towards the bar line.
func riser(sr, length float64, rng *rand.Rand) stereo {
	out := newStereo(int(length * sr))
	var a, b svf
	out.each(func(i int, _, _ float64) (float64, float64) {
		x := float64(i) / sr / length
		if i%16 == 0 {
			c := 300 * math.Exp2(5*x)
			a.set(sr, c, 1.6)
			b.set(sr, c*1.03, 1.6)
		}
		_, l, _ := a.tick(rng.NormFloat64())
		_, r, _ := b.tick(rng.NormFloat64())
		g := 0.4 * x * x * min(1, (1-x)/0.01)
		return l * g, r * g
	})
	return out
}

func fadeEnd(s []float64, n float64) []float64 {
	for i := range s {
		if left := float64(len(s) - 1 - i); left < n {
			s[i] *= left / n
		}
	}
	return s
}
