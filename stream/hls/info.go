package hls

import (
	"encoding/json"
	"math"

	"segue/stream/tags"
)

// Description is what is known of a file, for players of our own and for people:
// what playlists cannot say. It is the info.json below a file's path. Durations
// are in seconds, rates in bit/s, samples in units of 1/Timescale s.
type Description struct {
	Version    string                 `json:"version"`
	Format     string                 `json:"format"`
	Duration   float64                `json:"duration"`
	Title      string                 `json:"title,omitempty"`
	Artist     string                 `json:"artist,omitempty"`
	Album      string                 `json:"album,omitempty"`
	Track      int                    `json:"track,omitempty"`
	Year       int                    `json:"year,omitempty"`
	Picture    bool                   `json:"picture,omitempty"`
	Loudness   *Loudness              `json:"loudness,omitempty"`
	Renditions []RenditionDescription `json:"renditions"`
	Notes      []string               `json:"notes,omitempty"`
}

// Loudness is what tags say: decibels to add, and peaks where 1 is full scale.
type Loudness struct {
	TrackGain *float64 `json:"track_gain,omitempty"`
	TrackPeak *float64 `json:"track_peak,omitempty"`
	AlbumGain *float64 `json:"album_gain,omitempty"`
	AlbumPeak *float64 `json:"album_peak,omitempty"`
}

// RenditionDescription describes a rendition.
type RenditionDescription struct {
	Name          string  `json:"name"`
	URI           string  `json:"uri"`
	Kind          string  `json:"kind"`
	Codec         string  `json:"codec"`
	Codecs        string  `json:"codecs"`
	SegmentFormat string  `json:"segment_format"`
	SampleRate    int     `json:"sample_rate,omitempty"`
	Channels      int     `json:"channels,omitempty"`
	Bits          int     `json:"bits,omitempty"`
	Width         int     `json:"width,omitempty"`
	Height        int     `json:"height,omitempty"`
	Timescale     uint32  `json:"timescale"`
	Samples       int64   `json:"samples"`
	Delay         int64   `json:"delay"`
	Padding       int64   `json:"padding"`
	Gapless       string  `json:"gapless"`
	Duration      float64 `json:"duration"`
	Segments      int     `json:"segments"`
	Bytes         int64   `json:"bytes"`
	Bandwidth     int64   `json:"bandwidth"`
	Average       int64   `json:"average_bandwidth"`
}

func (m *Media) info(window string) (*Text, error) {
	body, err := json.Marshal(m.describe(window))
	if err != nil {
		return nil, err
	}
	return newText(body), nil
}

// Describe says what is known of the media.
func (m *Media) Describe() *Description { return m.describe("") }

func (m *Media) describe(window string) *Description {
	t := &m.Index.Tags
	out := &Description{
		Version: m.Version, Format: m.Format, Duration: round6(m.Seconds()),
		Title: t.Title, Artist: t.Artist, Album: t.Album, Track: t.Number, Year: t.Year, Picture: t.Picture,
		Loudness: loudness(t.Gain), Notes: m.Index.Notes,
	}
	for _, r := range m.Renditions {
		out.Renditions = append(out.Renditions, r.info(window))
	}
	return out
}

func (r *Rendition) info(window string) RenditionDescription {
	run := r.parts[0].run
	j := RenditionDescription{
		Name: r.Name, URI: window + r.Name + "/index.m3u8", Kind: r.Kind, Codec: string(r.Track.Codec),
		Codecs: run.Codecs, SegmentFormat: "fmp4", SampleRate: run.SampleRate, Channels: run.Channels, Bits: run.Bits,
		Width: run.Width, Height: run.Height, Timescale: run.Rate, Gapless: run.Gapless, Segments: r.Segments(), Bytes: r.Bytes,
		Bandwidth: r.Bandwidth, Average: r.Average, Delay: r.parts[0].delay, Padding: r.parts[len(r.parts)-1].padding,
	}
	if r.Packed() {
		j.SegmentFormat = "packed"
	}
	var seconds float64
	for i := range r.parts {
		p := &r.parts[i]
		j.Samples += p.duration - p.delay - p.padding
		seconds += float64(p.music()) / float64(p.run.Rate)
	}
	j.Duration = round6(seconds)
	return j
}

func loudness(g *tags.Gain) *Loudness {
	if g == nil {
		return nil
	}
	known := func(v float64) *float64 {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil
		}
		return &v
	}
	return &Loudness{known(g.Track), known(g.TrackPeak), known(g.Album), known(g.AlbumPeak)}
}

func round6(s float64) float64 { return math.Round(s*1e6) / 1e6 }

// Durations are how long the segments sound, in seconds.
func (r *Rendition) Durations() []float64 {
	d := make([]float64, r.Segments())
	for n := range d {
		s := r.ref(n)
		d[n] = round6(float64(s.duration) / float64(r.parts[s.part].run.Rate))
	}
	return d
}
