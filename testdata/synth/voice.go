package main

import (
	"math"
	"math/rand/v2"
)

const tau = 2 * math.Pi

// hz is the frequency of a MIDI note, A4 = 69 = 440 Hz.
func hz(note float64) float64 { return 440 * math.Exp2((note-69)/12) }

// adsr is an envelope whose decay and release are exponential. It is exactly zero from hold+release on.
type adsr struct{ attack, decay, sustain, release float64 }

func (e adsr) at(t, hold float64) float64 {
	level := func(t float64) float64 {
		if t < e.attack {
			x := t / e.attack
			return x * x * (3 - 2*x)
		}
		return e.sustain + (1-e.sustain)*math.Exp(-(t-e.attack)/e.decay)
	}
	if t < hold {
		return level(t)
	}
	x := (t - hold) / e.release
	if x >= 1 {
		return 0
	}
	return level(hold) * (1 - x) * (1 - x) * (1 - x)
}

// sawtooth is band-limited by a polynomial step.
type sawtooth struct{ phase, step float64 }

func (o *sawtooth) tick() float64 {
	v := 2*o.phase - 1 - blep(o.phase, o.step)
	if o.phase += o.step; o.phase >= 1 {
		o.phase--
	}
	return v
}

func blep(t, dt float64) float64 {
	switch {
	case t < dt:
		t /= dt
		return t + t - t*t - 1
	case t > 1-dt:
		t = (t - 1) / dt
		return t*t + t + t + 1
	}
	return 0
}

// electricPiano is two FM pairs: a warm body of equal frequencies whose brightness follows velocity and
// dies away, and a short bell for the tine.
func electricPiano(sr, note, hold, vel float64) []float64 {
	f := hz(note)
	env := adsr{0.003, 1.9 * math.Pow(220/f, 0.45), 0, 0.28}
	n := int((hold + env.release) * sr)
	out := make([]float64, n)
	bright := (0.75 + 2.0*vel*vel) * math.Pow(260/f, 0.35)
	tine := 14.0
	if f*tine > 0.3*sr {
		tine = 7
	}
	for i := range out {
		t := float64(i) / sr
		w := tau * f * t
		body := math.Sin(w + bright*math.Exp(-t/0.55)*math.Sin(w+0.3))
		second := math.Sin(w*1.0009 + 0.4*bright*math.Exp(-t/0.9)*math.Sin(2*w))
		bell := math.Sin(w*2 + 0.7*vel*math.Sin(tine*w))
		v := 0.62*body + 0.34*second + 0.26*vel*math.Exp(-t/0.14)*bell
		out[i] = v * env.at(t, hold) * (0.35 + 0.65*vel)
	}
	return out
}

// glass is a quiet bell: a sine with two inharmonic partials that die first.
func glass(sr, note, hold, vel float64) []float64 {
	f := hz(note)
	env := adsr{0.006, 0.75, 0.06, 0.9}
	out := make([]float64, int((hold+env.release)*sr))
	for i := range out {
		t := float64(i) / sr
		w := tau * f * t
		vib := 0.0025 * math.Sin(tau*4.6*t) * min(1, t/0.4) * f / 4.6
		v := math.Sin(w+vib+0.8*vel*math.Exp(-t/0.22)*math.Sin(2*w)) +
			0.16*math.Exp(-t/0.18)*math.Sin(3.01*w) + 0.05*math.Exp(-t/0.07)*math.Sin(5.43*w)
		out[i] = 0.8 * vel * v * env.at(t, hold)
	}
	return out
}

// flute is the soft lead: a sine with a little second and third harmonic, breath and late vibrato.
func flute(sr, note, from, hold, vel float64, rng *rand.Rand) []float64 {
	f, f0 := hz(note), hz(from)
	env := adsr{0.045, 0.5, 0.72, 0.16}
	out := make([]float64, int((hold+env.release)*sr))
	var breath svf
	breath.set(sr, min(2.2*f, 0.3*sr), 2.5)
	phase := 0.0
	for i := range out {
		t := float64(i) / sr
		glide := f + (f0-f)*math.Exp(-t/0.028)
		phase += tau * glide * (1 + 0.0055*math.Sin(tau*5.1*t)*min(1, max(0, t-0.18)/0.5)) / sr
		_, air, _ := breath.tick(rng.NormFloat64())
		e := env.at(t, hold)
		v := math.Sin(phase) + (0.16+0.16*vel)*e*math.Sin(2*phase+0.4) + 0.07*e*e*math.Sin(3*phase)
		out[i] = vel * e * (0.8*v + 0.030*air*(1+2*math.Exp(-t/0.05)))
	}
	return out
}

