package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"segue/stream/tags"
)

var mp3Lame = []string{"-c:a", "libmp3lame", "-compression_level", "9", "-f", "mp3", "-id3v2_version", "0"}

func TestMP3FramesAreThoseOfFFmpeg(t *testing.T) {
	for _, c := range []struct {
		name     string
		rate     int
		args     []string
		samples  uint32
		channels int
		gapless  string
	}{
		{"CBR", 44100, []string{"-b:a", "128k"}, 1152, 2, "LAME"},
		{"VBR", 44100, []string{"-q:a", "4"}, 1152, 2, "LAME"},
		{"VBR without Xing", 44100, []string{"-q:a", "4", "-write_xing", "0"}, 1152, 2, "guess"},
		{"320k", 48000, []string{"-b:a", "320k"}, 1152, 2, "LAME"},
		{"mono", 44100, []string{"-b:a", "64k", "-ac", "1"}, 1152, 1, "LAME"},
		{"MPEG-2", 22050, []string{"-b:a", "64k"}, 576, 2, "LAME"},
		{"MPEG-2 mono VBR", 24000, []string{"-q:a", "6", "-ac", "1"}, 576, 1, "LAME"},
		{"MPEG-2.5", 8000, []string{"-b:a", "16k", "-ac", "1"}, 576, 1, "LAME"},
		{"MPEG-2.5 stereo", 11025, []string{"-b:a", "32k", "-write_xing", "0"}, 576, 2, "guess"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := walkedEncode(t, walkedSeconds, c.rate, append(c.args, mp3Lame...)...)
			x := walkedOpen(t, file)
			pcmBytes, packets := walkedPCM(t, "mp3", file)
			var bytesOf int64
			for _, n := range packets {
				bytesOf += n
			}
			r := &x.Audio.Runs[0]
			if x.Format != MP3 || x.Audio.Codec != CodecMP3 || len(x.Audio.Runs) != 1 || len(x.Notes) != 0 {
				t.Fatalf("%s, %s, %d runs, notes %q", x.Format, x.Audio.Codec, len(x.Audio.Runs), x.Notes)
			}
			if r.Frames != int64(len(packets)) || r.Cuts[len(r.Cuts)-1].Bytes != bytesOf {
				t.Errorf("%d frames of %d bytes, ffmpeg has %d of %d", r.Frames, r.Cuts[len(r.Cuts)-1].Bytes, len(packets), bytesOf)
			}
			want := Config{Codecs: "mp4a.40.34", SampleRate: c.rate, Channels: c.channels, FrameSamples: c.samples}
			if fmt.Sprint(r.Config) != fmt.Sprint(want) || int(r.Rate) != c.rate || r.Duration != r.Frames*int64(c.samples) {
				t.Errorf("%+v at %d lasts %d, want %+v", r.Config, r.Rate, r.Duration, want)
			}
			// Nothing is behind the frames, and the Xing frame before them.
			if !bytes.Equal(walkedSound(t, x, file), file[int64(len(file))-bytesOf:]) {
				t.Error("the segments are not the file's frames")
			}
			if r.Gapless != c.gapless {
				t.Errorf("gapless is %q", r.Gapless)
			}
			// ffmpeg trims by the same tag, and not without one.
			pcm := int64(len(pcmBytes) / 2 / c.channels)
			switch c.gapless {
			case "LAME":
				if r.Music() != pcm || pcm != int64(walkedSeconds*c.rate) {
					t.Errorf("music of %d samples (delay %d, padding %d), ffmpeg decodes %d of %d", r.Music(), r.Delay, r.Padding, pcm, walkedSeconds*c.rate)
				}
			default:
				if r.Duration != pcm || r.Delay != 1105 || r.Padding != 0 {
					t.Errorf("%d samples, ffmpeg decodes %d; delay %d, padding %d", r.Duration, pcm, r.Delay, r.Padding)
				}
			}
		})
	}
}

// mp3First is the length of the frame at the beginning.
func mp3First(t *testing.T, b []byte) int {
	t.Helper()
	h, ok := parseMP3(b)
	if !ok {
		t.Fatalf("no frame at %x", b[:4])
	}
	return int(h.size)
}

