package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"segue/stream/tags"
)

func TestADTSFramesAreThoseOfFFmpeg(t *testing.T) {
	for _, c := range []struct {
		name     string
		rate     int
		args     []string
		channels int
		notes    int
	}{
		{"44.1 kHz", 44100, []string{"-b:a", "128k"}, 2, 0},
		{"48 kHz", 48000, []string{"-b:a", "192k"}, 2, 0},
		{"22.05 kHz", 22050, []string{"-b:a", "48k"}, 2, 0},
		{"mono", 44100, []string{"-b:a", "64k", "-ac", "1"}, 1, 0},
		{"5.1", 48000, []string{"-b:a", "256k", "-ac", "6"}, 6, 0},
		{"2.1 by a PCE", 48000, []string{"-b:a", "160k", "-af", "aformat=channel_layouts=2.1"}, 3, 0},
		{"7.0 by a PCE", 48000, []string{"-b:a", "256k", "-af", "aformat=channel_layouts=6.1"}, 7, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := walkedEncode(t, walkedSeconds, c.rate, append(c.args, "-c:a", "aac", "-aac_coder", "fast", "-f", "adts")...)
			x := walkedOpen(t, file)
			r := &x.Audio.Runs[0]
			pcm, packets := walkedPCM(t, "aac", file)
			if x.Format != ADTS || x.Audio.Codec != CodecAAC || len(x.Audio.Runs) != 1 || len(x.Notes) != c.notes {
				t.Fatalf("%s, %s, %d runs, notes %q", x.Format, x.Audio.Codec, len(x.Audio.Runs), x.Notes)
			}
			if r.Frames != int64(len(packets)) || r.Duration != 1024*r.Frames {
				t.Errorf("%d frames of %d samples, ffmpeg has %d", r.Frames, r.Duration, len(packets))
			}
			want := Config{Codecs: "mp4a.40.2", SampleRate: c.rate, Channels: c.channels, FrameSamples: 1024}
			if fmt.Sprint(r.Config) != fmt.Sprint(want) || int(r.Rate) != c.rate || r.Delay != 0 || r.Gapless != "" {
				t.Errorf("%+v at %d, delay %d, %q; want %+v", r.Config, r.Rate, r.Delay, r.Gapless, want)
			}
			if !bytes.Equal(walkedSound(t, x, file), file) {
				t.Error("the segments are not the file")
			}
			if n := int64(len(pcm) / 2 / c.channels); n != r.Duration {
				t.Errorf("ffmpeg decodes %d samples of %d", n, r.Duration)
			}
		})
	}
}

// adtsChecked puts a checksum field into each frame, whose value no one checks.
func adtsChecked(b []byte) (checked []byte) {
	for len(b) > 0 {
		h, _ := parseADTS(b)
		n := int(h.size)
		f := slices.Concat(b[:7], []byte{0x12, 0x34}, b[7:n])
		f[1] &^= 1
		n += 2
		f[3], f[4], f[5] = f[3]&^3|byte(n>>11), byte(n>>3), f[5]&0x1f|byte(n<<5)
		checked, b = append(checked, f...), b[n-2:]
	}
	return checked
}

func TestADTSWithChecksumsIsWalked(t *testing.T) {
	t.Parallel()
	plain := walkedEncode(t, walkedSeconds, 44100, "-b:a", "128k", "-c:a", "aac", "-aac_coder", "fast", "-f", "adts")
	file := adtsChecked(plain)
	x := walkedOpen(t, file)
	if a, b := x.Audio.Runs[0].Frames, walkedOpen(t, plain).Audio.Runs[0].Frames; a != b || len(x.Notes) != 0 {
		t.Errorf("%d frames with checksums, %d without; notes %q", a, b, x.Notes)
	}
	if !bytes.Equal(walkedSound(t, x, file), file) {
		t.Error("the segments are not the file")
	}
	got, _ := walkedPCM(t, "aac", file)
	if want, _ := walkedPCM(t, "aac", plain); !bytes.Equal(got, want) {
		t.Error("the frames made by hand are none")
	}
	// The element that counts channels stands behind the checksum.
	plain = walkedEncode(t, walkedSeconds, 48000, "-b:a", "160k", "-af", "aformat=channel_layouts=2.1", "-c:a", "aac", "-aac_coder", "fast", "-f", "adts")
	if n := walkedOpen(t, adtsChecked(plain)).Audio.Runs[0].Channels; n != 3 {
		t.Errorf("%d channels behind a checksum, want 3", n)
	}
}

