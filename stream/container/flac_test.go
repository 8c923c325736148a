package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFLACFramesAreThoseOfFFmpeg(t *testing.T) {
	cases := []struct {
		probeRecipe
		rate, channels, bits int
	}{
		{probeRecipe{"44.1 kHz", "sine=d=13:r=44100", "-ac 2"}, 44100, 2, 16},
		{probeRecipe{"noise", "anoisesrc=d=7:c=white:a=1:r=44100:seed=1", "-sample_fmt s16"}, 44100, 1, 16},
		{probeRecipe{"noise of 24 bits", "anoisesrc=d=3:c=white:a=1:r=48000:seed=1", "-ac 2"}, 48000, 2, 24},
		{probeRecipe{"96 kHz 24 bits", "anoisesrc=d=3:r=96000:a=0.3:seed=2", "-ac 2 -sample_fmt s32 -bits_per_raw_sample 24"}, 96000, 2, 24},
		{probeRecipe{"192 kHz", "sine=d=7:r=192000", "-sample_fmt s32 -bits_per_raw_sample 24"}, 192000, 1, 24},
		{probeRecipe{"8 kHz", "sine=d=20:r=8000", ""}, 8000, 1, 16},
		{probeRecipe{"surround", "anoisesrc=d=3:r=48000:a=0.1:seed=3", "-ac 6 -sample_fmt s16"}, 48000, 6, 16},
		{probeRecipe{"level 0", "anoisesrc=d=3:r=44100:a=0.2:seed=4", "-ac 2 -sample_fmt s16 -compression_level 0"}, 44100, 2, 16},
		{probeRecipe{"level 12", "anoisesrc=d=3:r=44100:a=0.2:seed=4", "-ac 2 -sample_fmt s16 -compression_level 12"}, 44100, 2, 16},
		{probeRecipe{"blocks of 4608", "anoisesrc=d=3:r=44100:a=0.2:seed=5", "-ac 2 -sample_fmt s16 -frame_size 4608"}, 44100, 2, 16},
		{probeRecipe{"blocks of 16", "anoisesrc=d=7:r=8000:a=0.2:seed=6", "-sample_fmt s16 -frame_size 16"}, 8000, 1, 16},
		{probeRecipe{"blocks of 65535", "anoisesrc=d=7:r=44100:a=0.2:seed=7", "-sample_fmt s16 -frame_size 65535"}, 44100, 1, 16},
		{probeRecipe{"frames of a megabyte", "anoisesrc=d=3:r=48000:a=0.9:c=white:seed=8", "-ac 6 -frame_size 65535"}, 48000, 6, 24},
		{probeRecipe{"one short block", "sine=d=0.01:r=44100", ""}, 44100, 1, 16},
		{probeRecipe{"silence", "anullsrc=d=60:r=44100:cl=stereo", ""}, 44100, 2, 16},
		{probeRecipe{"an odd rate", "sine=d=20:r=12345", ""}, 12345, 1, 16},
	}
	var recipes []probeRecipe
	for _, c := range cases {
		recipes = append(recipes, c.probeRecipe)
	}
	paths := probeMakeAll(t, ".flac", recipes)
	seen := probeSee(t, paths...)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x := probeJudge(t, paths[i], seen[i])
			r := &x.Audio.Runs[0]
			if x.Format != FLAC || x.Audio.Codec != CodecFLAC || r.Codecs != "fLaC" || r.Gapless != "exact" || r.Roll != 0 || len(x.Notes) != 0 {
				t.Errorf("index is %+v", x)
			}
			if int(r.Rate) != c.rate || r.SampleRate != c.rate || r.Channels != c.channels || r.Bits != c.bits {
				t.Errorf("%d Hz, %d channels, %d bits", r.Rate, r.Channels, r.Bits)
			}
		})
	}
}

