package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

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

func TestTablesOfAllWidthsSayTheSame(t *testing.T) {
	plain := mp4AAC(1001, 44100, 1024)
	for i := range plain.sizes {
		plain.sizes[i] = uint32(1 + i*7%15)
	}
	b := mp4Build(1000, plain)
	x := mp4Must(t, b, "")
	want := mp4Read(t, x, b, &x.Audio.Runs[0])
	for _, bits := range []uint32{0, 4, 8, 16} {
		s := plain
		s.bits, s.wide = bits, true
		b := mp4Build(1000, s)
		x := mp4Must(t, b, "")
		if got := mp4Read(t, x, b, &x.Audio.Runs[0]); !slices.Equal(got, want) {
			t.Errorf("with sizes of %d bits and wide offsets the frames are others", bits)
		}
	}
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
