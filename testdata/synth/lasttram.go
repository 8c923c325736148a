package main

import "math"

// lastTram is the dance piece: A minor at 122, four on the floor, stabs of detuned saws that duck under the
// kick, a bass in octaves, a muted guitar and a gliding lead.
//
// Form: intro 4, groove 8, break 4, lead 8, ending 2 and the tail.
func lastTram() (stereo, float64) {
	sr := 44100.0
	s := newScore(sr, 122, 0.13, 23)
	const bars = 26
	n := int((s.seconds(bars, 0) + 4.2) * sr)

	am9 := chord{33, []float64{55, 59, 60, 64}}
	d9 := chord{38, []float64{54, 59, 60, 64}}
	fmaj9 := chord{41, []float64{55, 57, 60, 64}}
	em9 := chord{40, []float64{55, 59, 62, 66}}
	e7s9 := chord{40, []float64{56, 62, 64, 67}}
	loop := []chord{am9, d9, fmaj9, em9}
	harmony := func(bar int) chord {
		if bar == 15 || bar == 23 {
			return e7s9
		}
		if bar >= 24 {
			return am9
		}
		return loop[bar%4]
	}
	intro := func(bar int) bool { return bar < 4 }
	groove := func(bar int) bool { return bar >= 4 && bar < 12 }
	pause := func(bar int) bool { return bar >= 12 && bar < 16 }
	solo := func(bar int) bool { return bar >= 16 && bar < 24 }

	stabs, pad, guitar, lead, low := newStereo(n), newStereo(n), newStereo(n), newStereo(n), newStereo(n)
	kit, boom := newStereo(n), newStereo(n)

	stab := unison{voices: 7, detune: 13, env: adsr{0.004, 0.30, 0.35, 0.14}, cutoff: 700, sweep: 3.0, sweepDecay: 0.18, q: 0.9}
	slow := unison{voices: 5, detune: 10, env: adsr{0.5, 3, 0.8, 1.2}, cutoff: 700, sweep: 1.4, sweepAttack: 1.6, sweepDecay: 3, q: 0.7}
	for bar := range bars {
		c := harmony(bar)
		hits := []struct{ beat, len, vel float64 }{{0, .4, .8}, {.75, .25, .6}, {1.5, .3, .75}, {2.75, .25, .65}, {3.5, .35, .7}}
		if bar%2 == 1 {
			hits = []struct{ beat, len, vel float64 }{{0, .4, .8}, {.75, .25, .6}, {1.5, .5, .75}, {2.25, .2, .5}, {3, .3, .7}}
		}
		if pause(bar) || bar == 25 {
			hits = nil
		}
		if bar == 24 {
			hits = hits[:1]
			hits[0].len = 1.5
		}
		for _, h := range hits {
			at := s.at(bar, h.beat, 0.003)
			for _, p := range c.upper {
				stabs.placeStereo(at, stab.note(sr, p, s.beats(h.len), s.vel(h.vel), s.rng), 0.36)
			}
		}
		if pause(bar) || solo(bar) || bar == 24 {
			length := 4.0
			if bar == 24 {
				length = 6
			}
			for _, p := range c.upper {
				pad.placeStereo(s.at(bar, 0, 0), slow.note(sr, p+12, s.beats(length), 0.5, s.rng), 0.28)
			}
		}
		if groove(bar) && bar >= 8 || solo(bar) {
			for i := range 16 {
				open := (i*7+bar)%5 == 0 || i == 6 || i == 14
				v, damp, ring := 0.20, 0.45, 0.05
				if open {
					v, damp, ring = 0.5, 0.30, 0.32
				}
				if i%4 == 0 {
					continue
				}
				for k, p := range c.upper[1:] {
					g := pluck(sr, p+12, 0.15, s.vel(v), damp, ring, s.rng)
					guitar.place(s.at(bar, float64(i)/4, 0.003)+int(0.0035*float64(k)*sr), g, 0.45, 0.34)
				}
			}
		}
	}
	chorus(stabs, sr, 0.0012, 0.5, 0.25)
	stabs.sweep(sr, 0.75, func(t float64) float64 {
		// The intro opens slowly, the rest stays bright.
		return 700 * math.Exp2(4*min(1, t/s.seconds(4, 0)))
	})
	guitar.highpass(sr, 280, 0.7)
	pad.lowpass(sr, 5200, 0.6)

	bassLine := [2][]struct{ beat, up, len, vel float64 }{
		{{0, 0, .4, .9}, {.75, 0, .2, .6}, {1.25, 12, .2, .7}, {1.75, 0, .2, .7}, {2.25, 12, .2, .6}, {2.5, 0, .3, .85}, {3.25, 10, .2, .6}, {3.5, 12, .3, .75}},
		{{0, 0, .4, .9}, {.75, 0, .2, .6}, {1.25, 12, .2, .7}, {1.75, 7, .2, .7}, {2.5, 0, .3, .85}, {3, 0, .2, .6}, {3.25, 12, .2, .7}, {3.75, 0, .2, .7}},
	}
	for bar := range bars {
		c := harmony(bar)
		switch {
		case intro(bar) && bar < 2:
		case pause(bar):
			low.place(s.at(bar, 0, 0), roundBass(sr, c.bass, s.beats(3.7), 0.5, 0), 0, 0.5)
		case bar == 24:
			low.place(s.at(bar, 0, 0), roundBass(sr, c.bass, s.beats(5), 0.7, 0), 0, 0.6)
		case bar > 24:
		default:
			for _, b := range bassLine[bar%2] {
				low.place(s.at(bar, b.beat, 0.002), roundBass(sr, c.bass+b.up, s.beats(b.len), s.vel(b.vel), 0.4), 0, 0.6)
			}
		}
	}
	saturate(low, 1.4)

	// The lead is one voice: two saws, a filter that follows the note, and a glide.
	mono := unison{voices: 3, detune: 6, env: adsr{0.008, 0.5, 0.7, 0.09}, cutoff: 900, sweep: 2.0, sweepDecay: 0.22, q: 1.4}
	for _, m := range []note{
		{16, .75, 76, .25, .7}, {16, 1, 79, .6, .8}, {16, 1.75, 81, .5, .8}, {16, 2.75, 79, .25, .6}, {16, 3, 76, .75, .75},
		{17, .75, 74, .25, .6}, {17, 1, 76, .6, .75}, {17, 2, 72, .5, .65}, {17, 2.75, 69, .9, .7},
		{18, .75, 72, .25, .6}, {18, 1, 76, .6, .75}, {18, 1.75, 79, .5, .75}, {18, 2.5, 81, .5, .75}, {18, 3, 83, .8, .8},
		{19, .75, 81, .25, .7}, {19, 1, 79, .6, .75}, {19, 2, 78, .5, .65}, {19, 2.5, 74, 1.2, .7},
		{20, .75, 76, .25, .7}, {20, 1, 79, .6, .8}, {20, 1.75, 81, .5, .8}, {20, 2.75, 84, .25, .7}, {20, 3, 83, .75, .85},
		{21, .75, 81, .25, .65}, {21, 1, 78, .6, .75}, {21, 2, 76, .5, .65}, {21, 2.75, 74, .9, .7},
		{22, .5, 72, .25, .6}, {22, .75, 74, .25, .65}, {22, 1, 76, .6, .75}, {22, 1.75, 81, .5, .8}, {22, 2.5, 79, 1.2, .8},
		{23, .5, 80, .5, .7}, {23, 1.25, 83, .5, .75}, {23, 2, 86, .5, .8}, {23, 2.75, 83, .25, .7}, {23, 3, 80, .8, .75},
		{24, 0, 81, 2.5, .8},
	} {
		at := s.at(m.bar, m.beat, 0.004)
		lead.placeStereo(at, mono.note(sr, m.pitch, s.beats(m.len)*0.92, s.vel(m.vel), s.rng), 0.34)
		lead.place(at, flute(sr, m.pitch, m.pitch-1, s.beats(m.len)*0.92, 0.5, s.rng), 0, 0.12)
	}

	var kicks []int
	for bar := range bars {
		four := bar < 12 || solo(bar)
		for b := range 4 {
			if bar == 11 && b == 3 || bar == 23 && b == 3 {
				continue
			}
			if four || bar == 24 && b == 0 {
				at := s.at(bar, float64(b), 0.001)
				kicks = append(kicks, at)
				boom.place(at, kick(sr, 165, 49, 0.115, 0.10, s.rng), 0, 0.62)
			}
		}
		if bar >= 2 && four {
			for _, b := range []float64{1, 3} {
				kit.place(s.at(bar, b, 0.002), clap(sr, s.rng), 0.05, s.vel(0.42))
			}
		}
		if bar == 15 {
			for i := range 8 {
				kit.place(s.at(bar, 2+float64(i)/4, 0.002), clap(sr, s.rng), 0.1*float64(i-4)/4, 0.10+0.035*float64(i))
			}
		}
		if four || pause(bar) && bar >= 14 {
			for b := range 4 {
				kit.place(s.at(bar, float64(b)+0.5, 0.002), hat(sr, 0.075, 0.5, s.rng), -0.2, s.vel(0.21))
			}
		}
		if four && bar >= 4 {
			for i := range 16 {
				kit.place(s.at(bar, float64(i)/4, 0.002), shaker(sr, 0.035, s.rng), 0.35, s.vel([]float64{.10, .05, .13, .06}[i%4]))
			}
		}
	}
	for _, at := range []int{s.at(4, 0, 0), s.at(16, 0, 0), s.at(24, 0, 0)} {
		kit.place(at, hat(sr, 0.55, 0.35, s.rng), 0.1, 0.20)
	}
	up := riser(sr, s.beats(8), s.rng)
	kit.placeStereo(s.at(14, 0, 0), up, 0.34)
	up = riser(sr, s.beats(4), s.rng)
	kit.placeStereo(s.at(3, 0, 0), up, 0.22)

	duck(stabs, sr, kicks, 0.60, 0.30)
	duck(pad, sr, kicks, 0.70, 0.36)
	duck(low, sr, kicks, 0.55, 0.17)
	duck(guitar, sr, kicks, 0.25, 0.2)

	mix := newStereo(n)
	mix.add(stabs, 1.4)
	mix.add(pad, 1.05)
	mix.add(guitar, 1.15)
	mix.add(lead, 1.05)
	mix.add(low, 0.36)
	mix.add(kit, 0.62)
	mix.add(boom, 0.72)

	echo := newStereo(n)
	echo.add(lead, 0.5)
	echo.add(stabs, 0.14)
	echo.add(guitar, 0.15)
	wetEcho := pingPong(echo, sr, s.beats(0.75), 0.42, 3600)
	mix.add(wetEcho, 0.55)

	room := newStereo(n)
	room.add(stabs, 0.22)
	room.add(pad, 0.4)
	room.add(lead, 0.3)
	room.add(kit, 0.14)
	room.add(wetEcho, 0.25)
	wet := reverb(room, sr, 2.1, 5200, 0.020)
	duck(wet, sr, kicks, 0.35, 0.28)
	mix.add(wet, 0.40)

	mix.narrow(sr, 150, 1.0)
	saturate(mix, 0.9)
	mix.shelf(sr, 1100, 3)
	mix.shelf(sr, 8000, -3.5)
	master(mix, sr, -15.8, -1.5)
	return mix, sr
}