func TestXingFrameIsNoSound(t *testing.T) {
	t.Parallel()
	file := walkedEncode(t, walkedSeconds, 44100, append([]string{"-q:a", "4"}, mp3Lame...)...)
	n := mp3First(t, file)
	with, without := walkedOpen(t, file), walkedOpen(t, file[n:])
	a, b := &with.Audio.Runs[0], &without.Audio.Runs[0]
	if a.Frames != b.Frames || a.Duration != b.Duration || a.Segments() != b.Segments() {
		t.Errorf("%d frames with the Xing frame, %d without", a.Frames, b.Frames)
	}
	for k := range a.Cuts {
		if a.Cuts[k].Time != b.Cuts[k].Time || a.Cuts[k].Bytes != b.Cuts[k].Bytes || a.Cuts[k].Offset != b.Cuts[k].Offset+int64(n) {
			t.Errorf("cut %d is %+v with it, %+v without", k, a.Cuts[k], b.Cuts[k])
		}
	}
	if b.Gapless != "guess" || b.Delay != 1105 || b.Padding != 0 {
		t.Errorf("without it: %q, %d, %d", b.Gapless, b.Delay, b.Padding)
	}
	if !bytes.Equal(walkedSound(t, with, file), walkedSound(t, without, file[n:])) {
		t.Error("the Xing frame is in the sound")
	}
}

// mp3Xing is a frame like v with a Xing header and a LAME tag in it.
func mp3Xing(v uint32, name, encoder string, frames, delay, padding uint32) []byte {
	b := walkedMP3(v, 1)
	clear(b[4:])
	side := 32
	switch mono := v>>6&3 == 3; {
	case (v>>19&3 == mpeg1) == mono:
		side = 17
	case mono:
		side = 9
	}
	at := b[4+side:]
	copy(at, name)
	binary.BigEndian.PutUint32(at[4:], 15)
	binary.BigEndian.PutUint32(at[8:], frames)
	tag := at[8+4+4+100+4:]
	copy(tag, encoder)
	pads := delay<<12 | padding
	tag[21], tag[22], tag[23] = byte(pads>>16), byte(pads>>8), byte(pads)
	return b
}

func TestHeaderThatContradictsTheFramesIsNoted(t *testing.T) {
	sound := walkedMP3(mp3Test, 900)
	f := func(stated uint32, note string, padding int64) {
		t.Helper()
		file := append(mp3Xing(mp3Test, "Xing", "LAME3.100", stated, 576, 1000), sound...)
		x := walkedOpen(t, file)
		r := &x.Audio.Runs[0]
		if r.Frames != 900 || slices.Contains(x.Notes, note) != (note != "") || (note == "") != (len(x.Notes) == 0) {
			t.Errorf("header says %d: %d frames, notes %q", stated, r.Frames, x.Notes)
		}
		if r.Delay != 1105 || r.Padding != padding || r.Gapless != "LAME" {
			t.Errorf("header says %d: %d, %d, %q", stated, r.Delay, r.Padding, r.Gapless)
		}
	}
	f(900, "", 471)
	f(901, "", 471)
	f(0, "", 471)
	f(1000, "its Xing header says 1000 frames, there are 900", 0)
	f(1, "its Xing header says 1 frame, there are 900", 0)
	f(0xffffffff, "its Xing header says 4294967295 frames, there are 900", 0)
}

func TestDelayAndPaddingNeverExceedTheSound(t *testing.T) {
	file := append(mp3Xing(mp3Test, "Info", "Lavf58.76", 2, 2000, 3000), walkedMP3(mp3Test, 2)...)
	x := walkedOpen(t, file)
	if r := x.Audio.Runs[0]; r.Delay != 0 || r.Padding != 0 || r.Gapless != "" || len(x.Notes) != 1 {
		t.Errorf("%d, %d, %q, notes %q", r.Delay, r.Padding, r.Gapless, x.Notes)
	}
	// Only encoders whose tag is known are read.
	file = append(mp3Xing(mp3Test, "Info", "Other1.0", 100, 2000, 3000), walkedMP3(mp3Test, 100)...)
	if r := walkedOpen(t, file).Audio.Runs[0]; r.Gapless != "guess" || r.Delay != 1105 || r.Frames != 100 {
		t.Errorf("%d frames, %d, %q", r.Frames, r.Delay, r.Gapless)
	}
}

