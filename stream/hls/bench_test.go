package hls

import (
	"bytes"
	"testing"

	"segue/stream/container"
)

func BenchmarkParse(b *testing.B) {
	name := []byte("flac/0123456789abcdef/599.m4s")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Parse(name); !ok {
			b.Fatal("not parsed")
		}
	}
}

// A segment that was cut before: what nearly every request is.
func BenchmarkSegmentHit(b *testing.B) {
	r := newRig(b, nil)
	r.write("a.mp3", music(b)["mp3"])
	_, f, err := r.open("a.mp3")
	if err != nil {
		b.Fatal(err)
	}
	path := []byte("/a.mp3")
	b.ReportAllocs()
	for b.Loop() {
		m, err := r.Open(path, f)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Segment(m.Renditions[0], 3, 0, f); err != nil {
			b.Fatal(err)
		}
	}
}

// A segment that nobody asked for before: its frames are read again.
func BenchmarkSegmentCut(b *testing.B) {
	for name, file := range music(b) {
		b.Run(name, func(b *testing.B) {
			r := media(b, file).Renditions[0]
			src := bytes.NewReader(file)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.cut(b.Context(), src, 3, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The playlists of a file whose index is there.
func BenchmarkPlaylists(b *testing.B) {
	for name, file := range music(b) {
		b.Run(name, func(b *testing.B) {
			x, err := container.Open(b.Context(), bytes.NewReader(file), int64(len(file)))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := New(x, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