func TestFLACMetadataIsLeaptOver(t *testing.T) {
	path := probeMake(t, "a.flac", "-f", "lavfi", "-i", "anoisesrc=d=7:r=16000:seed=1")
	data := probeRead(t, path)
	x := probeMustOpen(t, data)
	// Seek table, padding, application blocks and a big picture, and ID3v2 in front; the tags of
	// other formats behind.
	blocks := []byte("fLaC")
	blocks = append(blocks, data[4:8+34]...)
	for _, kind := range []byte{3, 1, 2, 1} {
		blocks = append(blocks, kind, 0x00, 0x46, 0x50)
		blocks = append(blocks, bytes.Repeat([]byte{0xff, 0xf8}, 9000)...)
	}
	picture := make([]byte, 5<<20)
	for i := range picture {
		picture[i] = byte(i * i >> 7)
	}
	blocks = append(append(blocks, 6, 0x50, 0, 0), picture...)
	odd := append([]byte("ID3\x04\x00\x00\x00\x00\x01\x00"), make([]byte, 128)...)
	odd = append(odd, blocks...)
	odd = append(odd, data[42:]...)
	if data[4]&0x80 != 0 {
		t.Fatal("ffmpeg writes no other metadata")
	}
	end := len(odd)
	ape := append([]byte("APETAGEX\xd0\x07\x00\x00\x28\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"), make([]byte, 16)...)
	copy(ape[24:], "\xff\xf8\xff\xf8") // any bytes
	foot := []byte("APETAGEX\xd0\x07\x00\x00\x28\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00")
	odd = append(odd, ape[:32]...)
	odd = append(odd, "12345678"...)
	odd = append(odd, foot[:32]...)
	odd = append(odd, append([]byte("TAG"), make([]byte, 125)...)...)
	y := probeMustOpen(t, odd)
	a, b := probeAll(t, data, x, true)[0], probeAll(t, odd, y, true)[0]
	if len(a) != len(b) || a[len(a)-1] != b[len(b)-1] || len(y.Notes) != 0 {
		t.Errorf("%d frames, the last %+v; %d frames, the last %+v; notes %q", len(a), a[len(a)-1], len(b), b[len(b)-1], y.Notes)
	}
	if r := y.Audio.Runs[0]; r.Cuts[len(r.Cuts)-1].Offset != int64(end) {
		t.Errorf("the frames end at %d, want %d", r.Cuts[len(r.Cuts)-1].Offset, end)
	}
}

func TestFLACZerosBehindTheLastFrameAreNoneOfIt(t *testing.T) {
	m := &flacMaker{}
	m.start(1000, 1000, 3000)
	for range 3 {
		m.frame(bytes.Repeat([]byte{1, 2}, 1000))
	}
	for _, n := range []int{100, 100_000, 5 << 20} {
		data := append(bytes.Clone(m.out.Bytes()), make([]byte, n)...)
		x := probeMustOpen(t, data)
		frames := probeAll(t, data, x, false)[0]
		if p := frames[2]; len(frames) != 3 || p.size > frames[1].size+2 || len(x.Notes) != 0 {
			t.Errorf("%d zeros: %d frames, the last %+v, notes %q", n, len(frames), p, x.Notes)
		}
	}
}

func TestFLACTotalIsNotBelieved(t *testing.T) {
	path := probeMake(t, "a.flac", "-f", "lavfi", "-i", "anoisesrc=d=9:r=44100:seed=1")
	data := probeRead(t, path)
	set := func(total uint64) *Index {
		b := bytes.Clone(data)
		x := binary.BigEndian.Uint64(b[8+10:])
		binary.BigEndian.PutUint64(b[8+10:], x&^(1<<36-1)|total)
		return probeMustOpen(t, b)
	}
	x := set(0)
	if n := x.Audio.Runs[0].Duration; n != 9*44100 || len(x.Notes) != 0 {
		t.Errorf("%d samples with no total, notes %q", n, x.Notes)
	}
	if e := x.Audio.Runs[0].Entry; binary.BigEndian.Uint64(e[52+10:])&(1<<36-1) != 0 {
		t.Error("the entry has a total that the file has not")
	}
	x = set(5)
	if n := x.Audio.Runs[0].Duration; n != 9*44100 || len(x.Notes) != 1 {
		t.Errorf("%d samples with a wrong total, notes %q", n, x.Notes)
	}
}

