package main

import "math"

// slackWater is the ambient piece: D major at 88, pads that breathe, plucked arpeggios in a dotted echo, a
// glass melody and a soft heartbeat. Rendered at 24 kHz and dark, so that FLAC stays small.
//
// Form: intro 2, theme 4, lift 4, a bar of rest, return 2, ending 2.
func slackWater() (stereo, float64) {
	sr := 24000.0
	s := newScore(sr, 88, 0, 11)
	s.ritardFrom, s.ritard = 13*4-2, 0.012
	const bars = 15
	n := int((s.seconds(bars, 0) + 2.8) * sr)

	dmaj9 := chord{38, []float64{54, 57, 61, 64}}
	bm11 := chord{35, []float64{54, 57, 62, 64}}
	gmaj9 := chord{43, []float64{54, 57, 59, 62}}
	em9 := chord{40, []float64{55, 59, 62, 66}}
	a13 := chord{33, []float64{55, 59, 62, 66}}
	fsm7 := chord{42, []float64{57, 61, 64, 66}}
	dadd9 := chord{38, []float64{54, 57, 62, 64}}

	// One row is a bar, two chords of two beats each.
	form := [bars][2]chord{
		{dmaj9, dmaj9}, {gmaj9, gmaj9},
		{dmaj9, dmaj9}, {bm11, bm11}, {gmaj9, gmaj9}, {em9, a13},
		{gmaj9, gmaj9}, {fsm7, fsm7}, {em9, em9}, {a13, a13},
		{dmaj9, dmaj9}, {bm11, bm11}, {em9, a13},
		{dadd9, dadd9}, {dadd9, dadd9},
	}
	plays := func(bar, from, to int) bool { return bar >= from && bar < to }

	pad, arp, lead, low, beat := newStereo(n), newStereo(n), newStereo(n), newStereo(n), newStereo(n)

	// Pad: equal neighbours are tied into one long tone with slow ends.
	voice := unison{voices: 5, detune: 9, env: adsr{1.1, 4, 0.75, 2.2}, cutoff: 560, sweep: 1.6, sweepAttack: 2.2, sweepDecay: 3.5, q: 0.6}
	for half := 0; half < bars*2; {
		c := form[half/2][half%2]
		end := half + 1
		for end < bars*2 && form[end/2][end%2].bass == c.bass {
			end++
		}
		hold := s.seconds(end/2, float64(end%2)*2) - s.seconds(half/2, float64(half%2)*2)
		for i, p := range c.upper {
			v := voice.note(sr, p, hold+0.3, 0.55+0.05*float64(i%2), s.rng)
			pad.placeStereo(max(0, s.at(half/2, float64(half%2)*2, 0)-int(0.25*sr)), v, 0.5)
		}
		half = end
	}
	pad.sweep(sr, 0.6, func(t float64) float64 { return 2100 + 900*math.Sin(tau*0.07*t-1.2) + 12*t })
	chorus(pad, sr, 0.0016, 0.31, 0.5)

	// Arpeggio: up and back over two octaves of the chord, in eighths, in sixteenths from the second theme.
	pattern := []int{0, 2, 1, 3, 4, 3, 5, 2, 0, 2, 4, 3, 6, 5, 3, 1}
	for bar := range bars - 1 {
		if bar == 10 {
			continue
		}
		step := 2
		if plays(bar, 6, 10) || bar == 12 {
			step = 1
		}
		for i := 0; i < 16; i += step {
			if bar < 2 && i%4 != 0 || bar == 13 && i > 8 {
				continue
			}
			c := form[bar][i/8]
			k := pattern[i]
			p := c.upper[k%4] + 12*float64(k/4+1)
			accent := 0.42
			switch {
			case i%8 == 0:
				accent = 0.62
			case i%2 == 1:
				accent = 0.28
			}
			v := pluck(sr, p, 1.1, s.vel(accent), 0.32, 2.6, s.rng)
			arp.place(s.at(bar, float64(i)/4, 0.006), v, 0.55*math.Sin(float64(i)*1.3), 0.55)
		}
	}
	arp.lowpass(sr, 7000, 0.6)

	for _, m := range []note{
		{2, 0, 81, 1.5, .6}, {2, 2, 78, 1, .5}, {2, 3, 76, 1, .45},
		{3, 0, 78, 2, .6}, {3, 2.5, 74, .5, .4}, {3, 3, 76, 1, .5},
		{4, 0, 74, 1, .5}, {4, 1, 71, 1, .45}, {4, 2, 78, 2, .6},
		{5, 0, 76, 1.5, .55}, {5, 1.5, 78, .5, .5}, {5, 2, 74, 1, .5}, {5, 3, 71, 1, .45},
		{6, 0, 83, 1.5, .75}, {6, 1.5, 81, .5, .55}, {6, 2, 78, 2, .6},
		{7, 0, 81, 1.5, .7}, {7, 1.5, 78, .5, .5}, {7, 2, 76, 1, .55}, {7, 3, 73, 1, .5},
		{8, 0, 79, 1, .65}, {8, 1, 78, 1, .6}, {8, 2, 76, 1, .55}, {8, 3, 74, 1, .5},
		{9, 0, 76, 2, .6}, {9, 2, 78, 1, .6}, {9, 3, 81, 1, .65},
		{10, 0, 81, 3, .6}, {10, 3, 85, 1, .45},
		{11, 0, 83, 2, .55}, {11, 2, 78, 1, .5}, {11, 3, 76, 1, .45},
		{12, 0, 79, 1, .55}, {12, 1, 78, 1, .5}, {12, 2, 74, 1, .45}, {12, 3, 71, 1, .4},
		{13, 0, 69, 1, .45}, {13, 1, 74, 1, .45}, {13, 2, 76, 1, .45}, {13, 3, 78, 3, .5},
	} {
		v := glass(sr, m.pitch, s.beats(m.len)*0.95, s.vel(m.vel))
		lead.place(s.at(m.bar, m.beat, 0.009), v, -0.12, 0.36)
	}

	var kicks []int
	for bar := 2; bar < bars; bar++ {
		c := form[bar]
		switch {
		case bar == 10:
			low.place(s.at(bar, 0, 0), roundBass(sr, c[0].bass, s.beats(3.8), 0.5, 0), 0, 0.5)
		case bar >= 13:
			if bar == 13 {
				low.place(s.at(bar, 0, 0), roundBass(sr, c[0].bass, s.beats(6.5), 0.62, 0), 0, 0.6)
			}
		default:
			low.place(s.at(bar, 0, 0.004), roundBass(sr, c[0].bass, s.beats(1.4), s.vel(0.72), 0), 0, 0.6)
			low.place(s.at(bar, 1.5, 0.004), roundBass(sr, c[0].bass, s.beats(0.45), s.vel(0.5), 0), 0, 0.6)
			low.place(s.at(bar, 2, 0.004), roundBass(sr, c[1].bass, s.beats(1.3), s.vel(0.66), 0), 0, 0.6)
			low.place(s.at(bar, 3.5, 0.004), roundBass(sr, c[1].bass+7, s.beats(0.45), s.vel(0.42), 0.5), 0, 0.55)
		}
		if bar == 10 || bar >= 13 {
			continue
		}
		for _, b := range []float64{0, 1.75, 2} {
			g := 0.5
			if b == 1.75 {
				if bar%2 == 0 {
					continue
				}
				g = 0.25
			}
			at := s.at(bar, b, 0.002)
			kicks = append(kicks, at)
			beat.place(at, kick(sr, 105, 46, 0.13, 0.02, s.rng), 0, g)
		}
		if bar >= 4 {
			for i := range 8 {
				g := 0.034
				if i%2 == 1 {
					g = 0.058
				}
				beat.place(s.at(bar, float64(i)/2, 0.004), shaker(sr, 0.05, s.rng), 0.3, g)
			}
		}
	}
	duck(pad, sr, kicks, 0.22, 0.34)
	duck(low, sr, kicks, 0.25, 0.16)

	mix := newStereo(n)
	mix.add(pad, 0.62)
	mix.add(arp, 1.05)
	mix.add(lead, 0.85)
	mix.add(low, 0.56)
	mix.add(beat, 0.9)

	echo := newStereo(n)
	echo.add(arp, 0.42)
	echo.add(lead, 0.34)
	wetEcho := pingPong(echo, sr, s.beats(0.75), 0.46, 2600)
	mix.add(wetEcho, 0.75)

	room := newStereo(n)
	room.add(pad, 0.30)
	room.add(arp, 0.32)
	room.add(lead, 0.5)
	room.add(wetEcho, 0.3)
	room.add(beat, 0.05)
	mix.add(reverb(room, sr, 3.4, 4600, 0.028), 0.42)

	mix.narrow(sr, 160, 0.85)
	saturate(mix, 0.7)
	mix.shelf(sr, 1800, 2.5)
	// FLAC pays for what is hardly heard: the top octave, and the difference of the channels in the treble.
	mix.lowpass(sr, 8000, 0.7)
	mix.narrowTreble(sr, 1600)
	master(mix, sr, -16.3, -1.2)
	return mix, sr
}
