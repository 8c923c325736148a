package main

import "math"

// paperLanterns is the lo-fi piece: C minor at 76 with a lazy swing, an electric piano, a round bass, brushes
// and a flute that answers.
//
// Form: intro 2, theme 4, theme with flute 4, bridge 4, ending 3.
func paperLanterns() (stereo, float64) {
	sr := 44100.0
	s := newScore(sr, 76, 0.30, 7)
	const bars = 17
	s.ritardFrom, s.ritard = 15*4+1, 0.022
	n := int((s.seconds(bars, 0) + 2.6) * sr)

	abmaj9 := chord{32, []float64{55, 58, 60, 63}}
	g7alt := chord{31, []float64{53, 58, 59, 63}}
	cm9 := chord{36, []float64{51, 55, 58, 62}}
	bbm9 := chord{34, []float64{56, 60, 61, 65}}
	eb13 := chord{39, []float64{55, 60, 61, 65}}
	fm9 := chord{41, []float64{56, 60, 63, 67}}
	bb13 := chord{34, []float64{56, 60, 62, 67}}
	ebmaj9 := chord{39, []float64{55, 58, 62, 65}}
	dm11b5 := chord{38, []float64{53, 56, 60, 67}}
	form := [bars][2]chord{
		{abmaj9, abmaj9}, {cm9, g7alt},
		{abmaj9, abmaj9}, {g7alt, g7alt}, {cm9, cm9}, {bbm9, eb13},
		{abmaj9, abmaj9}, {g7alt, g7alt}, {cm9, cm9}, {bbm9, eb13},
		{fm9, fm9}, {bb13, bb13}, {ebmaj9, ebmaj9}, {dm11b5, g7alt},
		{cm9, cm9}, {abmaj9, g7alt}, {cm9, cm9},
	}

	keys, lead, low, drums := newStereo(n), newStereo(n), newStereo(n), newStereo(n)

	strum := func(bar int, beat, length, vel float64, c chord, top bool) {
		at := s.at(bar, beat, 0.006)
		for i, p := range c.upper {
			if top && i == 0 {
				continue
			}
			late := int((0.004 + 0.007*s.rng.Float64()) * float64(i) * sr)
			v := electricPiano(sr, p, s.beats(length), s.vel(vel+0.03*float64(i)))
			keys.place(at+late, v, 0.25*(float64(i)-1.5)/1.5, 0.30)
		}
	}
	for bar := range bars {
		a, b := form[bar][0], form[bar][1]
		two := a.bass != b.bass
		switch {
		case bar == bars-1:
			at := s.at(bar, 0, 0)
			for i, p := range []float64{48, 55, 58, 62, 63, 67, 74} {
				v := electricPiano(sr, p, 6.0, 0.52)
				keys.place(at+int(0.045*float64(i)*sr), v, 0.3*math.Sin(float64(i)), 0.27)
			}
		case two:
			strum(bar, 0, 1.8, 0.58, a, false)
			strum(bar, 1.5, 0.4, 0.36, a, true)
			strum(bar, 2, 1.5, 0.60, b, false)
			strum(bar, 3.5, 0.5, 0.38, b, true)
		case bar%2 == 0:
			strum(bar, 0, 2.3, 0.62, a, false)
			strum(bar, 2.5, 0.45, 0.40, a, true)
			strum(bar, 3.25, 0.7, 0.46, a, true)
		default:
			strum(bar, 0, 1.4, 0.58, a, false)
			strum(bar, 1.75, 1.2, 0.50, a, true)
			strum(bar, 3, 0.9, 0.42, a, true)
		}
	}
	// A small turn in the right hand at the end of each theme, and the answers before the flute comes.
	for _, m := range []note{
		{0, 2.5, 75, .5, .4}, {0, 3, 79, 1, .45}, {1, 1.5, 74, .5, .4}, {1, 3, 71, .5, .4}, {1, 3.5, 72, .5, .35},
		{2, 1.5, 75, .5, .5}, {2, 2, 79, .5, .55}, {2, 3, 77, .5, .45}, {2, 3.5, 75, .5, .45},
		{3, 1, 74, .5, .5}, {3, 1.5, 75, .5, .45}, {3, 2.5, 70, .5, .45}, {3, 3, 71, 1, .45},
		{4, 0.5, 72, 1, .5}, {4, 2.5, 74, .5, .45}, {4, 3, 75, .5, .5}, {4, 3.5, 79, .5, .5},
		{5, 1, 77, .5, .5}, {5, 1.5, 73, .5, .45}, {5, 2.5, 72, .5, .45}, {5, 3.5, 67, .5, .4},
		{14, 1, 79, .5, .42}, {14, 1.5, 77, .5, .4}, {14, 2.5, 74, 1, .42},
		{15, 1, 75, .5, .4}, {15, 1.5, 72, .5, .38}, {15, 3, 71, 1, .36},
	} {
		v := electricPiano(sr, m.pitch, s.beats(m.len)*1.1, s.vel(m.vel))
		keys.place(s.at(m.bar, m.beat, 0.010), v, 0.22, 0.26)
	}
	tremolo(keys, sr, 4.2, 0.20)
	chorus(keys, sr, 0.0011, 0.6, 0.3)
	saturate(keys, 1.1)
	keys.sweep(sr, 0.7, func(t float64) float64 {
		open := min(1, max(0, (t-2.5)/4))
		return 1100 + open*5400
	})

	from := 75.0
	for _, m := range []note{
		{6, 0.5, 75, .5, .5}, {6, 1, 79, 1.4, .7}, {6, 2.5, 77, .5, .55}, {6, 3, 75, .5, .6}, {6, 3.5, 72, .5, .5},
		{7, 0, 74, 1.4, .65}, {7, 1.5, 75, .5, .55}, {7, 2, 70, .9, .55}, {7, 3, 71, .9, .55},
		{8, 0, 72, 1.8, .65}, {8, 2, 74, .5, .5}, {8, 2.5, 75, .5, .55}, {8, 3, 79, .9, .65},
		{9, 0, 77, .9, .65}, {9, 1, 73, .9, .55}, {9, 2, 72, .9, .55}, {9, 3, 70, .5, .5}, {9, 3.5, 72, .5, .5},
		{10, 0, 79, 1.4, .7}, {10, 1.5, 80, .5, .6}, {10, 2, 79, .5, .6}, {10, 2.5, 75, 1.4, .6},
		{11, 0.5, 74, .9, .6}, {11, 1.5, 75, .5, .6}, {11, 2, 77, .9, .65}, {11, 3, 79, .9, .7},
		{12, 0, 82, .9, .75}, {12, 1, 79, .9, .65}, {12, 2, 77, .5, .6}, {12, 2.5, 74, 1.4, .6},
		{13, 0, 72, .9, .55}, {13, 1, 68, .9, .5}, {13, 2, 71, .9, .55}, {13, 3, 75, .5, .5}, {13, 3.5, 74, .5, .5},
		{14, 0, 72, 2.2, .55},
	} {
		v := flute(sr, m.pitch, from, s.beats(m.len)*0.93, s.vel(m.vel), s.rng)
		lead.place(s.at(m.bar, m.beat, 0.012), v, 0.1, 0.24)
		from = m.pitch
	}

	var kicks []int
	for bar := 1; bar < bars; bar++ {
		a, b := form[bar][0], form[bar][1]
		walk := 7.0
		if a.bass == g7alt.bass {
			walk = 12 // a plain fifth would contradict the altered chord
		}
		switch {
		case bar == 1:
			low.place(s.at(bar, 2, 0.003), roundBass(sr, b.bass, s.beats(1.2), 0.5, 2), 0, 0.5)
			low.place(s.at(bar, 3.5, 0.003), roundBass(sr, b.bass, s.beats(0.4), 0.5, 0), 0, 0.5)
		case bar == bars-1:
			low.place(s.at(bar, 0, 0.003), roundBass(sr, a.bass, 5.8, 0.66, 0), 0, 0.55)
		case a.bass != b.bass:
			low.place(s.at(bar, 0, 0.005), roundBass(sr, a.bass, s.beats(1.6), s.vel(0.75), 0), 0, 0.55)
			low.place(s.at(bar, 2, 0.005), roundBass(sr, b.bass, s.beats(1.3), s.vel(0.7), 0), 0, 0.55)
			low.place(s.at(bar, 3.5, 0.005), roundBass(sr, b.bass+12, s.beats(0.35), s.vel(0.5), 1), 0, 0.5)
		default:
			low.place(s.at(bar, 0, 0.005), roundBass(sr, a.bass, s.beats(1.3), s.vel(0.78), 0), 0, 0.55)
			low.place(s.at(bar, 1.5, 0.005), roundBass(sr, a.bass, s.beats(0.4), s.vel(0.55), 0), 0, 0.55)
			low.place(s.at(bar, 2.5, 0.005), roundBass(sr, a.bass+walk, s.beats(0.7), s.vel(0.62), 1), 0, 0.55)
			next := form[min(bar+1, bars-1)][0].bass
			low.place(s.at(bar, 3.5, 0.005), roundBass(sr, next+1, s.beats(0.4), s.vel(0.5), 0), 0, 0.5)
		}
		if bar < 2 || bar == bars-1 {
			continue
		}
		light := bar == 15
		kickAt := []float64{0, 1.75, 2.5}
		if bar%4 == 1 {
			kickAt = []float64{0, 2.25, 2.75}
		}
		for i, b := range kickAt {
			if light && i > 0 {
				continue
			}
			at := s.at(bar, b, 0.003)
			kicks = append(kicks, at)
			drums.place(at, kick(sr, 125, 50, 0.10, 0.05, s.rng), 0, s.vel([]float64{0.52, 0.30, 0.42}[i]))
		}
		for _, b := range []float64{1, 3} {
			drums.place(s.at(bar, b, 0.004)+int(0.009*sr), brush(sr, 0.012, 0.075, 0.35, s.rng), -0.08, s.vel(0.50))
		}
		// The left brush stirs on every beat, the right one ghosts.
		for b := range 4 {
			drums.place(s.at(bar, float64(b), 0.008)-int(0.05*sr), brush(sr, 0.16, 0.06, 0, s.rng), 0.3, 0.085)
		}
		if bar%2 == 1 && !light {
			drums.place(s.at(bar, 3.75, 0.005), brush(sr, 0.008, 0.04, 0.12, s.rng), -0.1, 0.2)
		}
		for i := range 8 {
			g := 0.15
			if i%2 == 1 {
				g = 0.21
			}
			if light {
				g *= 0.5
			}
			drums.place(s.at(bar, float64(i)/2, 0.004), hat(sr, 0.022, 0.25, s.rng), 0.25, s.vel(g))
		}
		for _, i := range []int{3, 7, 13} {
			if (bar+i)%3 != 0 && !light {
				drums.place(s.at(bar, float64(i)/4, 0.004), hat(sr, 0.016, 0.25, s.rng), 0.25, s.vel(0.10))
			}
		}
	}
	duck(keys, sr, kicks, 0.16, 0.22)
	saturate(drums, 1.3)
	drums.lowpass(sr, 11000, 0.6)

	mix := newStereo(n)
	keys.highpass(sr, 150, 0.6)
	mix.add(keys, 1.0)
	mix.add(lead, 1.05)
	mix.add(low, 0.50)
	mix.add(drums, 1.15)
	mix.add(crackle(sr, n, s.rng), 0.022)

	wet := newStereo(n)
	wet.add(keys, 0.20)
	wet.add(lead, 0.50)
	wet.add(drums, 0.09)
	wetEcho := pingPong(lead, sr, s.beats(0.75), 0.38, 2200)
	mix.add(wetEcho, 0.22)
	mix.add(reverb(wet, sr, 1.7, 4200, 0.018), 0.42)

	mix.narrow(sr, 180, 1.05)
	saturate(mix, 0.9)
	mix.shelf(sr, 1100, 4)
	master(mix, sr, -16, -1.5)
	return mix, sr
}
