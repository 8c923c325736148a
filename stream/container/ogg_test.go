package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestOpusFramesAreThoseOfFFmpeg(t *testing.T) {
	const noise = "anoisesrc=d=6.6:c=pink:r=48000:a=0.5:seed="
	cases := []struct {
		probeRecipe
		channels int
		frame    uint32
		roll     int16
	}{
		{probeRecipe{"stereo", noise + "1", "-ac 2 -b:a 96k"}, 2, 960, -4},
		{probeRecipe{"mono 60 ms", noise + "2", "-frame_duration 60 -b:a 24k"}, 1, 2880, -2},
		{probeRecipe{"2.5 ms", noise + "3", "-ac 2 -frame_duration 2.5 -b:a 96k"}, 2, 120, -32},
		{probeRecipe{"120 ms", noise + "4", "-frame_duration 120 -b:a 24k"}, 1, 5760, -1},
		{probeRecipe{"5.1", noise + "5", "-ac 6 -b:a 256k -mapping_family 1"}, 6, 960, -4},
		{probeRecipe{"6 kbit/s", noise + "6", "-b:a 6k"}, 1, 960, -4},
		{probeRecipe{"510 kbit/s", noise + "7", "-ac 2 -b:a 510k"}, 2, 960, -4},
		{probeRecipe{"constant rate", noise + "8", "-b:a 64k -vbr off"}, 1, 960, -4},
		{probeRecipe{"less than a page", "sine=d=0.1:r=48000", "-b:a 64k"}, 1, 960, -4},
	}
	var recipes []probeRecipe
	for _, c := range cases {
		c.args = "-c:a libopus " + c.args
		recipes = append(recipes, c.probeRecipe)
	}
	paths := probeMakeAll(t, ".opus", recipes)
	seen := probeSee(t, paths...)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			x := probeJudge(t, paths[i], seen[i])
			r := &x.Audio.Runs[0]
			if x.Format != Ogg || x.Audio.Codec != CodecOpus || r.Codecs != "Opus" || r.Gapless != "OpusHead" || len(x.Notes) != 0 || len(x.Audio.Runs) != 1 {
				t.Errorf("index is %+v", x)
			}
			if r.Rate != 48000 || r.SampleRate != 48000 || r.Channels != c.channels || r.FrameSamples != c.frame || r.Roll != c.roll || r.Bits != 0 {
				t.Errorf("run is %+v", r)
			}
			if want := 312; int(r.Delay) != want && c.frame != 120 { // libopus: 6.5 ms
				t.Errorf("delay is %d, want %d", r.Delay, want)
			}
		})
	}
}

func TestOpusHeadBecomesDOps(t *testing.T) {
	m := &oggMaker{}
	m.opusHeads(0x0138)
	m.page(oggLast, 960, false, opusPacket(10, 1))
	e := probeMustOpen(t, m.out.Bytes()).Audio.Runs[0].Entry
	want := []byte("\x00\x00\x00\x13dOps\x00\x02\x01\x38\x00\x00\xac\x44\x02\x01\x00")
	if string(e[4:8]) != "Opus" || !bytes.Equal(e[36:], want) || binary.BigEndian.Uint32(e[32:]) != 48000<<16 || e[27] != 16 {
		t.Errorf("entry is %x", e)
	}

	m = &oggMaker{}
	m.page(oggFirst, 0, false, []byte("OpusHead\x01\x03\x38\x01\x80\xbb\x00\x00\xff\xff\x01\x02\x01\x00\x02\x01"))
	m.page(0, 0, false, []byte("OpusTags\x00\x00\x00\x00\x00\x00\x00\x00"))
	m.page(oggLast, 960, false, opusPacket(10, 1))
	e = probeMustOpen(t, m.out.Bytes()).Audio.Runs[0].Entry
	want = []byte("\x00\x00\x00\x18dOps\x00\x03\x01\x38\x00\x00\xbb\x80\xff\xff\x01\x02\x01\x00\x02\x01")
	if !bytes.Equal(e[36:], want) {
		t.Errorf("entry is %x, want %x", e[36:], want)
	}
}

