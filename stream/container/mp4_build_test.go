package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// mp4Spec is a track to be built into a file that no encoder would make.
type mp4Spec struct {
	handler  string
	scale    uint32
	entry    []byte
	stts     []uint32 // pairs of count and delta
	ctts     []uint32
	stss     []uint32
	sizes    []uint32 // of each sample
	perChunk int
	elst     []int64 // triples of duration, media time and rate
	flags    byte    // of tkhd
}

// mp4Sizes are n sizes that differ.
func mp4Sizes(n int) []uint32 {
	s := make([]uint32, n)
	for i := range s {
		s[i] = uint32(300 + i*7919%200)
	}
	return s
}

// mp4Build writes a file: ftyp, mdat, and the moov behind it.
func mp4Build(movieScale uint32, tracks ...mp4Spec) []byte {
	var data, moov []byte
	u32 := func(v ...uint32) (b []byte) {
		for _, x := range v {
			b = binary.BigEndian.AppendUint32(b, x)
		}
		return b
	}
	moov = appendBox(nil, "mvhd", u32(0, 0, 0, movieScale, 0), make([]byte, 80))
	b := appendBox(nil, "ftyp", []byte("isom"), u32(0))
	start := len(b) + 8
	for _, t := range tracks {
		var stco []byte
		chunks := 0
		for i, n := range t.sizes {
			if i%t.perChunk == 0 {
				stco = append(stco, u32(uint32(start+len(data)))...)
				chunks++
			}
			for range n {
				data = append(data, byte(i+len(data)*31))
			}
		}
		full, last := len(t.sizes)/t.perChunk, len(t.sizes)%t.perChunk
		stsc := u32(0, 1, 1, uint32(t.perChunk), 1)
		if last > 0 {
			stsc = u32(0, 2, 1, uint32(t.perChunk), 1, uint32(full+1), uint32(last), 1)
			if full == 0 {
				stsc = u32(0, 1, 1, uint32(last), 1)
			}
		}
		stbl := appendBox(nil, "stsd", u32(0, 1), t.entry)
		stbl = appendBox(stbl, "stts", u32(0, uint32(len(t.stts)/2)), u32(t.stts...))
		if t.ctts != nil {
			stbl = appendBox(stbl, "ctts", u32(0, uint32(len(t.ctts)/2)), u32(t.ctts...))
		}
		if t.stss != nil {
			stbl = appendBox(stbl, "stss", u32(0, uint32(len(t.stss))), u32(t.stss...))
		}
		stbl = appendBox(stbl, "stsz", u32(0, 0, uint32(len(t.sizes))), u32(t.sizes...))
		stbl = appendBox(stbl, "stsc", stsc)
		stbl = appendBox(stbl, "stco", u32(0, uint32(chunks)), stco)
		mdia := appendBox(nil, "mdhd", u32(0, 0, 0, t.scale, 0, 0))
		mdia = appendBox(mdia, "hdlr", u32(0, 0), []byte(t.handler), make([]byte, 13))
		mdia = appendBox(mdia, "minf", appendBox(nil, "stbl", stbl))
		trak := appendBox(nil, "tkhd", []byte{0, 0, 0, t.flags}, make([]byte, 80))
		if t.elst != nil {
			e := u32(0, uint32(len(t.elst)/3))
			for i := 0; i < len(t.elst); i += 3 {
				e = append(e, u32(uint32(t.elst[i]), uint32(t.elst[i+1]), uint32(t.elst[i+2]))...)
			}
			trak = appendBox(trak, "edts", appendBox(nil, "elst", e))
		}
		moov = appendBox(moov, "trak", appendBox(trak, "mdia", mdia))
	}
	b = appendBox(b, "mdat", data)
	return appendBox(b, "moov", moov)
}

// mp4AAC is a track of n frames of AAC.
func mp4AAC(n int, scale, delta uint32, config ...byte) mp4Spec {
	if config == nil {
		config = []byte{0x12, 0x10}
	}
	return mp4Spec{
		handler: "soun", flags: 1, scale: scale, perChunk: 21, sizes: mp4Sizes(n), stts: []uint32{uint32(n), delta},
		entry: audioEntry("mp4a", 2, 16, 44100, esds(128000, 128000, config)),
	}
}