func TestADTSThatChangesBeginsARun(t *testing.T) {
	t.Parallel()
	a := walkedEncode(t, walkedSeconds, 44100, "-b:a", "128k", "-c:a", "aac", "-aac_coder", "fast", "-f", "adts")
	b := walkedEncode(t, walkedSeconds, 48000, "-b:a", "192k", "-c:a", "aac", "-aac_coder", "fast", "-f", "adts")
	c := walkedEncode(t, walkedSeconds, 48000, "-b:a", "256k", "-ac", "6", "-c:a", "aac", "-aac_coder", "fast", "-f", "adts")
	file := slices.Concat(a, b, c)
	x := walkedOpen(t, file)
	if len(x.Audio.Runs) != 3 || len(x.Notes) != 0 || !bytes.Equal(walkedSound(t, x, file), file) {
		t.Fatalf("%d runs, notes %q", len(x.Audio.Runs), x.Notes)
	}
	for i, part := range [][]byte{a, b, c} {
		alone := &walkedOpen(t, part).Audio.Runs[0]
		if r := &x.Audio.Runs[i]; r.Frames != alone.Frames || r.Rate != alone.Rate || r.Channels != alone.Channels {
			t.Errorf("run %d has %d frames, %d Hz; alone it has %d, %d", i, r.Frames, r.Rate, alone.Frames, alone.Rate)
		}
	}
}

func TestBlocksOfAFrameAreCounted(t *testing.T) {
	x := walkedOpen(t, walkedADTS(100, 500, 3, 4, 2))
	if r := x.Audio.Runs[0]; r.Frames != 100 || r.Duration != 100*3072 || r.FrameSamples != 3072 {
		t.Errorf("%d frames of %d, %d samples", r.Frames, r.FrameSamples, r.Duration)
	}
	file := append(walkedADTS(500, 500, 1, 4, 2), walkedADTS(500, 500, 4, 4, 2)...)
	x = walkedOpen(t, file)
	if r := x.Audio.Runs[0]; r.Duration != 500*5*1024 || r.FrameSamples != 0 || len(x.Audio.Runs) != 1 {
		t.Errorf("%d samples in frames of %d", r.Duration, r.FrameSamples)
	}
	walkedSound(t, x, file)
}

func TestProfilesAreNamed(t *testing.T) {
	for profile, want := range []string{"mp4a.40.1", "mp4a.40.2", "mp4a.40.3", "mp4a.40.4"} {
		b := walkedADTS(50, 300, 1, 4, 7)
		for i := 0; i < len(b); i += 300 {
			b[i+1] |= 8 // MPEG-2
			b[i+2] = b[i+2]&0x3f | byte(profile)<<6
		}
		if r := walkedOpen(t, b).Audio.Runs[0]; r.Codecs != want || r.Channels != 8 {
			t.Errorf("profile %d: %s, %d channels", profile, r.Codecs, r.Channels)
		}
	}
}

func TestUnstatedChannelsAreNoted(t *testing.T) {
	x := walkedOpen(t, walkedADTS(50, 300, 1, 4, 0))
	if r := x.Audio.Runs[0]; r.Channels != 0 || !slices.Equal(x.Notes, []string{"its channels are not stated"}) {
		t.Errorf("%d channels, notes %q", r.Channels, x.Notes)
	}
}

// adts-he.aac is a tone, 24 frames of HE-AAC at 32 kbit/s with a core of 22050 Hz.
func TestHighEfficiencyIsTold(t *testing.T) {
	file, err := os.ReadFile("testdata/adts-he.aac")
	if err != nil {
		t.Fatal(err)
	}
	x := walkedOpen(t, file)
	if r := x.Audio.Runs[0]; r.Codecs != "mp4a.40.5" || r.SampleRate != 22050 || r.Rate != 22050 || r.Duration != 24*1024 || len(x.Notes) != 0 {
		t.Errorf("%s, %d Hz, %d samples, notes %q", r.Codecs, r.SampleRate, r.Duration, x.Notes)
	}
	// What has no such data is of low complexity, at any rate.
	for rate, hz := range samplingRates {
		x := walkedOpen(t, walkedADTS(100, 300, 1, rate, 2))
		if r := x.Audio.Runs[0]; r.Codecs != "mp4a.40.2" || r.SampleRate != hz || len(x.Notes) != 0 {
			t.Errorf("%d Hz: %s, %d, notes %q", hz, r.Codecs, r.SampleRate, x.Notes)
		}
	}
	// Few frames tell nothing.
	x = walkedOpen(t, walkedADTS(5, 300, 1, 7, 2))
	if want := "it is too short to tell HE-AAC from AAC-LC"; !slices.Equal(x.Notes, []string{want}) {
		t.Errorf("notes %q", x.Notes)
	}
}