func TestOpusHeadThatMakesNoSenseIsRefused(t *testing.T) {
	check := func(head string, kind error, reason string) {
		t.Helper()
		m := &oggMaker{}
		m.page(oggFirst, 0, false, []byte(head))
		m.page(oggLast, 960, false, opusPacket(10, 1))
		probeFails(t, m.out.Bytes(), kind, reason)
	}
	check("OpusHead\x01\x02\x38\x01\x80\xbb", ErrBroken, "14 bytes")
	check("OpusHead\x10\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00", ErrUnsupported, "version 16")
	check("OpusHead\x01\x00\x38\x01\x80\xbb\x00\x00\x00\x00\x00", ErrBroken, "no channels")
	check("OpusHead\x01\x03\x38\x01\x80\xbb\x00\x00\x00\x00\x00", ErrBroken, "3 channels")
	check("OpusHead\x01\x09\x38\x01\x80\xbb\x00\x00\x00\x00\x01", ErrBroken, "9 channels")
	check("OpusHead\x01\x04\x38\x01\x80\xbb\x00\x00\x00\x00\x03", ErrUnsupported, "family 3")
	check("OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x01\x01\x01\x00", ErrBroken, "channel mapping")
	check("OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x01\x01\x02\x00\x01", ErrBroken, "2 of them coupled")
	check("OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x01\x01\x01\x00\x02", ErrBroken, "stream 2 of 2")
}

func TestOpusDurationIsInThePacket(t *testing.T) {
	// RFC 6716, 3.1: tables 2 and 3.
	check := func(want uint32, b ...byte) {
		t.Helper()
		p := oggPacket{size: int64(len(b))}
		copy(p.begin[:], b)
		n, ok := opusSamples(&p)
		if n != want && ok || ok != (want > 0) {
			t.Errorf("%x is %d samples, %v, want %d", b, n, ok, want)
		}
	}
	for config := range byte(32) {
		tenths := []uint32{100, 200, 400, 600}[config&3] // SILK
		if config >= 16 {
			tenths = []uint32{25, 50, 100, 200}[config&3]
		} else if config >= 12 {
			tenths = []uint32{100, 200}[config&1]
		}
		n := tenths * 48 / 10
		check(n, config<<3)
		check(2*n, config<<3|1, 0)
		check(2*n, config<<3|2, 0)
		for count := range byte(64) {
			want := n * uint32(count)
			if want > 5760 {
				want = 0
			}
			check(want, config<<3|3, count|0x80)
		}
	}
	check(0)
	check(0, 3)
}

func TestOpusChainIsRuns(t *testing.T) {
	paths := probeMakeAll(t, ".opus", []probeRecipe{
		{"", "anoisesrc=d=7:r=48000:seed=1:a=0.3", "-c:a libopus -b:a 64k"},
		{"", "anoisesrc=d=3.3:r=48000:seed=2:a=0.3", "-c:a libopus -b:a 64k -ac 2"},
	})
	a, b := probeRead(t, paths[0]), probeRead(t, paths[1])
	all := append(append(bytes.Clone(a), b...), a...)
	x := probeMustOpen(t, all)
	got := probeAll(t, all, x, true)
	if len(got) != 3 || len(x.Notes) != 0 {
		t.Fatalf("%d runs, notes %q", len(got), x.Notes)
	}
	for i, part := range [][]byte{a, b, a} {
		y := probeMustOpen(t, part)
		want := probeAll(t, part, y, true)[0]
		r, s := x.Audio.Runs[i], y.Audio.Runs[0]
		if len(got[i]) != len(want) || got[i][0] != want[0] || got[i][len(want)-1] != want[len(want)-1] {
			t.Errorf("run %d has %d frames, alone %d", i, len(got[i]), len(want))
		}
		if r.Music() != s.Music() || r.Delay != s.Delay || r.Channels != s.Channels || !bytes.Equal(r.Entry, s.Entry) {
			t.Errorf("run %d is %+v, alone %+v", i, r, s)
		}
	}
	probeFails(t, bytes.Repeat(func() []byte {
		m := &oggMaker{}
		m.opusHeads(0)
		m.page(oggLast, 960, false, opusPacket(10, 1))
		return m.out.Bytes()
	}(), maxOggRuns+1), ErrUnsupported, "more than 1000 streams")
}

func TestOpusStreamIsTakenFromAmongOthers(t *testing.T) {
	path := probeMake(t, "a.ogg", "-f", "lavfi", "-i", "testsrc=d=8:s=160x120:r=10", "-f", "lavfi", "-i", "anoisesrc=d=8:r=48000:a=0.3",
		"-map", "0", "-map", "1", "-map", "1", "-c:v", "libtheora", "-c:a:0", "libvorbis", "-c:a:1", "libopus", "-b:a", "64k")
	data := probeRead(t, path)
	x := probeMustOpen(t, data)
	got := probeAll(t, data, x, true)[0]
	copied := probeMake(t, "b.opus", "-i", path, "-map", "0:a:1", "-c", "copy")
	want := probeSee(t, copied)[0]
	if len(got) != len(want.packets) {
		t.Fatalf("%d frames, ffmpeg sees %d", len(got), len(want.packets))
	}
	for i, p := range want.packets {
		if got[i].md5 != p.md5 {
			t.Errorf("frame %d is %+v, want %+v", i, got[i], p)
		}
	}
	if len(x.Notes) != 1 || !strings.Contains(x.Notes[0], "Theora and Vorbis") {
		t.Errorf("notes are %q", x.Notes)
	}
}

