package container

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestSBRIsSaidAtOnce(t *testing.T) {
	f := func(in string, codecs string, rate, output, channels int, want string) {
		t.Helper()
		var b []byte
		fmt.Sscanf(in, "%x", &b)
		a, err := readAudioConfig(b)
		if err != nil {
			t.Errorf("%s: %v", in, err)
			return
		}
		if got := fmt.Sprintf("%X", a.config); a.codecs() != codecs || a.rate != rate || a.output != output || a.channels != channels || got != want {
			t.Errorf("%s: %s, %d Hz to %d, %d channels, %s; want %s", in, a.codecs(), a.rate, a.output, a.channels, got, want)
		}
	}
	f("1210", "mp4a.40.2", 44100, 44100, 2, "1210")
	f("121056E500", "mp4a.40.2", 44100, 44100, 2, "1210")
	f("139056E500", "mp4a.40.2", 22050, 22050, 2, "139056E500")    // no SBR, where it might be expected
	f("139056E5A0", "mp4a.40.5", 22050, 44100, 2, "2B920800")      // said behind
	f("2B920800", "mp4a.40.5", 22050, 44100, 2, "2B920800")        // said at once
	f("EB098800", "mp4a.40.29", 24000, 48000, 2, "EB098800")       // with PS
	f("130856E59D4880", "mp4a.40.29", 24000, 48000, 2, "EB098800") // behind, with PS
	f("F94643222CC04C0085A0", "mp4a.40.42", 48000, 48000, 2, "F94643222CC04C0085A0")
	f("1780562210", "mp4a.40.2", 44100, 44100, 2, "1210") // a rate in full
}

func TestHEAACCountsInSamplesOfTheCore(t *testing.T) {
	// 1000 frames of 2048 samples that come out, 1024 of the core.
	s := mp4AAC(1000, 44100, 2048, 0x13, 0x90, 0x56, 0xe5, 0xa0)
	s.elst = []int64{2048000 - 5186 - 1000, 5186, 1 << 16}
	b := mp4Build(44100, s)
	x := mp4Must(t, b, "")
	r := &x.Audio.Runs[0]
	mp4Read(t, x, b, r)
	if r.Rate != 22050 || r.SampleRate != 44100 || r.FrameSamples != 1024 || r.Duration != 1024000 || r.Delay != 2593 || r.Padding != 500 || len(x.Notes) > 0 {
		t.Errorf("%+v %q", r.Config, x.Notes)
		t.Errorf("rate %d, duration %d, delay %d, padding %d", r.Rate, r.Duration, r.Delay, r.Padding)
	}
	// iTunes counts what comes out.
	s.elst = nil
	x = mp4Must(t, mp4Build(44100, s), fmt.Sprintf(" 00000000 %08X %08X %016X 0", 5186, 1000, 2048000-5186-1000))
	if r := x.Audio.Runs[0]; r.Delay != 2593 || r.Padding != 500 {
		t.Errorf("delay %d, padding %d from %s", r.Delay, r.Padding, r.Gapless)
	}
}

func TestFramesAreCountedWhereTheTimescaleRounds(t *testing.T) {
	read := func(s mp4Spec) (*Run, []mp4Packet, []string) {
		b := mp4Build(1000, s)
		x := mp4Must(t, b, "")
		return &x.Audio.Runs[0], mp4Read(t, x, b, &x.Audio.Runs[0]), x.Notes
	}
	// In milliseconds, each frame cut down to 23 of 23.22.
	r, got, notes := read(mp4AAC(1000, 1000, 23))
	if r.Rate != 44100 || r.FrameSamples != 1024 || r.Duration != 1024000 || got[999].dts != 999*1024 || len(notes) != 1 {
		t.Errorf("rate %d, frames of %d, duration %d, notes %q", r.Rate, r.FrameSamples, r.Duration, notes)
	}
	// Rounded well, and with a short last frame of 500 samples.
	s := mp4AAC(1000, 90000, 0)
	s.stts = nil
	for i := range 1000 {
		end := (i + 1) * 1024
		if i == 999 {
			end = i*1024 + 500
		}
		s.stts = append(s.stts, 1, uint32(math.Round(float64(end)*90000/44100)-math.Round(float64(i*1024)*90000/44100)))
	}
	r, got, _ = read(s)
	if r.FrameSamples != 1024 || got[999].dts != 999*1024 || got[999].duration < 499 || got[999].duration > 501 {
		t.Errorf("frames of %d, the last at %d of %d", r.FrameSamples, got[999].dts, got[999].duration)
	}
	// With a gap of a second, which pictures would show.
	s.stts[2*500+1] += 90000
	r, got, notes = read(s)
	if r.FrameSamples != 0 || r.Duration-(999*1024+500+44100) > 1 || got[501].dts-(501*1024+44100) > 1 || got[501].dts-(501*1024+44100) < -1 || len(notes) != 1 {
		t.Errorf("frames of %d, duration %d, frame 501 at %d, notes %q", r.FrameSamples, r.Duration, got[501].dts, notes)
	}
	// Twice the length of what is coded.
	r, _, notes = read(mp4AAC(1000, 44100, 2048))
	if r.FrameSamples != 1024 || r.Duration != 1024000 || len(notes) != 1 {
		t.Errorf("frames of %d, duration %d, notes %q", r.FrameSamples, r.Duration, notes)
	}
	// The sample rate, and a last frame of no length.
	s = mp4AAC(1000, 44100, 1024)
	s.stts = []uint32{999, 1024, 1, 0}
	if r, _, _ = read(s); r.Duration != 1024000 {
		t.Errorf("duration %d with a last frame of 0", r.Duration)
	}
}

