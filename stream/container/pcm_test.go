package container

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
)

func sumMD5(b []byte) [16]byte { return md5.Sum(b) }

// mustBecome converts a file and has it decoded.
func mustBecome(t *testing.T, file, want []byte, rate uint32) {
	t.Helper()
	out, err := convertBytes(t, file)
	if err != nil {
		t.Fatal(err)
	}
	got, r, err := decodeFLAC(out)
	if err != nil || r != rate {
		t.Fatalf("rate %d, want %d, %v", r, rate, err)
	}
	if !bytes.Equal(got, want) {
		n := 0
		for n < min(len(got), len(want)) && got[n] == want[n] {
			n++
		}
		t.Fatalf("%d bytes of sound, want %d, differ at %d", len(got), len(want), n)
	}
}

func TestSoundOfAnyShapeSurvives(t *testing.T) {
	for _, width := range []int{1, 2, 3} {
		for channels := 1; channels <= 8; channels++ {
			for _, samples := range []int{1, 4, 5, 6, 255, 257, 4095, 4096, 4097, 8208, 13001} {
				if channels > 2 && samples%4096 != 1 {
					continue
				}
				le := randomSound(uint64(samples), samples, channels, width)
				file := aiffFile("AIFF", aiffCommon(channels, uint32(samples), 8*width, ""), aiffSound(reversed(le, width)))
				if width > 1 {
					file = goodWAV(wavFormat{wavPCM, channels, 8 * width, 44100}, le)
				}
				mustBecome(t, file, le, 44100)
			}
		}
	}
}

func TestHardSoundSurvives(t *testing.T) {
	limit := int32(1<<23 - 1)
	for name, at := range map[string]func(i, c int) int32{
		"silence":         func(int, int) int32 { return 0 },
		"constant":        func(_, c int) int32 { return -limit - 1 + int32(c) },
		"square":          func(i, c int) int32 { return []int32{limit, -limit - 1}[(i+c)%2] },
		"one click":       func(i, _ int) int32 { return map[bool]int32{true: -limit - 1}[i == 2000] },
		"clicks":          func(i, _ int) int32 { return map[bool]int32{true: limit}[i%64 == 0] },
		"ramp":            func(i, c int) int32 { return int32(i*3 - c) },
		"parabola":        func(i, _ int) int32 { return int32(i*i/3 - 1<<22) },
		"one channel":     func(i, c int) int32 { return int32(c * (i * 7919 % 65536)) },
		"opposite":        func(i, c int) int32 { return int32(1-2*c) * int32(i*7919%65536) },
		"wasted bits":     func(i, _ int) int32 { return int32(i*7919%4096-2048) << 12 },
		"only a sign":     func(i, _ int) int32 { return -(limit + 1) * int32(i*i%7%2) },
		"noise":           func(i, c int) int32 { return int32(uint32(i*4+c+1)*2654435761) >> 8 },
		"noise of a side": func(i, c int) int32 { return int32(uint32(i*4+c+1)*2654435761)>>24 + int32(i%100)*1000 },
	} {
		t.Run(name, func(t *testing.T) {
			var le []byte
			for i := range 5000 {
				for c := range 2 {
					le = append(le, binary.LittleEndian.AppendUint32(nil, uint32(at(i, c)))[:3]...)
				}
			}
			mustBecome(t, goodWAV(wavFormat{wavPCM, 2, 24, 48000}, le), le, 48000)
		})
	}
}

func TestCodeThatIsLargerThanTheSoundIsNotWritten(t *testing.T) {
	noise := make([]byte, 1<<16)
	for i := range noise {
		noise[i] = byte(uint32(i+1) * 2654435761 >> 24)
	}
	out, err := convertBytes(t, goodWAV(wavFormat{wavPCM, 2, 16, 44100}, noise))
	if most := len(noise) + len(noise)/100 + 100; err != nil || len(out) > most {
		t.Fatalf("%d bytes became %d, %v", len(noise), len(out), err)
	}
}