func TestFLACEntryIsStreamInfo(t *testing.T) {
	path := probeMake(t, "a.flac", "-f", "lavfi", "-i", "anoisesrc=d=1:r=96000:seed=1", "-ac", "2")
	data := probeRead(t, path)
	e := probeMustOpen(t, data).Audio.Runs[0].Entry
	if string(e[4:8]) != "fLaC" || string(e[40:44]) != "dfLa" || !bytes.Equal(e[44:52], []byte{0, 0, 0, 0, 0x80, 0, 0, 34}) {
		t.Fatalf("entry is %x", e)
	}
	if !bytes.Equal(e[52:86], data[8:42]) || len(e) != 86 {
		t.Errorf("STREAMINFO is %x", e[52:])
	}
	if e[24] != 0 || e[25] != 2 || binary.BigEndian.Uint32(e[32:]) != 48000<<16 {
		t.Errorf("%d channels, rate %x", e[25], e[32:36])
	}

	// The comment that tells the speakers apart goes with it.
	const mask = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x3f"
	path = probeMake(t, "b.flac", "-f", "lavfi", "-i", "anoisesrc=d=1:r=48000:seed=1", "-metadata", "title=A", "-ac", "6")
	e = probeMustOpen(t, probeRead(t, path)).Audio.Runs[0].Entry
	if e[48] != 0 || e[86] != 0x84 || !strings.HasSuffix(string(e), "\x01\x00\x00\x00\x26\x00\x00\x00"+mask) || int(e[89]) != len(e)-90 || int(e[39]) != len(e)-36 {
		t.Errorf("entry with a mask is %x", e)
	}
}

func TestFLACFlippedBitCostsOneFrame(t *testing.T) {
	path := probeMake(t, "a.flac", "-f", "lavfi", "-i", "anoisesrc=d=13:r=8000:seed=1:a=0.4", "-sample_fmt", "s16", "-frame_size", "1152")
	data := probeRead(t, path)
	sound := probeMustOpen(t, data)
	want := probeAll(t, data, sound, true)[0]
	r := &sound.Audio.Runs[0]
	first, last := int(r.Cuts[0].Offset), len(data)-want[len(want)-1].size
	check := func(bit int) (frames int) {
		b := bytes.Clone(data)
		b[bit/8] ^= 1 << (bit % 8)
		x, err := probeOpen(b)
		if err != nil {
			t.Fatalf("bit %d of byte %d: %v", bit%8, bit/8, err)
		}
		got := probeAll(t, b, x, true)[0]
		if d := x.Audio.Runs[0].Duration; d != r.Duration || len(x.Notes) != 1 || !strings.Contains(x.Notes[0], "damaged") {
			t.Fatalf("bit %d of byte %d: %d samples instead of %d, notes %q", bit%8, bit/8, d, r.Duration, x.Notes)
		}
		// All others are as they were.
		other := 0
		for i, j := 0, 0; i < len(got); i, j = i+1, j+1 {
			if got[i] != want[j] {
				other++
				j += (got[i].duration+1151)/1152 - 1
			}
		}
		if other != 1 {
			t.Fatalf("bit %d of byte %d: %d frames differ", bit%8, bit/8, other)
		}
		return len(got)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 60 {
		check(8 * (first + 16 + rnd.IntN(last-first-16)) &^ 7)
	}
	// Every bit of two headers.
	at := first
	for _, p := range want[:60] {
		at += p.size
	}
	merged := 0
	for _, at := range []int{at, int(r.Cuts[1].Offset)} { // of which one begins a segment
		for bit := 8 * at; bit < 8*(at+8); bit++ {
			if check(bit) < len(want) {
				merged++
			}
		}
	}
	// Only where the sync code itself is gone a frame cannot be told from the one before.
	if merged > 2*16 {
		t.Errorf("%d flipped bits joined frames", merged)
	}
}

func TestFLACDamageKeepsTheTime(t *testing.T) {
	path := probeMake(t, "a.flac", "-f", "lavfi", "-i", "anoisesrc=d=25:r=16000:seed=1:a=0.4", "-ac", "2")
	data := probeRead(t, path)
	sound := probeMustOpen(t, data)
	r := &sound.Audio.Runs[0]
	for _, n := range []int{100, 30000, 200000} {
		b := bytes.Clone(data)
		clear(b[len(b)/2:][:n])
		x := probeMustOpen(t, b)
		probeAll(t, b, x, false)
		if d := x.Audio.Runs[0].Duration; d != r.Duration || len(x.Notes) != 1 {
			t.Errorf("%d bytes of zero: %d samples instead of %d, notes %q", n, d, r.Duration, x.Notes)
		}
		// Bytes that are missing cost no time either.
		b = append(bytes.Clone(data[:len(b)/2]), data[len(b)/2+n:]...)
		x = probeMustOpen(t, b)
		probeAll(t, b, x, false)
		if d := x.Audio.Runs[0].Duration; d != r.Duration || len(x.Notes) != 1 {
			t.Errorf("%d bytes missing: %d samples instead of %d, notes %q", n, d, r.Duration, x.Notes)
		}
	}
}

func TestFLACCutOffFrameIsLeftOut(t *testing.T) {
	path := probeMake(t, "a.flac", "-f", "lavfi", "-i", "anoisesrc=d=8:r=16000:seed=1:a=0.4")
	data := probeRead(t, path)
	x := probeMustOpen(t, data)
	first := int(x.Audio.Runs[0].Cuts[0].Offset)
	want := probeAll(t, data, x, true)[0]
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		n := first + want[0].size + rnd.IntN(len(data)-first-want[0].size)
		whole, end := 0, first
		for end+want[whole].size <= n {
			end += want[whole].size
			whole++
		}
		x, err := probeOpen(data[:n])
		if err != nil {
			t.Fatalf("cut off at %d: %v", n, err)
		}
		got := probeAll(t, data[:n], x, true)[0]
		if len(got) != whole || got[whole-1] != want[whole-1] || len(x.Notes) == 0 {
			t.Errorf("cut off at %d: %d frames, want %d, notes %q", n, len(got), whole, x.Notes)
		}
	}
	probeFails(t, data[:first+20], ErrBroken, "no whole frame")
	probeFails(t, data[:first], ErrBroken, "no frame")
	probeFails(t, data[:30], ErrBroken, "STREAMINFO")
}