func TestXingHeaderIsFoundInEachKindOfFrame(t *testing.T) {
	for _, v := range []uint32{0xfffb9044, 0xfffb90c4, 0xfff3e044, 0xfff3e0c4, 0xffe3e044, 0xffe3e0c4} {
		file := append(mp3Xing(v, "Xing", "LAME3.100", 50, 576, 1000), walkedMP3(v, 50)...)
		x := walkedOpen(t, file)
		if r := x.Audio.Runs[0]; r.Frames != 50 || r.Gapless != "LAME" {
			t.Errorf("%x: %d frames, %q", v, r.Frames, r.Gapless)
		}
	}
}

func TestVBRIFrameIsNoSound(t *testing.T) {
	first := walkedMP3(mp3Test, 1)
	clear(first[4:])
	copy(first[36:], "VBRI\x00\x01\x0d\xb1\x00\x64\x00\x0f\x42\x40\x00\x00\x03\xe8")
	file := append(first, walkedMP3(mp3Test, 900)...)
	x := walkedOpen(t, file)
	if r := x.Audio.Runs[0]; r.Frames != 900 || r.Gapless != "guess" {
		t.Errorf("%d frames, %q", r.Frames, r.Gapless)
	}
	if want := "its VBRI header says 1000 frames, there are 900"; !slices.Contains(x.Notes, want) {
		t.Errorf("notes are %q", x.Notes)
	}
}

// mp3OpenWith opens a file as if it had these tags.
func mp3OpenWith(t *testing.T, b []byte, iTunSMPB string) *Index {
	t.Helper()
	w := newWindow(context.Background(), bytes.NewReader(b), int64(len(b)))
	x := &Index{Format: MP3, Size: int64(len(b)), Tags: tags.Tags{ITunSMPB: iTunSMPB}}
	at, ok := findMP3(w, 0)
	if !ok {
		t.Fatal("no frames")
	}
	if err := openMP3(w, x, at); err != nil {
		t.Fatal(err)
	}
	return x
}

func TestITunSMPBIsReadWhenThereIsNoLAMETag(t *testing.T) {
	sound := walkedMP3(mp3Test, 100) // 115200 samples
	f := func(file []byte, tag, source string, delay, padding int64, notes int) {
		t.Helper()
		x := mp3OpenWith(t, file, tag)
		if r := x.Audio.Runs[0]; r.Gapless != source || r.Delay != delay || r.Padding != padding || len(x.Notes) != notes {
			t.Errorf("%q: %q, %d, %d, notes %q", tag, r.Gapless, r.Delay, r.Padding, x.Notes)
		}
	}
	good := fmt.Sprintf(" 00000000 00000210 00000400 %016X 00000000 00007000", 115200-0x210-0x400)
	f(sound, good, "iTunSMPB", 528+529, 1024-529, 0)
	f(append(mp3Xing(mp3Test, "Xing", "LAME3.100", 100, 576, 1000), sound...), good, "LAME", 1105, 471, 0)
	f(sound, "", "guess", 1105, 0, 0)
	f(sound, " 00000000 00000210 00000400 0000000000123456", "guess", 1105, 0, 1) // another file's
	f(sound, " 00000000 00000210", "guess", 1105, 0, 1)
	f(sound, " 0 -1 0 zz", "guess", 1105, 0, 1)
	f(sound, " 0 FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF FFFFFFFFFFFFFFFF", "guess", 1105, 0, 1)
}