func TestElementsAreReadFromBehind(t *testing.T) {
	f := func(block string, want bool) {
		t.Helper()
		block = strings.ReplaceAll(block, " ", "")
		for len(block)%8 != 0 {
			block += "0"
		}
		b := make([]byte, len(block)/8)
		for i, c := range block {
			b[i/8] |= byte(c-'0') << (7 - i%8)
		}
		if got := endsInSBR(b); got != want {
			t.Errorf("%s: %v", block, got)
		}
	}
	const spectrum, end = "000 0000 1010101 0101", "111"
	sbr := "110 0010 1101 1010 11001100"                        // 2 bytes
	checked := "110 0010 1110 1010 11001100"                    // the same with a checksum
	long := "110 1111 00000010 1101" + strings.Repeat("10", 62) // 16 bytes
	zeros := "110 0011 0000 0000 00000000 00000000"
	filled := "110 0011 0001 0000 10100101 10100101"
	empty := "110 0000"
	f(spectrum+sbr+end, true)
	f(spectrum+checked+end, true)
	f(spectrum+long+end, true)
	f(spectrum+sbr+zeros+end, true)
	f(spectrum+sbr+filled+empty+end, true)
	f(spectrum+sbr+strings.Repeat(empty, 20)+end, false) // bounded
	f(spectrum+end, false)
	f(spectrum+zeros+end, false)
	f(spectrum+sbr, false)
	f(sbr+end, true)
	f(end, false)
	f("", false)
	f("00000000", false)
	f("11111111", false)
}

func TestITunSMPBOfADTSCountsAllOfTheDelay(t *testing.T) {
	b := walkedADTS(100, 300, 1, 4, 2) // 102400 samples
	w := newWindow(context.Background(), bytes.NewReader(b), int64(len(b)))
	x := &Index{Format: ADTS, Size: int64(len(b)), Tags: tags.Tags{ITunSMPB: fmt.Sprintf(" 00000000 00000840 00000200 %016X", 102400-0x840-0x200)}}
	if err := openADTS(w, x, 0); err != nil {
		t.Fatal(err)
	}
	if r := x.Audio.Runs[0]; r.Delay != 2112 || r.Padding != 512 || r.Gapless != "iTunSMPB" {
		t.Errorf("%d, %d, %q", r.Delay, r.Padding, r.Gapless)
	}
}

func TestCutOffADTSKeepsItsWholeFrames(t *testing.T) {
	t.Parallel()
	file := walkedEncode(t, walkedSeconds, 44100, "-b:a", "128k", "-c:a", "aac", "-aac_coder", "fast", "-f", "adts")
	packets := walkedPackets(t, "aac", file)
	rng := rand.New(rand.NewPCG(5, 6))
	places := []int{1, 6, 7, 8, int(packets[1].pos), int(packets[1].pos) + 1, int(packets[2].pos) + 8}
	for len(places) < 50 {
		places = append(places, rng.IntN(len(file)))
	}
	for _, n := range places {
		var end int64
		for _, p := range packets {
			if p.pos+p.size <= int64(n) {
				end = p.pos + p.size
			}
		}
		x, err := Open(context.Background(), bytes.NewReader(file[:n]), int64(n))
		if end == 0 {
			if !errors.Is(err, ErrNotMedia) {
				t.Errorf("cut at %d: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("cut at %d: %v", n, err)
			continue
		}
		if !bytes.Equal(walkedSound(t, x, file[:n]), file[:end]) {
			t.Errorf("cut at %d: %d frames", n, x.Audio.Runs[0].Frames)
		}
	}
}

func FuzzADTS(f *testing.F) {
	sound := walkedADTS(8, 40, 1, 4, 2)
	f.Add(sound)
	f.Add(adtsChecked(sound))
	f.Add(walkedADTS(12, 24, 1, 7, 0))
	if he, err := os.ReadFile("testdata/adts-he.aac"); err == nil {
		f.Add(he[:1500])
	}
	f.Add(slices.Concat(walkedID3(20), sound, walkedJunk(30, 1), sound, walkedADTS(4, 30, 2, 3, 0), append([]byte("TAG"), make([]byte, 125)...)))
	f.Add(slices.Concat(sound, walkedID3(9), sound[:100]))
	f.Fuzz(func(t *testing.T, b []byte) { walkedFuzz(t, b, findADTS, openADTS, ADTS) })
}

func BenchmarkOpenADTS(b *testing.B) {
	walkedBench(b, bytes.Repeat(walkedADTS(3500, 371, 1, 4, 2), 100))
}