func TestEveryRateIsStated(t *testing.T) {
	le := randomSound(1, 300, 1, 2)
	for _, rate := range []uint32{1, 8000, 11025, 22050, 37800, 44056, 44100, 48000, 65535, 88200, 96000, 176400, 192000, 255000, 352800, 384000, 655350, 655351, 768000, maxFLACRate} {
		mustBecome(t, goodWAV(wavFormat{wavPCM, 1, 16, rate}, le), le, rate)
	}
}

func TestSamplesAreReadInEveryOrderAndSize(t *testing.T) {
	le := binary.LittleEndian
	unsigned8 := []byte{0, 1, 127, 128, 129, 255}
	signed8 := []byte{0x80, 0x81, 0xff, 0, 1, 0x7f}
	s16, s24 := randomSound(2, 500, 2, 2), randomSound(3, 500, 2, 3)
	var s32 []byte
	for i := 0; i < len(s24); i += 3 {
		s32 = append(append(s32, 0), s24[i:i+3]...)
	}
	floats := []float64{0, 1, -1, 0.5, -0.25, 1.5, -7, math.NaN(), math.Inf(1), math.Inf(-1), 1.0 / (1 << 24), 3.0 / (1 << 24), 1 - 1.0/(1<<24), math.SmallestNonzeroFloat64, -1.0 / (1 << 23)}
	ints := []int32{0, 1<<23 - 1, -1 << 23, 1 << 22, -1 << 21, 1<<23 - 1, -1 << 23, 0, 1<<23 - 1, -1 << 23, 0, 2, 1<<23 - 1, 0, -1}
	var f32, f64, fints []byte
	for i, v := range floats {
		f32 = le.AppendUint32(f32, math.Float32bits(float32(v)))
		f64 = le.AppendUint64(f64, math.Float64bits(v))
		fints = append(fints, le.AppendUint32(nil, uint32(ints[i]))[:3]...)
	}
	extensible := func(bits, valid int, mask uint32, code byte, sound []byte) []byte {
		f := wavFormat{wavExtensible, 2, bits, 44100}.chunk()[8:]
		f = le.AppendUint16(le.AppendUint16(f, 22), uint16(valid))
		f = append(le.AppendUint32(f, mask), code, 0)
		f = append(f, wavSubFormat...)
		return bytes.Join([][]byte{[]byte("RIFF\x00\x00\x00\x00WAVE"), riffChunk(le, "fmt ", f), riffChunk(le, "data", sound)}, nil)
	}
	aifc := func(kind string, channels, bits int, sound []byte) []byte {
		width := (bits + 7) / 8
		return aiffFile("AIFC", aiffCommon(channels, uint32(len(sound)/width/channels), bits, kind), aiffSound(sound))
	}
	for name, c := range map[string]struct{ file, want []byte }{
		"wav 8":               {goodWAV(wavFormat{wavPCM, 1, 8, 44100}, unsigned8), signed8},
		"wav 16":              {goodWAV(wavFormat{wavPCM, 2, 16, 44100}, s16), s16},
		"wav 12":              {goodWAV(wavFormat{wavPCM, 2, 12, 44100}, s16), s16},
		"wav 24":              {goodWAV(wavFormat{wavPCM, 2, 24, 44100}, s24), s24},
		"wav 20":              {goodWAV(wavFormat{wavPCM, 2, 20, 44100}, s24), s24},
		"wav 32":              {goodWAV(wavFormat{wavPCM, 2, 32, 44100}, s32), s24},
		"wav float 32":        {goodWAV(wavFormat{wavFloat, 1, 32, 44100}, f32), fints},
		"wav float 64":        {goodWAV(wavFormat{wavFloat, 1, 64, 44100}, f64), fints},
		"extensible":          {extensible(24, 20, 3, 1, s24), s24},
		"extensible 24 in 32": {extensible(32, 24, 0, 1, s32), s24},
		"extensible float":    {extensible(32, 32, 3, 3, append(f32, 0, 0, 0, 0)), append(fints, 0, 0, 0)},
		"aiff 8":              {aiffFile("AIFF", aiffSound(signed8), aiffCommon(1, 6, 8, "")), signed8},
		"aiff 16":             {aiffFile("AIFF", aiffCommon(2, 500, 16, ""), aiffSound(reversed(s16, 2))), s16},
		"aiff 24":             {aiffFile("AIFF", aiffCommon(2, 500, 24, ""), aiffSound(reversed(s24, 3))), s24},
		"aiff 32":             {aiffFile("AIFF", aiffCommon(2, 500, 32, ""), aiffSound(reversed(s32, 4))), s24},
		"aifc NONE":           {aifc("NONE", 2, 16, reversed(s16, 2)), s16},
		"aifc twos":           {aifc("twos", 2, 16, reversed(s16, 2)), s16},
		"aifc sowt":           {aifc("sowt", 2, 16, s16), s16},
		"aifc raw":            {aifc("raw ", 1, 8, unsigned8), signed8},
		"aifc in24":           {aifc("in24", 2, 24, reversed(s24, 3)), s24},
		"aifc in32":           {aifc("in32", 2, 32, reversed(s32, 4)), s24},
		"aifc fl32":           {aifc("fl32", 1, 32, reversed(f32, 4)), fints},
		"aifc FL64":           {aifc("FL64", 1, 64, reversed(f64, 8)), fints},
	} {
		t.Run(name, func(t *testing.T) { mustBecome(t, c.file, c.want, 44100) })
	}
}

