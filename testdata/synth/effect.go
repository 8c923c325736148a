package main

import "math"

// reverb is a feedback delay network: two allpass stages for density, eight lines mixed by a Householder
// matrix, each losing treble in its loop. It returns the wet signal only.
func reverb(in stereo, sr, seconds, damping, predelay float64) stereo {
	lengths := [8]float64{0.0297, 0.0343, 0.0389, 0.0421, 0.0476, 0.0537, 0.0591, 0.0653}
	type line struct {
		buf  []float64
		pos  int
		damp onePole
		gain float64
	}
	var lines [8]line
	for i, s := range lengths {
		lines[i] = line{buf: make([]float64, int(s*sr)|1), damp: newOnePole(sr, damping), gain: math.Pow(10, -3*s/seconds)}
	}
	diffuseL, diffuseR := newDiffuser(sr, 1), newDiffuser(sr, 1.07)
	out := newStereo(len(in.l))
	pre := int(predelay * sr)
	out.each(func(i int, _, _ float64) (float64, float64) {
		var l, r float64
		if i >= pre {
			l, r = diffuseL.tick(in.l[i-pre]), diffuseR.tick(in.r[i-pre])
		}
		var v [8]float64
		sum := 0.0
		for k := range lines {
			v[k] = lines[k].buf[lines[k].pos]
			sum += v[k]
		}
		for k := range lines {
			x := l
			if k%2 == 1 {
				x = r
			}
			ln := &lines[k]
			ln.buf[ln.pos] = ln.damp.tick((v[k]-sum/4)*ln.gain) + 0.35*x
			if ln.pos++; ln.pos == len(ln.buf) {
				ln.pos = 0
			}
		}
		return v[0] - v[2] + v[4] - v[6], v[1] - v[3] + v[5] - v[7]
	})
	out.highpass(sr, 180, 0.7)
	return out
}

type diffuser struct {
	buf [4][]float64
	pos [4]int
}

func newDiffuser(sr, spread float64) *diffuser {
	d := &diffuser{}
	for i, s := range [4]float64{0.0049, 0.0067, 0.0101, 0.0127} {
		d.buf[i] = make([]float64, int(s*spread*sr)|1)
	}
	return d
}

func (d *diffuser) tick(x float64) float64 {
	for i := range d.buf {
		old := d.buf[i][d.pos[i]]
		y := old - 0.62*x
		d.buf[i][d.pos[i]] = x + 0.62*y
		if d.pos[i]++; d.pos[i] == len(d.buf[i]) {
			d.pos[i] = 0
		}
		x = y
	}
	return x
}

// pingPong repeats a bus from side to side, darker each time. It returns the wet signal only.
func pingPong(in stereo, sr, seconds, feedback, cutoff float64) stereo {
	n := int(seconds * sr)
	out := newStereo(len(in.l))
	a, b := newOnePole(sr, cutoff), newOnePole(sr, cutoff)
	for i := n; i < len(in.l); i++ {
		out.l[i] = a.tick((in.l[i-n]+in.r[i-n])*0.5 + feedback*out.r[i-n])
		out.r[i] = b.tick(out.l[i-n] * 0.9)
	}
	return out
}

// chorus adds two slowly moving copies, one a side.
func chorus(s stereo, sr, depth, rate, mix float64) {
	src := s.clone()
	tap := func(buf []float64, at float64) float64 {
		i := int(at)
		if at < 1 || i+1 >= len(buf) {
			return 0
		}
		f := at - float64(i)
		return buf[i]*(1-f) + buf[i+1]*f
	}
	s.each(func(i int, l, r float64) (float64, float64) {
		p := tau * rate * float64(i) / sr
		dl := (0.011 + depth*math.Sin(p)) * sr
		dr := (0.014 + depth*math.Sin(p+2.1)) * sr
		return l + mix*tap(src.l, float64(i)-dl), r + mix*tap(src.r, float64(i)-dr)
	})
}

// saturate rounds peaks off; drive 1 is barely heard.
func saturate(s stereo, drive float64) {
	g := 1 / math.Tanh(drive)
	s.each(func(_ int, l, r float64) (float64, float64) {
		return math.Tanh(l*drive) * g, math.Tanh(r*drive) * g
	})
}

// duck lowers a bus after each of the given times (in samples), as a compressor keyed by the kick would.
func duck(s stereo, sr float64, at []int, depth, recover float64) {
	next, last := 0, -1<<30
	g := 1.0
	s.each(func(i int, l, r float64) (float64, float64) {
		for next < len(at) && at[next] <= i {
			last = at[next]
			next++
		}
		x := float64(i-last) / sr / recover
		want := 1.0
		if x < 1 {
			want = 1 - depth*(1-x*x*(3-2*x))
		}
		g += (want - g) * (1 - math.Exp(-1/(0.004*sr)))
		return l * g, r * g
	})
}

// tremolo swings a bus from side to side.
func tremolo(s stereo, sr, rate, depth float64) {
	s.each(func(i int, l, r float64) (float64, float64) {
		m := depth * math.Sin(tau*rate*float64(i)/sr)
		return l * (1 - m), r * (1 + m)
	})
}