// pluck is a Karplus-Strong string: a burst of noise in a tuned loop, struck at 1/7 of its length.
// damp from 0 to 0.5 darkens it, ring is the time to die by 60 dB.
func pluck(sr, note, hold, vel, damp, ring float64, rng *rand.Rand) []float64 {
	f := hz(note)
	period := sr/f - damp
	n := int(period - 0.3)
	frac := period - float64(n)
	ap := (1 - frac) / (1 + frac)
	line := make([]float64, n)
	soft := newOnePole(sr, 900+5200*vel)
	for i := range line {
		line[i] = soft.tick(2*rng.Float64() - 1)
	}
	struck := make([]float64, n)
	mean := 0.0
	for i := range line {
		struck[i] = line[i] - line[(i+n-n/7)%n]
		mean += struck[i] / float64(n)
	}
	power := 1e-9
	for i := range struck {
		struck[i] -= mean
		power += struck[i] * struck[i] / float64(n)
	}
	norm := 0.28 / math.Sqrt(power)
	loss := math.Pow(10, -3/(f*ring))
	var last, apIn, apOut float64
	out := make([]float64, int((hold+0.12)*sr))
	for i := range out {
		v := struck[i%n]
		low := (1-damp)*v + damp*last
		last = v
		tuned := ap*low + apIn - ap*apOut
		apIn, apOut = low, tuned
		struck[i%n] = tuned * loss
		g := min(1, float64(i)/(0.0012*sr))
		if t := float64(i)/sr - hold; t > 0 {
			g *= (1 - t/0.12) * (1 - t/0.12)
		}
		out[i] = v * norm * vel * g
	}
	return out
}

// roundBass is a sine with two soft harmonics that fade as the note does; slide starts it from below.
func roundBass(sr, note, hold, vel, slide float64) []float64 {
	f := hz(note)
	env := adsr{0.006, 0.9, 0.35, 0.09}
	out := make([]float64, int((hold+env.release)*sr))
	phase := 0.0
	for i := range out {
		t := float64(i) / sr
		phase += tau * f * math.Exp2(-slide/12*math.Exp(-t/0.04)) / sr
		h := math.Exp(-t / 0.35)
		v := math.Sin(phase) + (0.22+0.34*h)*math.Sin(2*phase+0.5) + 0.16*h*math.Sin(3*phase) + 0.07*h*h*math.Sin(5*phase)
		out[i] = 0.8 * math.Tanh(1.15*v*vel*env.at(t, hold))
	}
	return out
}

// unison is a chord tone of several detuned saws spread over the field, behind a low-pass filter.
type unison struct {
	voices      int
	detune      float64 // in cents, from the middle to the outermost
	env         adsr
	cutoff      float64 // in Hz, at rest
	sweep       float64 // in octaves, added by the filter envelope
	sweepDecay  float64
	q           float64
	sweepAttack float64
}

func (u unison) note(sr, note, hold, vel float64, rng *rand.Rand) stereo {
	n := int((hold + u.env.release) * sr)
	out := newStereo(n)
	for v := range u.voices {
		x := 2*float64(v)/float64(max(1, u.voices-1)) - 1
		osc := sawtooth{phase: rng.Float64(), step: hz(note+u.detune*x/100) / sr}
		pan := (x*0.8 + 1) * math.Pi / 4
		if v%2 == 1 {
			pan = math.Pi/2 - pan
		}
		gl, gr := math.Cos(pan), math.Sin(pan)
		for i := range n {
			s := osc.tick()
			out.l[i] += gl * s
			out.r[i] += gr * s
		}
	}
	var a, b svf
	norm := 0.5 * vel / math.Sqrt(float64(u.voices))
	out.each(func(i int, l, r float64) (float64, float64) {
		t := float64(i) / sr
		if i%16 == 0 {
			open := 1.0
			if u.sweepAttack > 0 && t < u.sweepAttack {
				open = t / u.sweepAttack
			} else {
				open = math.Exp(-(t - u.sweepAttack) / u.sweepDecay)
			}
			c := u.cutoff * math.Exp2(u.sweep*open*(0.5+0.5*vel))
			a.set(sr, c, u.q)
			b.set(sr, c, u.q)
		}
		x, _, _ := a.tick(l)
		y, _, _ := b.tick(r)
		e := norm * u.env.at(t, hold)
		return x * e, y * e
	})
	return out
}