func TestLengthsThatLieMeanTheEndOfTheFile(t *testing.T) {
	le := binary.LittleEndian
	f := wavFormat{wavPCM, 2, 16, 44100}
	sound := randomSound(4, 6000, 2, 2)
	list := riffChunk(le, "LIST", []byte("INFOodd"))
	tail := riffChunk(le, "LIST", []byte("INFO"))
	rf64 := func(long uint64) []byte {
		ds := riffChunk(le, "ds64", append(le.AppendUint64(make([]byte, 8), long), make([]byte, 12)...))
		return bytes.Join([][]byte{[]byte("RF64\xff\xff\xff\xffWAVE"), ds, f.chunk(), []byte("data\xff\xff\xff\xff"), sound}, nil)
	}
	all := uint32(len(sound))
	wide := aiffCommon(2, 9000, 16, "")
	be := reversed(sound, 2)
	for name, c := range map[string]struct {
		file  []byte
		bytes int
		note  string
	}{
		"the truth":        {append(wavFile(f, all, sound, list), tail...), len(sound), ""},
		"0":                {wavFile(f, 0, sound), len(sound), "does not say"},
		"0xffffffff":       {wavFile(f, 0xffffffff, sound), len(sound), "does not say"},
		"too long":         {wavFile(f, all+400, sound), len(sound), "ends before"},
		"cut in a sample":  {wavFile(f, all, sound[:4001]), 4000, "ends before"},
		"half a frame":     {wavFile(f, 4002, sound[:4002]), 4000, ""},
		"less than all":    {wavFile(f, 4000, sound), 4000, ""},
		"RF64":             {append(rf64(uint64(all)), tail...), len(sound), ""},
		"RF64 of 0":        {rf64(0), len(sound), "does not say"},
		"RF64 of too much": {rf64(1 << 63), len(sound), "ends before"},
		"RF64 cut":         {rf64(uint64(all))[:len(rf64(0))-1], len(sound) - 4, "ends before"},
		"AIFF cut":         {aiffFile("AIFF", wide, aiffSound(be[:4001])), 4000, "ends before"},
		"AIFF of 0":        {append(aiffFile("AIFF", aiffCommon(2, 0, 16, "")), append([]byte("SSND"), append(make([]byte, 12), be...)...)...), len(sound), "does not say"},
		"AIFF with offset": {aiffFile("AIFF", aiffCommon(2, 1000, 16, ""), riffChunk(binary.BigEndian, "SSND", append([]byte("\x00\x00\x00\x03\x00\x00\x00\x00abc"), be...))), 4000, ""},
	} {
		t.Run(name, func(t *testing.T) {
			mustBecome(t, c.file, sound[:c.bytes], 44100)
			notes := strings.Join(PCMNotes(t.Context(), bytes.NewReader(c.file), int64(len(c.file))), "; ")
			if (notes == "") != (c.note == "") || !strings.Contains(notes, c.note) {
				t.Errorf("notes %q, want %q", notes, c.note)
			}
		})
	}
}

