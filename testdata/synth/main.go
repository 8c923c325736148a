// Command synth composes, renders and encodes the demo album of this repository.
//
// Everything is computed: oscillators, strings, drums, rooms, the mix and the covers. Seeds are fixed, so a
// second run on the same machine with the same ffmpeg gives the same files.
//
//	go run ./testdata/synth            # rewrites testdata/music and testdata/codecs
//	go run ./testdata/synth -out DIR   # writes DIR/music and DIR/codecs
//	go run ./testdata/synth -wav DIR   # only the uncompressed mixes and the covers, for listening
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// piece is one track of the album.
type piece struct {
	number int
	title  string
	genre  string
	render func() (stereo, float64)
	cover  func() canvas
	// spareBits of the sixteen stay zero; see writeWAV.
	spareBits int
	files     []rendition
}

var album = []piece{
	{1, "Slack Water", "Ambient", slackWater, slackWaterCover, 2, []rendition{flac}},
	{2, "Paper Lanterns", "Lo-Fi", paperLanterns, paperLanternsCover, 0, []rendition{mp3, opus}},
	{3, "Last Tram Home", "House", lastTram, lastTramCover, 0, []rendition{aac}},
}

func main() {
	out := flag.String("out", "testdata", "folder that holds music/ and codecs/")
	wav := flag.String("wav", "", "write only WAV and cover files, to this folder")
	only := flag.String("only", "", "part of a title: leave the other pieces out")
	flag.Parse()
	for _, p := range album {
		if !strings.Contains(strings.ToLower(p.title), strings.ToLower(*only)) {
			continue
		}
		if err := p.make(*out, *wav); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", p.title, err)
			os.Exit(1)
		}
	}
}

func (p piece) make(out, wavDir string) error {
	dir := wavDir
	if dir == "" {
		tmp, err := os.MkdirTemp("", "synth")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tmp)
		dir = tmp
	}
	name := fmt.Sprintf("%02d %s", p.number, p.title)
	wav, cover := filepath.Join(dir, name+".wav"), filepath.Join(dir, name+".jpg")
	mix, sr := p.render()
	if err := writeWAV(wav, mix, sr, p.spareBits); err != nil {
		return fmt.Errorf("write mix: %w", err)
	}
	if err := p.cover().writeJPEG(cover); err != nil {
		return fmt.Errorf("write cover: %w", err)
	}
	fmt.Printf("%-16s %5.1f s  %.1f LUFS\n", p.title, float64(len(mix.l))/sr, loudness(mix, sr))
	if wavDir != "" {
		return nil
	}
	for _, r := range p.files {
		dst := filepath.Join(out, r.folder, name+r.ext)
		if err := r.encode(wav, cover, dst, p); err != nil {
			return fmt.Errorf("encode %s: %w", filepath.Base(dst), err)
		}
		info, err := os.Stat(dst)
		if err != nil {
			return err
		}
		fmt.Printf("  %-40s %7d bytes\n", dst, info.Size())
	}
	return nil
}