func TestOggWithoutOpusIsUnsupported(t *testing.T) {
	paths := probeMakeAll(t, ".oga", []probeRecipe{
		{"", "sine=d=1", "-c:a libvorbis"}, {"", "sine=d=1", "-c:a flac"}, {"", "sine=d=1:r=16000", "-c:a libspeex"},
	})
	probeFails(t, probeRead(t, paths[0]), ErrUnsupported, "it is Ogg with Vorbis")
	probeFails(t, probeRead(t, paths[1]), ErrUnsupported, "it is Ogg with FLAC in Ogg")
	probeFails(t, probeRead(t, paths[2]), ErrUnsupported, "it is Ogg with Speex")
}

func TestOpusTagsOfMegabytesAreLeaptOver(t *testing.T) {
	m := &oggMaker{}
	m.page(oggFirst, 0, false, []byte("OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00"))
	// 255 pieces of 255 bytes a page, 5 MB.
	piece := append([]byte("OpusTags"), bytes.Repeat([]byte("OggS\x00"), 13000)...)[:255*255]
	for i := range 80 {
		m.page(byte(min(i, 1)), -1, true, piece)
	}
	m.page(oggContinued, 0, false, []byte("end"))
	for i := range 20 {
		m.page(0, int64(i+1)*20*960, false, bytesOf(20, opusPacket(100, byte(i)))...)
	}
	m.page(oggLast, 20*20*960+300, false, opusPacket(100, 1))
	data := m.out.Bytes()
	x := probeMustOpen(t, data)
	probeAll(t, data, x, false)
	if r := x.Audio.Runs[0]; r.Frames != 401 || r.Frames*960-r.Duration != 660 || r.Padding != 0 || len(x.Notes) != 0 {
		t.Errorf("run is %+v, notes %q", r, x.Notes)
	}
}

func bytesOf(n int, b []byte) (all [][]byte) {
	for range n {
		all = append(all, b)
	}
	return all
}

func TestOpusPacketOverPagesIsOneFrame(t *testing.T) {
	m := &oggMaker{serial: 5}
	m.opusHeads(0)
	long := opusPacket(255*20, 7)
	other := &oggMaker{serial: 9}
	var want []byte
	for i := range 400 {
		small := opusPacket(50, byte(i))
		m.page(0, int64(i)*3*960, true, small, small, long[:255*3])
		m.page(oggContinued, -1, true, long[255*3:255*15])
		other.page(0, 5, false, []byte("another stream"))
		m.out.Write(other.out.Bytes())
		other.out.Reset()
		m.page(oggContinued, int64(i+1)*3*960, false, long[255*15:])
		want = append(append(append(want, small...), small...), long...)
	}
	data := m.out.Bytes()
	x := probeMustOpen(t, data)
	probeAll(t, data, x, true)
	var got []byte
	r := &x.Audio.Runs[0]
	for k := range r.Segments() {
		f, err := x.Frames(context.Background(), bytes.NewReader(data), r, k)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range f.Extents {
			got = append(got, data[e.Off:e.Off+e.Len]...)
		}
	}
	if r.Frames != 1200 || !bytes.Equal(got, want) {
		t.Errorf("%d frames of %d bytes, want %d", r.Frames, len(got), len(want))
	}
}

func TestOpusPacketThatIsNoneIsLeftOut(t *testing.T) {
	m := &oggMaker{}
	m.opusHeads(0)
	m.page(0, 2*960, false, opusPacket(50, 1), nil, []byte{3}, []byte{0xfb, 49}, opusPacket(50, 2))
	m.page(oggLast, 3*960, false, opusPacket(50, 1))
	x := probeMustOpen(t, m.out.Bytes())
	probeAll(t, m.out.Bytes(), x, false)
	if r := x.Audio.Runs[0]; r.Frames != 3 || len(x.Notes) != 1 || !strings.Contains(x.Notes[0], "3 packets that are not Opus") {
		t.Errorf("%d frames, notes %q", r.Frames, x.Notes)
	}
}