func TestWhatIsNoSoundIsRefusedWithAReason(t *testing.T) {
	le := binary.LittleEndian
	s := make([]byte, 4000)
	use32 := append(make([]byte, 4000), 1, 0, 0, 0)
	strange := le.AppendUint16(wavFormat{wavExtensible, 2, 16, 44100}.chunk()[8:], 22)
	strange = append(strange, make([]byte, 22)...)
	for name, c := range map[string]struct {
		file   []byte
		kind   error
		reason string
	}{
		"nothing":        {nil, ErrNotMedia, "neither"},
		"MP3":            {bytes.Repeat([]byte("\xff\xfb\x90\x00"), 99), ErrNotMedia, "neither"},
		"AVI":            {[]byte("RIFF\x00\x00\x00\x00AVI LIST"), ErrNotMedia, "neither"},
		"no chunks":      {[]byte("RIFF\x00\x00\x00\x00WAVE"), ErrBroken, "no sound"},
		"only a format":  {append([]byte("RIFF\x00\x00\x00\x00WAVE"), wavFormat{wavPCM, 2, 16, 1}.chunk()...), ErrBroken, "no sound"},
		"only sound":     {append([]byte("RIFF\x00\x00\x00\x00WAVE"), riffChunk(le, "data", s)...), ErrBroken, "before"},
		"short format":   {[]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00"), ErrBroken, "cut short"},
		"empty sound":    {wavFile(wavFormat{wavPCM, 2, 16, 44100}, 0, nil), ErrBroken, "no sound"},
		"half a frame":   {wavFile(wavFormat{wavPCM, 2, 16, 44100}, 4, s[:3]), ErrBroken, "no sound"},
		"ADPCM":          {goodWAV(wavFormat{2, 2, 4, 44100}, s), ErrUnsupported, "0x0002"},
		"mu-law":         {goodWAV(wavFormat{7, 1, 8, 8000}, s), ErrUnsupported, "0x0007"},
		"other GUID":     {append(append([]byte("RIFF\x00\x00\x00\x00WAVE"), riffChunk(le, "fmt ", strange)...), riffChunk(le, "data", s)...), ErrUnsupported, "not known"},
		"no channels":    {goodWAV(wavFormat{wavPCM, 0, 16, 44100}, s), ErrBroken, "no channels"},
		"nine channels":  {goodWAV(wavFormat{wavPCM, 9, 16, 44100}, s), ErrUnsupported, "9 channels"},
		"rate 0":         {goodWAV(wavFormat{wavPCM, 2, 16, 0}, s), ErrBroken, "rate is 0"},
		"too fast":       {goodWAV(wavFormat{wavPCM, 2, 16, 1 << 20}, s), ErrUnsupported, "1048576 Hz"},
		"bits 0":         {goodWAV(wavFormat{wavPCM, 2, 0, 44100}, s), ErrBroken, "0 bits"},
		"bits 33":        {goodWAV(wavFormat{wavPCM, 2, 33, 44100}, s), ErrBroken, "33 bits"},
		"float 16":       {goodWAV(wavFormat{wavFloat, 2, 16, 44100}, s), ErrBroken, "floats of 16"},
		"24 in 32":       {bytes.Replace(goodWAV(wavFormat{wavPCM, 2, 24, 44100}, s), []byte{6, 0, 24, 0}, []byte{8, 0, 24, 0}, 1), ErrUnsupported, "are 8 bytes"},
		"true 32":        {goodWAV(wavFormat{wavPCM, 1, 32, 44100}, use32), ErrUnsupported, "more than 24"},
		"true 32 AIFF":   {aiffFile("AIFF", aiffCommon(1, 1001, 32, ""), aiffSound(reversed(use32, 4))), ErrUnsupported, "more than 24"},
		"AIFC ima4":      {aiffFile("AIFC", aiffCommon(2, 10, 16, "ima4"), aiffSound(s)), ErrUnsupported, "ima4"},
		"AIFF no sound":  {aiffFile("AIFF", aiffCommon(2, 10, 16, "")), ErrBroken, "no sound"},
		"AIFF no common": {aiffFile("AIFF", aiffSound(s)), ErrBroken, "no sound"},
		"AIFF common":    {aiffFile("AIFF", riffChunk(binary.BigEndian, "COMM", s[:17])), ErrBroken, "cut short"},
		"AIFF rate":      {bytes.Replace(aiffFile("AIFF", aiffCommon(2, 10, 16, ""), aiffSound(s)), []byte("\x40\x0e"), []byte("\xc0\x0e"), 1), ErrBroken, "no number"},
		"AIFF offset":    {aiffFile("AIFF", aiffCommon(2, 10, 16, ""), riffChunk(binary.BigEndian, "SSND", append([]byte("\xff\xff\xff\xff\x00\x00\x00\x00"), s...))), ErrBroken, "behind"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := convertBytes(t, c.file)
			e, ok := errors.AsType[*Error](err)
			if !ok || !errors.Is(err, c.kind) || !strings.Contains(e.Reason, c.reason) {
				t.Fatalf("err = %v, want %v with %q", err, c.kind, c.reason)
			}
		})
	}
}