func TestFLACOfVariableBlocksIsWalked(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	m := &flacMaker{variable: true}
	m.start(16, 4608, 0)
	var total int
	for total < 13*1000 {
		b := make([]byte, 2*(16+rnd.IntN(200)))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		total += len(b) / 2
		m.frame(b)
	}
	path := filepath.Join(t.TempDir(), "a.flac")
	if err := os.WriteFile(path, m.out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	x := probeJudge(t, path, probeSee(t, path)[0])
	if r := x.Audio.Runs[0]; r.Duration != int64(total) || r.FrameSamples != 0 {
		t.Errorf("%d samples, want %d; frames of %d", r.Duration, total, r.FrameSamples)
	}
}

func TestFLACSyncCodesInSoundAreNoFrames(t *testing.T) {
	const block = 2000
	for _, variable := range []bool{false, true} {
		m := &flacMaker{variable: variable}
		m.start(block, block, 0)
		for n := range 60 {
			// The sound holds the very header that is to come, and once a whole frame.
			next := flacMaker{variable: variable, number: m.number + 1}
			if variable {
				next.number = m.number + block
			}
			b := bytes.Repeat([]byte{0xff, 0xf8, 0xff, 0xf9}, block/2)
			copy(b[100:], next.header(block))
			copy(b[300:], next.header(block))
			if n%7 == 0 {
				next.frame(make([]byte, 200))
				copy(b[500:], next.out.Bytes())
			}
			m.frame(b)
		}
		data := m.out.Bytes()
		x := probeMustOpen(t, data)
		for i, p := range probeAll(t, data, x, false)[0] {
			if p.duration != block || len(x.Notes) > 0 {
				t.Fatalf("frame %d has %d samples, notes %q", i, p.duration, x.Notes)
			}
		}
		if n := x.Audio.Runs[0].Frames; n != 60 {
			t.Errorf("%d frames, want 60", n)
		}
	}
}

func TestFLACThatIsSomethingElseIsRefused(t *testing.T) {
	with := func(change func(b []byte)) []byte {
		m := &flacMaker{}
		m.start(100, 100, 0)
		for range 30 {
			m.frame(bytes.Repeat([]byte{1, 2}, 100))
		}
		b := m.out.Bytes()
		change(b)
		return b
	}
	probeFails(t, with(func(b []byte) { b[4] = 0x81 }), ErrBroken, "no STREAMINFO")
	probeFails(t, with(func(b []byte) { b[7] = 33 }), ErrBroken, "no STREAMINFO")
	probeFails(t, with(func(b []byte) { b[4] = 0 }), ErrBroken, "")
	probeFails(t, with(func(b []byte) { clear(b[18:20]); b[20] &= 0x0f }), ErrBroken, "sample rate of 0")
	probeFails(t, with(func(b []byte) { clear(b[8:12]) }), ErrBroken, "block sizes")
	probeFails(t, with(func(b []byte) { b[18] ^= 1 }), ErrBroken, "a sample rate of 44100 Hz instead of")
	probeFails(t, with(func(b []byte) { b[20] |= 2 }), ErrBroken, "1 channels instead of 2")

	// A file that goes on with other parameters.
	m := &flacMaker{}
	m.start(100, 100, 0)
	m.frame(bytes.Repeat([]byte{1, 2}, 100))
	b := m.header(100)
	b[2] = 0x7a // 48 kHz
	b[len(b)-1] = flacCRC8(b[:len(b)-1])
	b = append(b, 2)
	b = append(b, bytes.Repeat([]byte{1, 2}, 100)...)
	m.out.Write(binary.BigEndian.AppendUint16(b, flacCRC16(0, b)))
	probeFails(t, m.out.Bytes(), ErrBroken, "a sample rate of 48000 Hz instead of 44100")

	// More than 16 MB of nothing.
	m = &flacMaker{}
	m.start(100, 100, 0)
	m.frame(bytes.Repeat([]byte{1, 2}, 100))
	probeFails(t, append(m.out.Bytes(), bytes.Repeat([]byte{0, 1, 2, 3}, 5<<20)...), ErrBroken, "are no frames")
}

func TestFLACThatChangedIsFoundWhenItIsCut(t *testing.T) {
	m := &flacMaker{}
	m.start(4096, 4096, 0)
	for i := range 200 {
		m.frame(bytes.Repeat([]byte{byte(i), 2}, 4096))
	}
	data := m.out.Bytes()
	x := probeMustOpen(t, data)
	r := &x.Audio.Runs[0]
	clear(data[r.Cuts[1].Offset+9000:][:9000])
	_, err := x.Frames(context.Background(), bytes.NewReader(data), r, 1)
	if !errors.Is(err, ErrBroken) {
		t.Errorf("error is %v", err)
	}
}

func TestFLACJunkBeforeTheFirstFrameIsLeftOut(t *testing.T) {
	m := &flacMaker{}
	m.start(100, 100, 3000)
	m.out.Write(bytes.Repeat([]byte{0xff, 0xf8, 0xff, 0xf9, 3}, 5000))
	for range 30 {
		m.frame(bytes.Repeat([]byte{1, 2}, 100))
	}
	x := probeMustOpen(t, m.out.Bytes())
	probeAll(t, m.out.Bytes(), x, false)
	if r := x.Audio.Runs[0]; r.Duration != 3000 || len(x.Notes) != 1 {
		t.Errorf("%d samples, notes %q", r.Duration, x.Notes)
	}
}

func TestFLACCRCsAreThoseOfTheBytes(t *testing.T) {
	// The first frame of RFC 9639, D.1 and D.2: header CRC-8 and footer CRC-16.
	b := []byte{0xff, 0xf8, 0x69, 0x18, 0x00, 0x00, 0xbf, 0x03, 0x58, 0xfd, 0x03, 0x12, 0x8b, 0xaa, 0x9a}
	if c := flacCRC8(b[:6]); c != b[6] {
		t.Errorf("CRC-8 is %x, want %x", c, b[6])
	}
	if c := flacCRC16(0, b); c != 0 {
		t.Errorf("CRC-16 is %x, want 0", c)
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	long := make([]byte, 1000)
	for i := range long {
		long[i] = byte(rnd.Uint32())
	}
	for n := range long {
		var c uint16
		for _, v := range long[:n] {
			c ^= uint16(v) << 8
			for range 8 {
				if c&0x8000 != 0 {
					c = c<<1 ^ 0x8005
				} else {
					c <<= 1
				}
			}
		}
		if got := flacCRC16(0, long[:n]); got != c {
			t.Fatalf("CRC-16 of %d bytes is %x, want %x", n, got, c)
		}
	}
}

func TestJoinedFramesGoOnWhereNumbersBeginAgain(t *testing.T) {
	data := probeRead(t, probeMake(t, "a.flac", "-f", "lavfi", "-i", "anoisesrc=d=7:r=44100:seed=3:a=0.3", "-c:a", "flac"))
	one := probeMustOpen(t, data).Audio.Runs[0]
	// As ffmpeg joins files without decoding them.
	joined := append(append([]byte{}, data...), data[one.Cuts[0].Offset:]...)
	x := probeMustOpen(t, joined)
	probeAll(t, joined, x, false)
	if r := x.Audio.Runs[0]; r.Frames != 2*one.Frames || r.Duration != 2*one.Duration {
		t.Errorf("%d frames of %d samples, want twice %d of %d", r.Frames, r.Duration, one.Frames, one.Duration)
	}
}