// mp4AVC is a track of n pictures, 25 in a second of 12800, a sync sample each 50.
func mp4AVC(n int) mp4Spec {
	entry := make([]byte, 78)
	entry[7], entry[25], entry[27] = 1, 128, 96
	s := mp4Spec{
		handler: "vide", flags: 1, scale: 12800, perChunk: 1, sizes: mp4Sizes(n), stts: []uint32{uint32(n), 512},
		entry: appendBox(nil, "avc1", entry, appendBox(nil, "avcC", []byte{1, 0x64, 0, 0x1f, 0xff, 0xe0, 0})),
	}
	for i := 0; i < n; i += 50 {
		s.stss = append(s.stss, uint32(i+1))
	}
	return s
}

// mp4Index indexes bytes whose tags have an iTunSMPB comment.
func mp4Index(b []byte, smpb string) (*Index, error) {
	x := &Index{Format: MP4, Size: int64(len(b))}
	x.Tags.ITunSMPB = smpb
	w := newWindow(context.Background(), bytes.NewReader(b), x.Size)
	err := openMP4(w, x)
	x.Content = w.sum.Sum64()
	return x, err
}

func mp4Must(t testing.TB, b []byte, smpb string) *Index {
	t.Helper()
	x, err := mp4Index(b, smpb)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestGaplessIsTakenFromTheOneThatKnows(t *testing.T) {
	const n = 1000 // 1024000 samples
	f := func(what string, movie uint32, elst []int64, smpb string, delay, padding int64, gapless string) {
		t.Helper()
		s := mp4AAC(n, 44100, 1024)
		s.elst = elst
		b := mp4Build(movie, s)
		x := mp4Must(t, b, smpb)
		r := &x.Audio.Runs[0]
		mp4Read(t, x, b, r)
		if r.Delay != delay || r.Padding != padding || r.Gapless != gapless {
			t.Errorf("%s: delay %d, padding %d from %q; want %d, %d from %q", what, r.Delay, r.Padding, r.Gapless, delay, padding, gapless)
		}
	}
	const one = 1 << 16
	// 2112 + 1020000 + 1888 = 1024000
	smpb := " 00000000 00000840 00000760 00000000000F9060 00000000 00000000"
	f("nothing", 600, nil, "", 0, 0, "")
	f("comment", 600, nil, smpb, 2112, 1888, "iTunSMPB")
	f("comment and an edit that says nothing", 44100, []int64{1024000, 0, one}, smpb, 2112, 1888, "iTunSMPB")
	f("edit", 44100, []int64{1020000, 2112, one}, "", 2112, 1888, "elst")
	f("edit before comment", 44100, []int64{1020100, 2112, one}, smpb, 2112, 1788, "elst")
	f("rounded edit, exact comment", 1000, []int64{23129, 2112, one}, smpb, 2112, 1888, "elst")
	f("edit to the end, rounded", 1000, []int64{23173, 2112, one}, "", 2112, 0, "elst")
	f("edit to the end, rounded up", 1000, []int64{23200, 2112, one}, "", 2112, 0, "elst")
	f("edit of no length", 1000, []int64{0, 2112, one}, "", 2112, 0, "elst")
	f("edit of padding only", 44100, []int64{1023500, 0, one}, "", 0, 500, "elst")
	f("comment of another length", 600, nil, " 00000000 00000840 00000760 0000000000009060 0", 0, 0, "")
	f("comment of nonsense", 600, nil, "x y z w", 0, 0, "")
	f("comment that is greater than all", 600, nil, " 0 FFFFFFFFFFFFFFF 1 1", 0, 0, "")
	f("empty edit before", 1000, []int64{500, -1, one, 23129, 2112, one}, smpb, 2112, 1888, "elst")
	f("empty edit behind", 44100, []int64{1020000, 2112, one, 500, -1, one}, "", 2112, 1888, "elst")
}

func TestEditThatSkipsMuchLeavesPacketsOut(t *testing.T) {
	s := mp4AAC(1000, 44100, 1024)
	s.elst = []int64{44100, 100*1024 + 300, 1 << 16} // 1 s from packet 100 on
	b := mp4Build(44100, s)
	x := mp4Must(t, b, "")
	r := &x.Audio.Runs[0]
	got := mp4Read(t, x, b, r)
	// Packets 99, for pre-roll, to 143, the last that is heard.
	if r.Frames != 45 || r.Delay != 1024+300 || r.Music() != 44100 || got[0].size != int(s.sizes[99]) {
		t.Errorf("%d frames, delay %d, music %d, first of %d bytes", r.Frames, r.Delay, r.Music(), got[0].size)
	}
}

func TestEmptyEditIsAStart(t *testing.T) {
	s := mp4AAC(1000, 44100, 1024)
	s.elst = []int64{1500, -1, 1 << 16, 23000, 0, 1 << 16}
	x := mp4Must(t, mp4Build(1000, s), "")
	if r := x.Audio.Runs[0]; r.Start != 66150 {
		t.Errorf("start %d, want 66150", r.Start)
	}
}

func TestEditListsThatCannotBeSaidAreRefused(t *testing.T) {
	f := func(kind error, reason string, elst ...int64) {
		t.Helper()
		s := mp4AAC(1000, 44100, 1024)
		s.elst = elst
		_, err := mp4Index(mp4Build(1000, s), "")
		if !errors.Is(err, kind) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v: %v, want %q", elst, err, reason)
		}
	}
	f(ErrUnsupported, "several parts", 1000, 0, 1<<16, 1000, 88200, 1<<16)
	f(ErrUnsupported, "dwell", 1000, 0, 0)
	f(ErrUnsupported, "faster or slower", 1000, 0, 1<<17)
	f(ErrBroken, "behind its end", 1000, 1<<30, 1<<16)
	f(ErrBroken, "makes no sense", 1000, -2, 1<<16)
}

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