func TestPCMIsKnownByItsBytes(t *testing.T) {
	f := func(file []byte, want string) {
		t.Helper()
		if got, ok := PCM(bytes.NewReader(file), int64(len(file))); got != want || ok != (want != "") {
			t.Errorf("%.12q: %q, %v, want %q", file, got, ok, want)
		}
	}
	f(goodWAV(wavFormat{wavPCM, 2, 16, 44100}, nil), "wav")
	f([]byte("RF64....WAVE"), "wav")
	f([]byte("FORM....AIFC"), "aiff")
	f(append([]byte("ID3\x04\x00\x00\x00\x00\x00\x01x"), "FORM....AIFF"...), "aiff")
	f([]byte("RIFF....WAV"), "")
	f([]byte("RIFF....WEBP"), "")
	f([]byte("fLaC........"), "")
	f(nil, "")
}

func TestRatesOfAIFFAreRounded(t *testing.T) {
	f := func(b string, want uint32, ok bool) {
		t.Helper()
		if got, o := extended([]byte(b)); got != want || o != ok {
			t.Errorf("%x = %d, %v, want %d, %v", b, got, o, want, ok)
		}
	}
	f("\x40\x0e\xac\x44\x00\x00\x00\x00\x00\x00", 44100, true)
	f("\x40\x0f\xbb\x80\x00\x00\x00\x00\x00\x00", 96000, true)
	f("\x40\x0d\xad\xdd\x17\x45\xd1\x74\x5d\x17", 22255, true) // 22254.54
	f("\x3f\xff\x80\x00\x00\x00\x00\x00\x00\x00", 1, true)
	f("\x40\x12\xff\xff\xf0\x00\x00\x00\x00\x00", maxFLACRate, true)
	f("\x40\x12\xff\xff\xff\xff\xff\xff\xff\xff", maxFLACRate+1, true)
	f("\x40\x3e\xff\xff\xff\xff\xff\xff\xff\xff", maxFLACRate+1, true)
	f("\x7f\xfe\xff\xff\xff\xff\xff\xff\xff\xff", maxFLACRate+1, true)
	f("\x3f\xfd\x80\x00\x00\x00\x00\x00\x00\x00", 0, true)
	f("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 0, true)
	f("\x40\x0e\x00\x00\x00\x00\x00\x00\x00\x00", 0, true)
	f("\x7f\xff\x80\x00\x00\x00\x00\x00\x00\x00", 0, false)
	f("\xc0\x0e\xac\x44\x00\x00\x00\x00\x00\x00", 0, false)
}

// Other bytes than these change every address of a converted file: the version
// of the packager must be raised with them.
func TestSameFileGivesSameBytesOnEveryMachine(t *testing.T) {
	h := sha256.New()
	for _, f := range []wavFormat{{wavPCM, 2, 16, 44100}, {wavPCM, 1, 24, 96000}, {wavPCM, 6, 16, 48000}} {
		out, err := convertBytes(t, goodWAV(f, randomSound(5, 9_000, f.channels, f.bits/8)))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = h.Write(out)
	}
	const want = "ab92772d33202e75edbdfafe2e073cbb5997ea279cdd41884a09c340aa17ae9f"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Fatalf("sha256 %s, want %s", got, want)
	}
}