func TestOpusMissingPagesAreToldAndNotInvented(t *testing.T) {
	pages := func(leave func(i int) bool) []byte {
		m := &oggMaker{}
		m.opusHeads(0)
		for i := range 50 {
			if leave(i) {
				m.seq++
				continue
			}
			flags := byte(0)
			if i == 49 {
				flags = oggLast
			}
			m.page(flags, int64(i+1)*20*960-int64(i/49*100), false, bytesOf(20, opusPacket(100, byte(i)))...)
		}
		return m.out.Bytes()
	}
	check := func(leave func(i int) bool, frames, trimmed int64, notes string) {
		t.Helper()
		data := pages(leave)
		x := probeMustOpen(t, data)
		probeAll(t, data, x, false)
		r := x.Audio.Runs[0]
		if got := strings.Join(x.Notes, "; "); r.Frames != frames || r.Frames*960-r.Duration != trimmed || r.Padding != 0 || got != notes {
			t.Errorf("%d frames, %d samples, padding %d, notes %q", r.Frames, r.Duration, r.Padding, got)
		}
	}
	check(func(i int) bool { return false }, 1000, 100, "")
	check(func(i int) bool { return i == 20 || i == 21 || i == 30 }, 940, 100, "2 places where pages are missing; 1.20 s of its sound are missing")
	check(func(i int) bool { return i < 10 }, 800, 100, "it was cut out of a longer stream, 4.0 s after its beginning; 1 place where pages are missing")
	check(func(i int) bool { return i == 49 }, 980, 0, "its last page is missing")
}

func TestOggDamageCostsOnePage(t *testing.T) {
	path := probeMake(t, "a.opus", "-f", "lavfi", "-i", "anoisesrc=d=20:r=48000:seed=1:a=0.4", "-c:a", "libopus", "-b:a", "64k")
	data := probeRead(t, path)
	r := probeMustOpen(t, data).Audio.Runs[0]
	first := int(r.Cuts[0].Offset)
	last := bytes.LastIndex(data, oggMagic)
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range 60 {
		b := bytes.Clone(data)
		at := first + rnd.IntN(last-first)
		if i < 30 { // in a header
			at = first + bytes.Index(data[at:last+4], oggMagic)%27 + at - first
			if at = bytes.LastIndex(data[:at+4], oggMagic); at >= last {
				at = first
			}
			at += i % 27
		}
		b[at] ^= 1 << (i % 8)
		x, err := probeOpen(b)
		if err != nil {
			t.Fatalf("byte %d: %v", at, err)
		}
		probeAll(t, b, x, false)
		// Packets that go on from or to other pages go as well.
		if s := x.Audio.Runs[0]; len(x.Audio.Runs) != 1 || s.Duration < r.Duration-52*960 || s.Duration >= r.Duration || len(x.Notes) < 2 {
			t.Errorf("byte %d: %d samples instead of %d, notes %q", at, s.Duration, r.Duration, x.Notes)
		}
	}
}

func TestOggPageThatChangedIsFoundWhenItIsCut(t *testing.T) {
	m := &oggMaker{}
	m.opusHeads(0)
	for i := range 50 {
		m.page(0, int64(i+1)*20*960, false, bytesOf(20, opusPacket(100, byte(i)))...)
	}
	data := m.out.Bytes()
	x := probeMustOpen(t, data)
	r := &x.Audio.Runs[0]
	at := r.Cuts[1].Offset
	data[at+500] ^= 1
	_, err := x.Frames(context.Background(), bytes.NewReader(data), r, 1)
	if !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), "page at byte") {
		t.Errorf("error is %v", err)
	}
}

func TestOggCutOffPageIsLeftOut(t *testing.T) {
	path := probeMake(t, "a.opus", "-f", "lavfi", "-i", "anoisesrc=d=9:r=48000:seed=1:a=0.4", "-c:a", "libopus", "-b:a", "32k")
	data := probeRead(t, path)
	x := probeMustOpen(t, data)
	want := probeAll(t, data, x, true)[0]
	first := int(x.Audio.Runs[0].Cuts[0].Offset)
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		n := first + rnd.IntN(len(data)-first)
		x, err := probeOpen(data[:n])
		if bytes.Count(data[first:n], oggMagic) < 2 && err != nil {
			probeFails(t, data[:n], ErrBroken, "no packet of sound")
			continue
		}
		if err != nil {
			t.Fatalf("cut off at %d: %v", n, err)
		}
		got := probeAll(t, data[:n], x, true)[0]
		if len(got) >= len(want) || got[len(got)-1] != want[len(got)-1] || len(x.Notes) == 0 {
			t.Errorf("cut off at %d: %d frames, notes %q", n, len(got), x.Notes)
		}
	}
}

func TestOggCRCIsThatOfThePage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	long := make([]byte, 500)
	for i := range long {
		long[i] = byte(rnd.Uint32())
	}
	for n := range long {
		var c uint32
		for _, v := range long[:n] {
			c ^= uint32(v) << 24
			for range 8 {
				if c>>31 != 0 {
					c = c<<1 ^ 0x04c11db7
				} else {
					c <<= 1
				}
			}
		}
		if got := oggCRC(0, long[:n]); got != c {
			t.Fatalf("CRC-32 of %d bytes is %x, want %x", n, got, c)
		}
	}
}