func TestTablesThatDisagreeAreBroken(t *testing.T) {
	f := func(reason string, change func(s *mp4Spec, b func() []byte) []byte) {
		t.Helper()
		s := mp4AAC(100, 44100, 1024)
		s.perChunk = 10
		b := change(&s, func() []byte { return mp4Build(1000, s) })
		_, err := mp4Index(b, "")
		if !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v, want %q", err, reason)
		}
	}
	// put changes the word at a place of a box's body.
	put := func(b []byte, kind string, at int, v uint32) []byte {
		i := bytes.LastIndex(b, []byte(kind)) + 4 + at
		binary.BigEndian.PutUint32(b[i:], v)
		return b
	}
	f("stts", func(s *mp4Spec, b func() []byte) []byte { s.stts[0] = 99; return b() })
	f("stsc", func(s *mp4Spec, b func() []byte) []byte { return put(b(), "stsc", 12, 9) })
	f("cut short", func(s *mp4Spec, b func() []byte) []byte { return put(b(), "stco", 8, 1<<30) })
	f("cut short", func(s *mp4Spec, b func() []byte) []byte { return put(b(), "stsz", 12, 1<<30) })
	f("empty", func(s *mp4Spec, b func() []byte) []byte { return put(b(), "stsz", 12, 0) })
	f("stsz", func(s *mp4Spec, b func() []byte) []byte { return put(b(), "stsz", 8, 1<<31) })
	f("states", func(s *mp4Spec, b func() []byte) []byte { return put(put(b(), "stsz", 8, 1<<31), "stsz", 4, 1) })
	f("stts", func(s *mp4Spec, b func() []byte) []byte { return put(b(), "stts", 4, 1<<31) })
	f("stsc", func(s *mp4Spec, b func() []byte) []byte { return put(b(), "stsc", 4, 1<<31) })
	f("stco", func(s *mp4Spec, b func() []byte) []byte { return put(b(), "stco", 4, 1<<31) })
	f("less than nothing", func(s *mp4Spec, b func() []byte) []byte { s.stts[1] = 1 << 31; return b() })
	f("timescale", func(s *mp4Spec, b func() []byte) []byte { s.scale = 0; return b() })
	f("esds", func(s *mp4Spec, b func() []byte) []byte { s.entry = audioEntry("mp4a", 2, 16, 44100, nil); return b() })
}

func TestTablesLongerThanNeededAreNoted(t *testing.T) {
	s := mp4AAC(100, 44100, 1024)
	s.stts = []uint32{100, 1024, 50, 1024}
	b := mp4Build(1000, s)
	x := mp4Must(t, b, "")
	mp4Read(t, x, b, &x.Audio.Runs[0])
	if len(x.Notes) != 1 || x.Audio.Runs[0].Duration != 102400 {
		t.Errorf("notes %q", x.Notes)
	}
}

