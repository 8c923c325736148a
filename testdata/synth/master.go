package main

import "math"

// master is the last stage: subsonic filter, slow compression, level by measured loudness (LUFS), a
// look-ahead limiter and a fade so that the file ends in silence.
func master(s stereo, sr, lufs, ceilingDB float64) {
	s.highpass(sr, 28, 0.7)
	s.scale(math.Pow(10, (lufs-loudness(s, sr))/20))
	compress(s, sr, 0.17, 1.6, 0.03, 0.25)
	ceiling := math.Pow(10, ceilingDB/20)
	for range 3 {
		s.scale(math.Pow(10, (lufs-loudness(s, sr))/20))
		limit(s, sr, ceiling)
	}
	fade := int(2 * sr)
	n := len(s.l)
	s.each(func(i int, l, r float64) (float64, float64) {
		g := min(1, float64(i)/(0.004*sr))
		if left := n - 1 - i; left < fade {
			x := float64(left) / float64(fade)
			g *= x * x * (3 - 2*x)
		}
		return l * g, r * g
	})
}

// compress levels a bus by its power; the threshold is an amplitude.
func compress(s stereo, sr, threshold, ratio, attack, release float64) {
	up, down := 1-math.Exp(-1/(attack*sr)), 1-math.Exp(-1/(release*sr))
	level := 0.0
	s.each(func(_ int, l, r float64) (float64, float64) {
		p := (l*l + r*r) / 2
		if p > level {
			level += up * (p - level)
		} else {
			level += down * (p - level)
		}
		g := 1.0
		if a := math.Sqrt(level); a > threshold {
			g = math.Pow(a/threshold, 1/ratio-1)
		}
		return l * g, r * g
	})
}

// limit keeps peaks, those between samples too, under the ceiling.
func limit(s stereo, sr, ceiling float64) {
	n := len(s.l)
	look := int(0.004 * sr)
	need := make([]float64, n)
	for i := range need {
		need[i] = 1
		if p := max(peakAround(s.l, i), peakAround(s.r, i)); p > ceiling {
			need[i] = ceiling / p
		}
	}
	lowest := make([]float64, n)
	for i := range lowest {
		lowest[i] = 1
	}
	for i, g := range need {
		if g < 1 {
			for j := max(0, i-look); j <= min(n-1, i+look); j++ {
				lowest[j] = min(lowest[j], g)
			}
		}
	}
	sum := 0.0
	w := look + 1
	for i := -look; i < n; i++ {
		at := func(j int) float64 { return lowest[min(max(j, 0), n-1)] }
		if i == -look {
			for j := i - w/2; j < i-w/2+w; j++ {
				sum += at(j)
			}
		} else {
			sum += at(i-w/2+w-1) - at(i-w/2-1)
		}
		if i >= 0 {
			s.l[i] *= sum / float64(w)
			s.r[i] *= sum / float64(w)
		}
	}
}

// peakAround is the largest of a sample and an estimate half way to the next.
func peakAround(x []float64, i int) float64 {
	p := math.Abs(x[i])
	if i < 3 || i+4 >= len(x) {
		return p
	}
	// Half-sample interpolation, windowed sinc of eight points.
	half := 0.6169*(x[i]+x[i+1]) - 0.1606*(x[i-1]+x[i+2]) + 0.0546*(x[i-2]+x[i+3]) - 0.0109*(x[i-3]+x[i+4])
	return max(p, math.Abs(half))
}

// loudness is the integrated loudness of ITU-R BS.1770-4 in LUFS.
func loudness(s stereo, sr float64) float64 {
	w := s.clone()
	w.kWeight(sr)
	block, hop := int(0.4*sr), int(0.1*sr)
	var powers []float64
	for i := 0; i+block <= len(w.l); i += hop {
		p := 0.0
		for j := i; j < i+block; j++ {
			p += w.l[j]*w.l[j] + w.r[j]*w.r[j]
		}
		powers = append(powers, p/float64(block))
	}
	gated := func(over float64) float64 {
		sum, n := 0.0, 0
		for _, p := range powers {
			if p > over {
				sum += p
				n++
			}
		}
		return sum / float64(max(n, 1))
	}
	absolute := math.Pow(10, (-70+0.691)/10)
	return -0.691 + 10*math.Log10(gated(max(absolute, gated(absolute)/10)))
}

// kWeight applies the two filters of BS.1770, computed for any sampling rate.
func (s stereo) kWeight(sr float64) {
	k := math.Tan(math.Pi * 1681.974450955533 / sr)
	q := 0.7071752369554196
	vh := math.Pow(10, 3.999843853973347/20)
	vb := math.Pow(vh, 0.4996667741545416)
	a0 := 1 + k/q + k*k
	shelf := biquad{(vh + vb*k/q + k*k) / a0, 2 * (k*k - vh) / a0, (vh - vb*k/q + k*k) / a0, 2 * (k*k - 1) / a0, (1 - k/q + k*k) / a0}
	k = math.Tan(math.Pi * 38.13547087602444 / sr)
	q = 0.5003270373238773
	a0 = 1 + k/q + k*k
	high := biquad{1, -2, 1, 2 * (k*k - 1) / a0, (1 - k/q + k*k) / a0}
	for _, f := range []biquad{shelf, high} {
		f.run(s.l)
		f.run(s.r)
	}
}

type biquad struct{ b0, b1, b2, a1, a2 float64 }

func (f biquad) run(x []float64) {
	var z1, z2 float64
	for i, v := range x {
		y := f.b0*v + z1
		z1 = f.b1*v - f.a1*y + z2
		z2 = f.b2*v - f.a2*y
		x[i] = y
	}
}
