package main

import "math/rand/v2"

// score turns bars and beats into samples, with swing and the small errors of a player.
type score struct {
	sr, bpm    float64
	swing      float64 // how far each second sixteenth comes late, in parts of a sixteenth
	ritardFrom float64 // beat from which the tempo sinks
	ritard     float64 // seconds added per beat squared
	rng        *rand.Rand
}

func newScore(sr, bpm, swing float64, seed uint64) *score {
	return &score{sr: sr, bpm: bpm, swing: swing, ritardFrom: 1e9, rng: rand.New(rand.NewPCG(seed, 2026))}
}

// seconds is the time of a beat in a bar of four; both count from zero.
func (s *score) seconds(bar int, beat float64) float64 {
	b := float64(bar)*4 + beat
	t := b * 60 / s.bpm
	if late := b - s.ritardFrom; late > 0 {
		t += s.ritard * late * late
	}
	if sixteenth := int(beat*4 + 0.01); sixteenth%2 == 1 {
		t += s.swing * 15 / s.bpm
	}
	return t
}

// at is the sample of a beat, moved by a human error of sigma seconds.
func (s *score) at(bar int, beat, sigma float64) int {
	e := max(-2, min(2, s.rng.NormFloat64())) * sigma
	return max(0, int((s.seconds(bar, beat)+e)*s.sr))
}

// beats is a length in seconds.
func (s *score) beats(n float64) float64 { return n * 60 / s.bpm }

// vel varies a velocity a little.
func (s *score) vel(v float64) float64 {
	return max(0.05, min(1, v*(1+0.09*max(-2, min(2, s.rng.NormFloat64())))))
}

// chord is a bass note and the voicing over it, written out so that voices move by steps.
type chord struct {
	bass  float64
	upper []float64
}

// note is one event of a melody.
type note struct {
	bar                   int
	beat, pitch, len, vel float64
}