func TestConversionBeginsWhereTheFileStands(t *testing.T) {
	file := goodWAV(wavFormat{wavPCM, 2, 16, 44100}, randomSound(6, 5000, 2, 2))
	alone, err := convertBytes(t, file)
	if err != nil {
		t.Fatal(err)
	}
	out := buffer{b: []byte(strings.Repeat("x", 1<<17)), at: 3}
	if err := Convert(t.Context(), &out, bytes.NewReader(file), int64(len(file))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.b[3:3+len(alone)], alone) || out.at != int64(3+len(alone)) || string(out.b[:3]) != "xxx" || out.b[3+len(alone)] != 'x' {
		t.Fatalf("differs; stands at %d, want %d", out.at, 3+len(alone))
	}
}

// endlessWAV is a file of any length: a head, and then a ramp.
type endlessWAV struct {
	head []byte
	read func(off int64) error
}

func (e endlessWAV) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		p[i] = byte((off + int64(i)) * 7 >> 3)
	}
	if off < int64(len(e.head)) {
		copy(p, e.head[off:])
	}
	return len(p), e.read(off)
}

type discard struct{ at int64 }

func (d *discard) Write(p []byte) (int, error) { d.at += int64(len(p)); return len(p), nil }

func (d *discard) Seek(off int64, whence int) (int64, error) {
	if whence == io.SeekStart {
		d.at = off
	}
	return d.at, nil
}

func TestCancelledConversionEndsAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var cancelled time.Time
	src := endlessWAV{wavFile(wavFormat{wavPCM, 2, 16, 44100}, 0, nil), func(off int64) error {
		if off > 1<<20 && cancelled.IsZero() {
			cancelled = time.Now()
			cancel()
		}
		return nil
	}}
	err := Convert(ctx, &discard{}, src, 1<<50)
	if took := time.Since(cancelled); !errors.Is(err, context.Canceled) || took > time.Second {
		t.Fatalf("%v after %v", err, took)
	}
}

func TestErrorsOfTheDiskAreNotTheFilesFault(t *testing.T) {
	bad := errors.New("bad sector")
	src := endlessWAV{wavFile(wavFormat{wavPCM, 2, 16, 44100}, 0, nil), func(off int64) error { return nil }}
	failing := readerFunc(func(p []byte, off int64) (int, error) {
		if off > 1<<19 {
			return 0, bad
		}
		return src.ReadAt(p, off)
	})
	if err := Convert(t.Context(), &discard{}, failing, 1<<21); !errors.Is(err, bad) {
		t.Errorf("reading: %v", err)
	}
	if err := Convert(t.Context(), failingWriter{bad}, src, 1<<21); !errors.Is(err, bad) {
		t.Errorf("writing: %v", err)
	}
	short := readerFunc(func(p []byte, off int64) (int, error) {
		if off > 1<<19 {
			return 0, io.EOF
		}
		return src.ReadAt(p, off)
	})
	if err := Convert(t.Context(), &discard{}, short, 1<<21); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that was cut meanwhile: %v", err)
	}
}

type readerFunc func([]byte, int64) (int, error)

func (f readerFunc) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error)      { return 0, w.err }
func (w failingWriter) Seek(int64, int) (int64, error) { return 0, nil }

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	for _, f := range []wavFormat{{wavPCM, 2, 16, 44100}, {wavFloat, 8, 64, 44100}} {
		var before, now runtime.MemStats
		most := uint64(0)
		src := endlessWAV{wavFile(f, 0, nil), func(int64) error { // at every window
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
			return nil
		}}
		runtime.GC()
		runtime.ReadMemStats(&before)
		if err := Convert(t.Context(), &discard{}, src, 4<<20); err != nil {
			t.Fatal(err)
		}
		if most > before.HeapAlloc+3<<19 {
			t.Errorf("%+v: %d KiB were in use for 4 MiB", f, (most-before.HeapAlloc)>>10)
		}
	}
}