func TestChangedRateBeginsARun(t *testing.T) {
	t.Parallel()
	a := walkedEncode(t, walkedSeconds, 44100, append([]string{"-b:a", "128k"}, mp3Lame...)...)
	b := walkedEncode(t, walkedSeconds, 22050, append([]string{"-b:a", "64k"}, mp3Lame...)...)
	c := walkedEncode(t, walkedSeconds, 44100, append([]string{"-b:a", "64k", "-ac", "1"}, mp3Lame...)...)
	file := slices.Concat(a, b, c)
	x := walkedOpen(t, file)
	if len(x.Audio.Runs) != 3 || len(x.Notes) != 0 {
		t.Fatalf("%d runs, notes %q", len(x.Audio.Runs), x.Notes)
	}
	sound := walkedSound(t, x, file)
	if want := slices.Concat(a[mp3First(t, a):], b[mp3First(t, b):], c[mp3First(t, c):]); !bytes.Equal(sound, want) {
		t.Error("the runs are not the frames of the files")
	}
	for i, part := range [][]byte{a, b, c} {
		alone := &walkedOpen(t, part).Audio.Runs[0]
		r := &x.Audio.Runs[i]
		if r.Frames != alone.Frames || r.Rate != alone.Rate || r.Channels != alone.Channels || r.Music() != alone.Music() || r.Segments() != alone.Segments() {
			t.Errorf("run %d has %d frames, %d Hz, music of %d; alone it has %d, %d, %d", i, r.Frames, r.Rate, r.Music(), alone.Frames, alone.Rate, alone.Music())
		}
	}
	if s := x.Audio.Seconds(); s != 3*walkedSeconds {
		t.Errorf("%v seconds of music, want %d", s, 3*walkedSeconds)
	}
}

func TestJointStereoBeginsNoRun(t *testing.T) {
	file := slices.Concat(walkedMP3(0xfffb9044, 50), walkedMP3(0xfffb9004, 50), walkedMP3(0xfffb9084, 50))
	x := walkedOpen(t, file)
	if len(x.Audio.Runs) != 1 || x.Audio.Runs[0].Frames != 150 {
		t.Errorf("%d runs", len(x.Audio.Runs))
	}
	file = slices.Concat(walkedMP3(0xfffb9044, 50), walkedMP3(0xfffb90c4, 50))
	x = walkedOpen(t, file)
	if len(x.Audio.Runs) != 2 || x.Audio.Runs[1].Channels != 1 {
		t.Errorf("stereo and mono: %d runs", len(x.Audio.Runs))
	}
}

// One LAME tag over a change speaks of the delay at its front and the padding at
// its end.
func TestDelayIsOnTheFirstRunAndPaddingOnTheLast(t *testing.T) {
	file := slices.Concat(mp3Xing(mp3Test, "Xing", "LAME3.100", 150, 576, 1000), walkedMP3(mp3Test, 100), walkedMP3(0xfffb9444, 50))
	x := walkedOpen(t, file)
	a, b := x.Audio.Runs[0], x.Audio.Runs[1]
	if a.Delay != 1105 || a.Padding != 0 || b.Delay != 0 || b.Padding != 471 || len(x.Notes) != 0 {
		t.Errorf("%d, %d, then %d, %d; notes %q", a.Delay, a.Padding, b.Delay, b.Padding, x.Notes)
	}
}

