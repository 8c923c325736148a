package container

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// flacBig is FLAC of frames of 8 KB whose bytes are as good as random, as those
// of music are.
func flacBig(size int) []byte {
	rnd := rand.NewChaCha8([32]byte{})
	m := &flacMaker{}
	m.start(4096, 4096, 0)
	b := make([]byte, 8192)
	for m.out.Len() < size {
		_, _ = rnd.Read(b)
		m.frame(b)
	}
	return m.out.Bytes()
}

// oggBig is Opus of 1 second a page at 128 kbit/s.
func oggBig(size int) []byte {
	rnd := rand.NewChaCha8([32]byte{})
	m := &oggMaker{}
	m.opusHeads(312)
	for i := int64(1); m.out.Len() < size; i++ {
		var packets [][]byte
		for range 50 {
			b := make([]byte, 320)
			_, _ = rnd.Read(b)
			b[0] = 0xf8
			packets = append(packets, b)
		}
		m.page(0, i*48000, false, packets...)
	}
	return m.out.Bytes()
}

// probeBenchFile writes a file, which then is in the page cache.
func probeBenchFile(b *testing.B, data []byte) *os.File {
	path := filepath.Join(b.TempDir(), "a")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	return f
}

func probeBenchOpen(b *testing.B, data []byte) {
	f := probeBenchFile(b, data)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(context.Background(), f, int64(len(data))); err != nil {
			b.Fatal(err)
		}
	}
}

func probeBenchFrames(b *testing.B, data []byte) {
	f := probeBenchFile(b, data)
	x := probeMustOpen(b, data)
	r := &x.Audio.Runs[0]
	b.SetBytes(r.Cuts[2].Bytes - r.Cuts[1].Bytes)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Frames(context.Background(), f, r, 1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenFLAC(b *testing.B) {
	b.Run("4MB", func(b *testing.B) { probeBenchOpen(b, flacBig(4<<20)) })
	b.Run("128MB", func(b *testing.B) { probeBenchOpen(b, flacBig(128<<20)) })
}

func BenchmarkOpenOgg(b *testing.B) {
	b.Run("4MB", func(b *testing.B) { probeBenchOpen(b, oggBig(4<<20)) })
	b.Run("128MB", func(b *testing.B) { probeBenchOpen(b, oggBig(128<<20)) })
}

func BenchmarkFramesFLAC(b *testing.B) { probeBenchFrames(b, flacBig(4<<20)) }

func BenchmarkFramesOgg(b *testing.B) { probeBenchFrames(b, oggBig(4<<20)) }