func FuzzConvert(f *testing.F) {
	s := randomSound(7, 70, 2, 2)
	le := binary.LittleEndian
	ds := riffChunk(le, "ds64", append(le.AppendUint64(make([]byte, 8), uint64(len(s))), make([]byte, 12)...))
	for _, file := range [][]byte{
		goodWAV(wavFormat{wavPCM, 2, 16, 44100}, s), goodWAV(wavFormat{wavPCM, 1, 8, 8000}, s), goodWAV(wavFormat{wavPCM, 3, 24, 48000}, s),
		goodWAV(wavFormat{wavPCM, 1, 32, 96000}, make([]byte, 400)), goodWAV(wavFormat{wavFloat, 1, 32, 96000}, s), goodWAV(wavFormat{wavFloat, 1, 64, 655351}, s),
		wavFile(wavFormat{wavPCM, 2, 16, 44100}, 0xffffffff, s, riffChunk(le, "LIST", s[:5])),
		append(append([]byte("RF64\xff\xff\xff\xffWAVE"), ds...), goodWAV(wavFormat{wavPCM, 1, 16, 44100}, s)[12:]...),
		aiffFile("AIFF", aiffCommon(2, 70, 16, ""), aiffSound(s)), aiffFile("AIFC", aiffSound(s), aiffCommon(2, 70, 16, "sowt")),
		aiffFile("AIFC", aiffCommon(1, 70, 32, "fl32"), aiffSound(s)), aiffFile("AIFC", aiffCommon(1, 70, 8, "raw "), aiffSound(s)),
	} {
		f.Add(file, byte(0))
	}
	f.Add(wavFile(wavFormat{wavPCM, 2, 16, 44100}, 0, s), byte(200))
	f.Add(wavFile(wavFormat{wavPCM, 1, 24, 44100}, 0, s), byte(100))
	f.Fuzz(func(t *testing.T, file []byte, times byte) {
		// Whole blocks are longer than what a fuzzer likes to think of.
		file = append(bytes.Clone(file), bytes.Repeat(file[len(file)-min(len(file), 200):], int(times))...)
		out, err := convertBytes(t, file)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("an error that is not the file's: %v", err)
			}
			return
		}
		if _, _, err := decodeFLAC(out); err != nil {
			t.Fatalf("what was written is no FLAC: %v", err)
		}
		if _, ok := PCM(bytes.NewReader(file), int64(len(file))); !ok {
			t.Fatal("converted what is no PCM")
		}
		if again, err := convertBytes(t, file); err != nil || !bytes.Equal(again, out) {
			t.Fatalf("differs when done again, %v", err)
		}
	})
}

func BenchmarkConvert(b *testing.B) {
	for _, f := range []wavFormat{{wavPCM, 2, 16, 44100}, {wavPCM, 2, 24, 96000}, {wavFloat, 2, 32, 48000}} {
		b.Run(fmt.Sprintf("%d-%d-%d", f.code, f.channels, f.bits), func(b *testing.B) {
			file := goodWAV(f, melody(f, 10))
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			var d discard
			for b.Loop() {
				d = discard{}
				if err := Convert(b.Context(), &d, bytes.NewReader(file), int64(len(file))); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(100*float64(d.at)/float64(len(file)), "%size")
		})
	}
}

// melody is seconds of chords with a little noise, as unlike noise and as unlike
// silence as music is.
func melody(f wavFormat, seconds int) []byte {
	var b []byte
	noise := uint32(1)
	for i := range int(f.rate) * seconds {
		for c := range f.channels {
			v := 0.0
			for k, hz := range []float64{220, 277.2, 329.6, 880, 1760} {
				v += math.Sin(2*math.Pi*hz*float64(i)/float64(f.rate)+float64(c)/3) * 0.1 / float64(k+1)
			}
			noise = noise*1664525 + 1013904223
			v += (float64(noise>>8)/(1<<24) - 0.5) * 0.004
			if f.code == wavFloat {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
				continue
			}
			s := uint32(int32(v * float64(int64(1)<<(f.bits-1))))
			b = append(b, binary.LittleEndian.AppendUint32(nil, s)[:f.bits/8]...)
		}
	}
	return b
}