func TestCutOffMP3KeepsItsWholeFrames(t *testing.T) {
	t.Parallel()
	file := walkedEncode(t, walkedSeconds, 44100, append([]string{"-q:a", "4"}, mp3Lame...)...)
	packets := walkedPackets(t, "mp3", file)
	rng := rand.New(rand.NewPCG(3, 4))
	places := []int{1, 3, 4, 100, int(packets[0].pos), int(packets[0].pos) + 1, int(packets[1].pos), int(packets[1].pos) + 3}
	for len(places) < 50 {
		places = append(places, rng.IntN(len(file)))
	}
	for _, n := range places {
		cut := file[:n]
		var want int64
		var end int64
		for _, p := range packets {
			if p.pos+p.size <= int64(n) {
				want, end = want+1, p.pos+p.size
			}
		}
		x, err := Open(context.Background(), bytes.NewReader(cut), int64(n))
		if want == 0 {
			if !errors.Is(err, ErrNotMedia) && !errors.Is(err, ErrBroken) {
				t.Errorf("cut at %d: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("cut at %d: %v", n, err)
			continue
		}
		r := x.Audio.Runs[0]
		if !bytes.Equal(walkedSound(t, x, cut), file[packets[0].pos:end]) || r.Padding != 0 {
			t.Errorf("cut at %d: %d frames, want %d; padding %d", n, r.Frames, want, r.Padding)
		}
		if noted := slices.Contains(x.Notes, "its last frame is cut off and left out"); int64(n) >= end+4 && !noted {
			t.Errorf("cut at %d, the frames end at %d: notes %q", n, end, x.Notes)
		}
	}
}

func TestOtherLayersAreNamed(t *testing.T) {
	t.Parallel()
	f := func(name string, b []byte, reason string) {
		t.Helper()
		_, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)))
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, ErrUnsupported) || e.Reason != reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	f("MPEG-1 Layer II", walkedEncode(t, 5, 48000, "-c:a", "mp2", "-b:a", "192k", "-f", "mp2"), "it is MPEG audio of Layer II, not of Layer III")
	f("MPEG-2 Layer II", walkedEncode(t, 5, 24000, "-c:a", "mp2", "-b:a", "64k", "-f", "mp2"), "it is MPEG audio of Layer II, not of Layer III")
	var one []byte
	for i := range 20 { // 12 * 192000 / 44100 * 4 = 208
		one = append(one, 0xff, 0xff, 0x60, 0x44)
		one = append(one, walkedJunk(204, uint64(i))...)
	}
	f("Layer I", one, "it is MPEG audio of Layer I, not of Layer III")
	var free []byte
	for i := range 20 {
		pad := i & 1
		free = append(free, 0xff, 0xfb, byte(pad)<<1, 0x44)
		free = append(free, walkedJunk(1500+pad, uint64(i))...)
	}
	f("free format", free, "it is MP3 in free format, whose frames do not state their bitrate")
}

func FuzzMP3(f *testing.F) {
	sound := walkedMP3(0xfff340c4, 12)
	f.Add(sound)
	f.Add(append(mp3Xing(mp3Test, "Xing", "LAME3.100", 3, 576, 1000), walkedMP3(mp3Test, 5)...))
	f.Add(slices.Concat(walkedID3(20), sound, walkedJunk(30, 1), sound, walkedAPE([]byte("\x01\x00\x00\x00\x00\x00\x00\x00Key\x00x"), true)))
	f.Add(slices.Concat(sound, walkedMP3(0xfff34044, 4), walkedID3(9), sound[:100], append([]byte("TAG"), make([]byte, 125)...)))
	f.Add([]byte("LYRICSBEGINxLYRICSEND"))
	f.Fuzz(func(t *testing.T, b []byte) { walkedFuzz(t, b, findMP3, openMP3, MP3) })
}

// walkedFuzz opens bytes as a format, and reads all frames when that works.
func walkedFuzz(t *testing.T, b []byte, find func(*window, int64) (int64, bool), open func(*window, *Index, int64) error, kind Format) {
	w := newWindow(context.Background(), bytes.NewReader(b), int64(len(b)))
	at, ok := find(w, skipID3(w, 0))
	if !ok {
		return
	}
	if at >= int64(len(b)) {
		t.Fatalf("found at %d of %d", at, len(b))
	}
	x := &Index{Format: kind, Size: int64(len(b))}
	if err := open(w, x, at); err != nil {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		return
	}
	if _, err := walkedAll(x, b); err != nil {
		t.Fatal(err)
	}
}

// mp3Large is a file of 133 MB.
func mp3Large() []byte { return bytes.Repeat(walkedMP3(mp3Test, 3200), 100) }

func BenchmarkOpenMP3(b *testing.B) { walkedBench(b, mp3Large()) }

// walkedFile puts bytes into a file, which is in the page cache then.
func walkedFile(b *testing.B, file []byte) *os.File {
	b.Helper()
	f, err := os.Open(walkedPut(b, file))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return f
}

func walkedBench(b *testing.B, file []byte) {
	src := walkedFile(b, file)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(context.Background(), src, int64(len(file))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFramesMP3(b *testing.B) {
	file := mp3Large()
	src := walkedFile(b, file)
	x, err := Open(context.Background(), src, int64(len(file)))
	if err != nil {
		b.Fatal(err)
	}
	r := &x.Audio.Runs[0]
	b.ReportAllocs()
	k := 0
	for b.Loop() {
		if _, err := x.Frames(context.Background(), src, r, k%r.Segments()); err != nil {
			b.Fatal(err)
		}
		k += 7
	}
}
