package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

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
