package tags

import (
	"math"
	"strconv"
	"strings"
)

// Gain is how much louder or softer to play a track, as ReplayGain 2.0 or
// R128 tags say it: decibels towards -18 LUFS, and the sample peak where 1 is
// full scale. NaN where the tags do not say.
type Gain struct{ Track, TrackPeak, Album, AlbumPeak float64 }

var noGain = Gain{math.NaN(), math.NaN(), math.NaN(), math.NaN()}

func (g Gain) isEmpty() bool {
	return math.IsNaN(g.Track) && math.IsNaN(g.TrackPeak) && math.IsNaN(g.Album) && math.IsNaN(g.AlbumPeak)
}

const (
	maxGain = 150  // dB: more than R128 tags can say, or music differ by
	maxPeak = 1000 // 60 dB above full scale, which sound in floats may be
)

// fill keeps what is known already, and does not take what no loudness can be.
func fill(to *float64, v float64, least, most float64) {
	if math.IsNaN(*to) && v >= least && v <= most {
		*to = v
	}
}

// gain is where the text called by a name, in upper case, belongs.
func (p *parser) gain(name string) func(text string) {
	decibels := func(to *float64) func(string) {
		return func(s string) { fill(to, decimal(s), -maxGain, maxGain) }
	}
	peak := func(to *float64) func(string) {
		// 0 is what some write who have not looked.
		return func(s string) { fill(to, decimal(s), math.SmallestNonzeroFloat64, maxPeak) }
	}
	switch name {
	case "REPLAYGAIN_TRACK_GAIN":
		return decibels(&p.replayGain.Track)
	case "REPLAYGAIN_TRACK_PEAK":
		return peak(&p.replayGain.TrackPeak)
	case "REPLAYGAIN_ALBUM_GAIN":
		return decibels(&p.replayGain.Album)
	case "REPLAYGAIN_ALBUM_PEAK":
		return peak(&p.replayGain.AlbumPeak)
	case "R128_TRACK_GAIN":
		return func(s string) { fill(&p.r128.Track, q78(s), -maxGain, maxGain) }
	case "R128_ALBUM_GAIN":
		return func(s string) { fill(&p.r128.Album, q78(s), -maxGain, maxGain) }
	}
	return nil
}

// loudness is what all gains together say, or nil. The R128 tags of Opus go
// first: beside them there should be no others (RFC 7845 5.2.1).
func (p *parser) loudness() *Gain {
	g := p.replayGain
	if !math.IsNaN(p.r128.Track) {
		g.Track = p.r128.Track
	}
	if !math.IsNaN(p.r128.Album) {
		g.Album = p.r128.Album
	}
	if g.isEmpty() {
		return nil
	}
	return &g
}

// decimal reads the number that "-7.20 dB" begins with, or NaN. Some write the
// comma of their language.
func decimal(s string) float64 {
	n := 0
	for n < len(s) && (isDigit(s[n]) || strings.IndexByte("+-.,eE", s[n]) >= 0) {
		n++
	}
	v, err := strconv.ParseFloat(strings.Replace(s[:n], ",", ".", 1), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// q78 reads decibels in 256ths towards -23 LUFS (RFC 7845 5.2.1), and makes them
// those of ReplayGain, whose aim is 5 dB higher. NaN for what is none.
func q78(s string) float64 {
	n, err := strconv.ParseInt(s, 10, 16)
	if err != nil {
		return math.NaN()
	}
	return float64(n)/256 + 5
}
