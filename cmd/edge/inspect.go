package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/alecthomas/kong"

	"segue/stream/container"
	"segue/stream/hls"
	"segue/stream/tags"
)

type inspectCmd struct {
	JSON   bool   `name:"json" help:"Print JSON."`
	Target string `arg:"" name:"file|url" help:"A media file, or the address of one on any server that answers range requests."`
}

// inspection is what --json prints.
type inspection struct {
	File string `json:"file"`
	Size int64  `json:"size"`
	// Error is not_media, unsupported_media or broken_media, when HLS cannot be
	// made of the file, and Reason says why.
	Error  string `json:"error,omitempty"`
	Reason string `json:"reason,omitempty"`
	*hls.Description
	SegmentDurations map[string][]float64 `json:"segment_durations,omitempty"`
}

// Run says what a file holds and how it is packaged.
func (c *inspectCmd) Run(*kong.Application) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	src, size, done, err := openTarget(ctx, c.Target)
	if err != nil {
		return err
	}
	defer done()
	out := inspection{File: c.Target, Size: size}
	m, err := inspect(ctx, src, size)
	var bad *container.Error
	switch {
	case errors.As(err, &bad):
		out.Error, out.Reason = "broken_media", bad.Reason
		switch {
		case errors.Is(bad, container.ErrNotMedia):
			out.Error = "not_media"
		case errors.Is(bad, container.ErrUnsupported):
			out.Error = "unsupported_media"
		}
	case err != nil:
		return err
	default:
		out.Description = m.Describe()
		out.SegmentDurations = map[string][]float64{}
		for _, r := range m.Renditions {
			out.SegmentDurations[r.Name] = r.Durations()
		}
	}
	if c.JSON {
		b, err := json.MarshalIndent(out, "", "  ")
		if err != nil {
			return err
		}
		fmt.Println(string(b))
	} else if out.Error == "" {
		out.print(os.Stdout)
	}
	if out.Error != "" {
		return fmt.Errorf("%s: HLS cannot be made of it: %s", c.Target, out.Reason)
	}
	return nil
}

// inspect packages a file. WAV and AIFF are converted first, as an edge does in
// the background.
func inspect(ctx context.Context, src io.ReaderAt, size int64) (*hls.Media, error) {
	x, err := container.Open(ctx, src, size)
	if !errors.Is(err, container.ErrConvert) {
		if err != nil {
			return nil, err
		}
		return hls.New(x, "")
	}
	format, _ := container.PCM(src, size)
	f, err := os.CreateTemp("", "edge-inspect-*.flac")
	if err != nil {
		return nil, err
	}
	defer func() { _, _ = f.Close(), os.Remove(f.Name()) }()
	fmt.Fprintln(os.Stderr, "converting to FLAC, as the edge does once ...")
	if err := container.Convert(ctx, f, src, size); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if x, err = container.Open(ctx, f, info.Size()); err != nil {
		return nil, err
	}
	x.Notes = append(x.Notes, container.PCMNotes(ctx, src, size)...)
	if x.Tags, err = tags.Read(src, size); err != nil {
		return nil, err
	}
	return hls.New(x, format)
}

// print writes what a person wants to know.
func (i *inspection) print(w io.Writer) {
	d := i.Description
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintln(w, i.File)
	line("file", "%s, %d bytes, %s", d.Format, i.Size, clock(d.Duration))
	line("version", "%s", d.Version)
	for _, t := range []struct{ name, text string }{{"title", d.Title}, {"artist", d.Artist}, {"album", d.Album}} {
		if t.text != "" {
			line(t.name, "%s", t.text)
		}
	}
	if d.Track > 0 {
		line("track", "%d", d.Track)
	}
	if d.Year > 0 {
		line("year", "%d", d.Year)
	}
	if d.Picture {
		line("artwork", "embedded")
	}
	if l := d.Loudness; l != nil {
		var parts []string
		for _, p := range []struct {
			name, unit string
			v          *float64
		}{{"track", " dB", l.TrackGain}, {"peak", "", l.TrackPeak}, {"album", " dB", l.AlbumGain}, {"album peak", "", l.AlbumPeak}} {
			if p.v != nil {
				parts = append(parts, fmt.Sprintf("%s %.2f%s", p.name, *p.v, p.unit))
			}
		}
		line("loudness", "%s", strings.Join(parts, ", "))
	}
	for j := range d.Renditions {
		r := &d.Renditions[j]
		what := fmt.Sprintf("%d Hz, %d channels", r.SampleRate, r.Channels)
		if r.Bits > 0 {
			what += fmt.Sprintf(", %d bits", r.Bits)
		}
		if r.Kind == "video" {
			what = fmt.Sprintf("%d by %d", r.Width, r.Height)
		}
		line(r.Kind, "%s (%s), %s", r.Name, r.Codecs, what)
		if r.Kind == "audio" {
			from := "nothing says how much an encoder added"
			if r.Gapless != "" {
				from = "by " + r.Gapless
			}
			line("  gapless", "%d samples, after %d of delay and before %d of padding (%s)", r.Samples, r.Delay, r.Padding, from)
		}
		packed := "in fMP4"
		if r.SegmentFormat == "packed" {
			packed = "of packed audio"
		}
		line("  segments", "%d %s, %d kbit/s on average, %d at most", r.Segments, packed, (r.Average+500)/1000, (r.Bandwidth+500)/1000)
	}
	for _, n := range d.Notes {
		line("note", "%s", n)
	}
}

func clock(seconds float64) string {
	h, m := int(seconds)/3600, int(seconds)/60%60
	s := seconds - float64(h*3600+m*60)
	if h > 0 {
		return fmt.Sprintf("%d:%02d:%06.3f", h, m, s)
	}
	return fmt.Sprintf("%d:%06.3f", m, s)
}