func TestCodecsThatAreNotPackagedAreNamed(t *testing.T) {
	for _, kind := range []string{"ac-3", "ec-3", "ac-4", "twos", "lpcm", "samr", "drms", "enca"} {
		s := mp4AAC(30, 44100, 1024)
		s.entry = audioEntry(kind, 2, 16, 44100, nil)
		if _, err := mp4Index(mp4Build(1000, s), ""); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), kind) {
			t.Errorf("%s: %v", kind, err)
		}
		b := mp4Build(1000, s, mp4AAC(40, 44100, 1024))
		if x, err := mp4Index(b, ""); err != nil || x.Audio.Runs[0].Frames != 40 {
			t.Errorf("%s beside AAC: %v", kind, err)
		}
	}
}

func TestTrackThatIsNotEnabledComesLast(t *testing.T) {
	off, on := mp4AAC(30, 44100, 1024), mp4AAC(40, 44100, 1024)
	off.flags = 2 // in the movie, but not enabled
	if x := mp4Must(t, mp4Build(1000, off, on), ""); x.Audio.Runs[0].Frames != 40 {
		t.Errorf("%d frames", x.Audio.Runs[0].Frames)
	}
	if x := mp4Must(t, mp4Build(1000, off), ""); x.Audio.Runs[0].Frames != 30 {
		t.Errorf("%d frames", x.Audio.Runs[0].Frames)
	}
}

func TestSoundOfOtherLengthThanPicturesHasNoEmptySegment(t *testing.T) {
	f := func(pictures, later, sound float64, nv, na int) {
		t.Helper()
		s := mp4AAC(int(sound*44100/1024), 44100, 1024)
		s.elst = []int64{int64(later * 1000), -1, 1 << 16, 0, 0, 1 << 16}
		b := mp4Build(1000, mp4AVC(int(pictures*25)), s)
		x := mp4Must(t, b, "")
		v, a := &x.Video.Runs[0], &x.Audio.Runs[0]
		mp4Read(t, x, b, v)
		mp4Read(t, x, b, a)
		if v.Segments() != nv || a.Segments() != na {
			t.Errorf("%g s of pictures, %g s of sound at %g s: %d and %d segments, want %d and %d", pictures, sound, later, v.Segments(), a.Segments(), nv, na)
		}
	}
	f(20, 0, 20, 4, 4)
	f(20, 0, 8, 4, 2)   // 0-6, 6-8
	f(20, 13, 7, 4, 2)  // 13-18, 18-20
	f(8, 0, 20, 2, 4)   // 0-6, 6-12, 12-18, 18-20
	f(8, 0, 12.2, 2, 2) // 0-6, 6-12.2
}

func TestXHEAACIsCutAtSyncSamples(t *testing.T) {
	s := mp4AAC(1000, 48000, 1024, 0xf9, 0x46, 0x43, 0x22, 0x2c, 0xc0, 0x4c, 0x00, 0x85, 0xa0)
	for i := uint32(1); i <= 1000; i += 100 {
		s.stss = append(s.stss, i)
	}
	b := mp4Build(1000, s)
	x := mp4Must(t, b, "")
	r := &x.Audio.Runs[0]
	got := mp4Read(t, x, b, r)
	for k, frame := range []int64{0, 300, 600, 900} {
		if r.Segments() != 4 || r.Cuts[k].Frame != frame || !got[frame].key || got[frame+1].key {
			t.Fatalf("%s: %d segments, the %dth begins at frame %d", r.Codecs, r.Segments(), k, r.Cuts[k].Frame)
		}
	}
}

func TestTurnedPicturesAreNoted(t *testing.T) {
	s := mp4AVC(100)
	s.turned = true
	if x := mp4Must(t, mp4Build(1000, s), ""); len(x.Notes) != 1 || !strings.Contains(x.Notes[0], "turned") {
		t.Errorf("notes %q", x.Notes)
	}
}
