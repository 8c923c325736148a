package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"
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
	turned   bool    // its matrix turns by 90°
	wide     bool    // co64
	bits     uint32  // of sizes in a stz2, or 0 for a stsz
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
				if t.wide {
					stco = append(stco, u32(0)...)
				}
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
		if t.bits == 0 {
			stbl = appendBox(stbl, "stsz", u32(0, 0, uint32(len(t.sizes))), u32(t.sizes...))
		} else {
			var w configWriter
			for _, n := range t.sizes {
				w.put(int(n), int(t.bits))
			}
			stbl = appendBox(stbl, "stz2", u32(0, t.bits, uint32(len(t.sizes))), w.b)
		}
		stbl = appendBox(stbl, "stsc", stsc)
		places := "stco"
		if t.wide {
			places = "co64"
		}
		stbl = appendBox(stbl, places, u32(0, uint32(chunks)), stco)
		mdia := appendBox(nil, "mdhd", u32(0, 0, 0, t.scale, 0, 0))
		mdia = appendBox(mdia, "hdlr", u32(0, 0), []byte(t.handler), make([]byte, 13))
		mdia = appendBox(mdia, "minf", appendBox(nil, "stbl", stbl))
		head := make([]byte, 80)
		if t.turned {
			head[36+4+1] = 1
		}
		trak := appendBox(nil, "tkhd", []byte{0, 0, 0, t.flags}, head)
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