func TestAnotherSampleIsAnotherContent(t *testing.T) {
	b := mp4Build(1000, mp4AAC(1000, 44100, 1024))
	x := mp4Must(t, b, "")
	b[100] ^= 1
	if y := mp4Must(t, b, ""); y.Content == x.Content {
		t.Error("a changed sample has the same content")
	}
	if y := mp4Must(t, mp4Build(1000, mp4AAC(999, 44100, 1024)), ""); y.Content == x.Content {
		t.Error("a frame less has the same content")
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

// errorReader fails behind a number of reads.
type errorReader struct {
	io.ReaderAt
	left int
}

var errDisk = errors.New("disk on fire")

func (r *errorReader) ReadAt(b []byte, off int64) (int, error) {
	if r.left--; r.left < 0 {
		return 0, errDisk
	}
	return r.ReaderAt.ReadAt(b, off)
}

func TestFailingDiskIsNoBrokenMP4(t *testing.T) {
	s := mp4AAC(1000, 44100, 1024)
	s.elst = []int64{20000, 99999, 1 << 16}
	b := mp4Build(1000, mp4AVC(500), s)
	x := mp4Must(t, b, "")
	f := func(read func(src io.ReaderAt) error) {
		t.Helper()
		for n := 0; ; n++ {
			err := read(&errorReader{bytes.NewReader(b), n})
			if err == nil {
				break
			}
			if !errors.Is(err, errDisk) {
				t.Fatalf("disk fails at read %d: %v", n, err)
			}
		}
	}
	f(func(src io.ReaderAt) error {
		return openMP4(newWindow(context.Background(), src, x.Size), &Index{})
	})
	for _, track := range []*Track{x.Audio, x.Video} {
		f(func(src io.ReaderAt) error {
			_, err := x.Frames(context.Background(), src, &track.Runs[0], 1)
			return err
		})
	}
}

// zeros is a file of zeros that begins with some bytes and ends with others.
type zeros struct {
	head, tail []byte
	size       int64
}

func (z *zeros) ReadAt(b []byte, off int64) (int, error) {
	n := int(min(int64(len(b)), z.size-off))
	clear(b[:n])
	if off < int64(len(z.head)) {
		copy(b[:n], z.head[off:])
	}
	if at := z.size - int64(len(z.tail)); off+int64(n) > at {
		copy(b[max(at-off, 0):n], z.tail[max(off-at, 0):])
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// mp4Lie is a file of 4 GB whose tables say, in few bytes, that it has a great
// many samples of one byte.
func mp4Lie(n, delta uint32) *zeros {
	s := mp4AAC(1, 44100, delta)
	s.stts[0] = n
	b := mp4Build(1000, s)
	at := bytes.LastIndex(b, []byte("moov")) - 4
	moov := b[at:]
	z := &zeros{head: append([]byte{0, 0, 0, 1, 'm', 'd', 'a', 't'}, 0, 0, 0, 1, 0, 0, 0, 0), tail: moov, size: 1<<32 + int64(len(moov))}
	put := func(kind string, at int, v uint32) {
		i := bytes.LastIndex(moov, []byte(kind)) + 4 + at
		binary.BigEndian.PutUint32(moov[i:], v)
	}
	put("stsz", 4, 1)
	put("stsz", 8, n)
	put("stsc", 12, n)
	return z
}

func TestLyingCountsCostNothing(t *testing.T) {
	for _, c := range []struct{ n, delta uint32 }{{1 << 25, 0}, {1 << 25, 1}, {1<<32 - 16, 1024}, {1 << 25, 1<<31 - 1}} {
		z := mp4Lie(c.n, c.delta)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, err := Open(context.Background(), z, z.size)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		// The first is 9 days of frames of one byte, which could be.
		if err != nil && !errors.Is(err, ErrUnsupported) && !errors.Is(err, ErrBroken) || err == nil && c.delta != 0 {
			t.Errorf("%d samples of %d: %v", c.n, c.delta, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 48<<20 || took > time.Minute {
			t.Errorf("%d samples of %d: %d bytes of memory, %v", c.n, c.delta, used, took)
		}
	}
}

func TestWalkEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	b := mp4Build(1000, mp4AAC(100, 44100, 1024))
	x := mp4Must(t, b, "")
	if _, err := Open(ctx, bytes.NewReader(b), int64(len(b))); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v", err)
	}
	if _, err := x.Frames(ctx, bytes.NewReader(b), &x.Audio.Runs[0], 0); !errors.Is(err, context.Canceled) {
		t.Errorf("frames: %v", err)
	}
}

func TestLongFilmIsIndexedFromItsEnd(t *testing.T) {
	x, src := mp4Film(t)
	v, a := &x.Video.Runs[0], &x.Audio.Runs[0]
	if v.Segments() != 1200 || a.Segments() != 1200 {
		t.Errorf("%d segments of pictures, %d of sound", v.Segments(), a.Segments())
	}
	f, err := x.Frames(context.Background(), src, v, 1199)
	if err != nil || len(f.Sizes) != 150 {
		t.Errorf("last segment: %v, %v", f, err)
	}
}

// mp4Film is a sparse file of 2 GB: 2 hours, with the moov at the end.
func mp4Film(t testing.TB) (*Index, *os.File) {
	t.Helper()
	const n, m = 2 * 3600 * 25, 2 * 3600 * 44100 / 1024
	v, a := mp4AVC(n), mp4AAC(m, 44100, 1024)
	for i := range v.sizes {
		v.sizes[i] = 1
	}
	for i := range a.sizes {
		a.sizes[i] = 1
	}
	v.ctts = []uint32{}
	for range n / 2 {
		v.ctts = append(v.ctts, 1, 512, 1, 1024)
	}
	v.elst = []int64{n * 512, 512, 1 << 16}
	v.perChunk = 12
	b := mp4Build(12800, v, a)
	at := bytes.LastIndex(b, []byte("moov")) - 4
	moov := b[at:]
	// Samples are made larger, and spread over the file.
	spread := func(kind string, n int, size uint32) {
		for range n {
			i := bytes.Index(moov, []byte(kind))
			copy(moov[i:], "done")
			count := int(binary.BigEndian.Uint32(moov[i+12:]))
			for j := range count {
				binary.BigEndian.PutUint32(moov[i+16+4*j:], size)
			}
			size = 300
		}
	}
	chunks := func() {
		for range 2 {
			i := bytes.Index(moov, []byte("stco"))
			copy(moov[i:], "done")
			count := int(binary.BigEndian.Uint32(moov[i+8:]))
			for j := range count {
				binary.BigEndian.PutUint32(moov[i+12+4*j:], uint32(64+j*(2000000000/count)))
			}
		}
	}
	spread("stsz", 2, 10000)
	chunks()
	for _, kind := range []string{"stsz", "stco", "stsz", "stco"} {
		copy(moov[bytes.Index(moov, []byte("done")):], kind)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "film.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	const mdat = 2<<30 - 1<<20
	head := appendBox(nil, "ftyp", []byte("isom"), make([]byte, 4))
	head = append(head, 0, 0, 0, 1, 'm', 'd', 'a', 't')
	head = binary.BigEndian.AppendUint64(head, mdat)
	end := int64(len(head)) - 16 + mdat
	if _, err := file.WriteAt(head, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteAt(moov, end); err != nil {
		t.Fatal(err)
	}
	x, err := Open(context.Background(), file, end+int64(len(moov)))
	if err != nil {
		t.Fatal(err)
	}
	return x, file
}

func BenchmarkOpenMP4(b *testing.B) {
	b.Run("10 minutes of AAC", func(b *testing.B) {
		data := mp4Build(1000, mp4AAC(600*44100/1024, 44100, 1024))
		path := filepath.Join(b.TempDir(), "a.m4a")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			b.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Open(context.Background(), file, int64(len(data))); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("2 GB of film", func(b *testing.B) {
		x, file := mp4Film(b)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Open(context.Background(), file, x.Size); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFramesMP4(b *testing.B) {
	x, file := mp4Film(b)
	f := func(name string, r *Run) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := x.Frames(context.Background(), file, r, i*7%r.Segments()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	f("sound", &x.Audio.Runs[0])
	f("pictures", &x.Video.Runs[0])
}

// mp4Seeds are small files of each kind.
func mp4Seeds() [][]byte {
	seeds := [][]byte{mp4Build(1000, mp4AAC(30, 44100, 1024))}
	s := mp4AAC(30, 1000, 23)
	s.elst = []int64{100, -1, 1 << 16, 500, 23 * 12, 1 << 16}
	seeds = append(seeds, mp4Build(1000, mp4AVC(12), s))
	v := mp4AVC(320)
	for i := range v.sizes {
		v.sizes[i] = 3
	}
	v.ctts, v.elst = []uint32{160, 512, 160, 1024}, []int64{12800 * 9, 60*512 + 512, 1 << 16}
	seeds = append(seeds, mp4Build(12800, v))
	entry := func(kind string, config []byte) {
		s := mp4AAC(30, 48000, 960)
		s.entry = audioEntry(kind, 2, 16, 48000, config)
		seeds = append(seeds, mp4Build(1000, s))
	}
	cookie := []byte{0, 0, 16, 0, 0, 16, 40, 10, 14, 2, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xac, 0x44}
	entry("alac", appendBox(nil, "wave", appendBox(nil, "frma", []byte("alac")), appendBox(nil, "alac", make([]byte, 4), cookie)))
	entry("fLaC", appendBox(nil, "dfLa", make([]byte, 4), []byte{0x80, 0, 0, 34, 16, 0, 16, 0, 0, 0, 0, 0, 0, 0, 10, 0xc4, 0x42, 0xf0}, make([]byte, 20)))
	entry("Opus", appendBox(nil, "dOps", []byte{0, 2, 1, 56, 0, 0, 0xbb, 0x80, 0, 0, 0}))
	return seeds
}

// mp4Hold reads all that a file has, and holds it against itself. It returns
// whether there is something.
func mp4Hold(t *testing.T, b []byte) bool {
	x, err := mp4Index(b, " 00000000 00000840 00000100 0000000000001000 0")
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Reason == "" {
			t.Fatalf("%v is no reason", err)
		}
		return false
	}
	for _, track := range []*Track{x.Audio, x.Video} {
		if track == nil {
			continue
		}
		r := &track.Runs[0]
		if r.Delay < 0 || r.Padding < 0 || r.Start < 0 || r.Duration < 0 || r.Music() < 0 || r.Rate == 0 || len(r.Entry) == 0 || r.Codecs == "" {
			t.Fatalf("run %+v", r)
		}
		var frames, time int64
		for k := range r.Segments() {
			f, err := x.Frames(context.Background(), bytes.NewReader(b), r, k)
			if err != nil {
				t.Fatalf("segment %d of %d: %v", k, r.Segments(), err)
			}
			frames += int64(len(f.Sizes))
			for _, d := range f.Durations {
				time += int64(d)
			}
			for _, e := range f.Extents {
				if e.Off < 0 || e.Len <= 0 || e.Off+e.Len > int64(len(b)) {
					t.Fatalf("extent %+v of %d bytes", e, len(b))
				}
			}
		}
		if frames != r.Frames || time != r.Duration || frames == 0 {
			t.Fatalf("%d frames of %d, the run has %d of %d", frames, time, r.Frames, r.Duration)
		}
	}
	return true
}

func TestDamagedTablesAreReadTheSameTwice(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	seeds := mp4Seeds()
	held := 0
	const n = 3000
	for i := range n {
		b := bytes.Clone(seeds[i%len(seeds)])
		moov := b[bytes.LastIndex(b, []byte("moov")):]
		for range 1 + random.IntN(3) {
			word := moov[random.IntN(len(moov)-4):]
			v := binary.BigEndian.Uint32(word)
			switch random.IntN(4) {
			case 0:
				v = random.Uint32() >> random.IntN(32)
			case 1:
				v += uint32(random.IntN(5)) - 2
			case 2:
				v ^= 1 << random.IntN(32)
			default:
				v = 0
			}
			binary.BigEndian.PutUint32(word, v)
		}
		if mp4Hold(t, b) {
			held++
		}
		// A file that changed since it was indexed gives an error or other frames.
		x := mp4Must(t, seeds[i%len(seeds)], "")
		for _, track := range []*Track{x.Audio, x.Video} {
			if track != nil {
				_, _ = x.Frames(context.Background(), bytes.NewReader(b), &track.Runs[0], 0)
			}
		}
	}
	if held < n/10 {
		t.Errorf("only %d of %d could be read", held, n)
	}
}

func TestRandomBytesAreNoMP4(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		b := make([]byte, random.IntN(3000))
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		if len(b) > 8 {
			copy(b[4:], "moov")
		}
		if mp4Hold(t, b) {
			t.Errorf("%x is an MP4", b)
		}
	}
}

func FuzzMP4(f *testing.F) {
	for _, b := range mp4Seeds() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { mp4Hold(t, b) })
}
