package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"
)

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
