package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// recording is a sound in which every place can be told from every other: a tone
// that rises all the time, another in each channel, and bursts of noise.
type recording struct {
	rate, channels, bits int
	float                bool
	millis               int // how long
	from                 int // which sample of the whole it begins with
}

// usual is what most files are made of: three segments, the last a short one.
var usual = recording{rate: 44100, channels: 2, bits: 16, millis: 13400}

// frames is how many samples a channel has.
func (r recording) frames() int { return r.rate * r.millis / 1000 }

func (r recording) String() string {
	return fmt.Sprintf("%d-%d-%d-%v-%d-%d", r.rate, r.channels, r.bits, r.float, r.millis, r.from)
}

// at is a sample, from -1 to 1.
func (r recording) at(n, channel int) float64 {
	t := float64(r.from+n) / float64(r.rate)
	sweep := math.Sin(2 * math.Pi * t * (180 + 60*float64(channel) + 70*t))
	v := 0.4 * sweep
	if k := (r.from + n) % (r.rate * 7 / 10); k < r.rate/16 {
		v += 0.3 * noise(uint64(r.from+n)<<3|uint64(channel))
	}
	return v
}

// noise is a number from -1 to 1 that belongs to n alone (splitmix64).
func noise(n uint64) float64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return float64(int64(n^n>>31)) / math.MaxInt64
}

// wav writes the recording as a WAV file.
func (r recording) wav() []byte {
	const (
		extensible = 0xfffe
		subformat  = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
	)
	size := r.frames() * r.channels * r.bits / 8
	b := bytes.NewBuffer(make([]byte, 0, size+100))
	put := func(v ...any) {
		for _, x := range v {
			if err := binary.Write(b, binary.LittleEndian, x); err != nil {
				panic(err)
			}
		}
	}
	kind := uint16(1)
	if r.float {
		kind = 3
	}
	plain := r.channels <= 2 && r.bits <= 16
	head := uint32(40)
	if plain {
		head = 16
	}
	b.WriteString("RIFF")
	put(uint32(4 + 8 + int(head) + 8 + size))
	b.WriteString("WAVEfmt ")
	block := uint16(r.channels * r.bits / 8)
	if plain {
		put(head, kind)
	} else {
		put(head, uint16(extensible))
	}
	put(uint16(r.channels), uint32(r.rate), uint32(r.rate)*uint32(block), block, uint16(r.bits))
	if !plain {
		mask := map[int]uint32{1: 4, 2: 3, 6: 0x3f}[r.channels]
		put(uint16(22), uint16(r.bits), mask, kind)
		b.WriteString(subformat)
	}
	b.WriteString("data")
	put(uint32(size))
	var word [4]byte
	for n := range r.frames() {
		for c := range r.channels {
			v := r.at(n, c)
			if r.float {
				binary.LittleEndian.PutUint32(word[:], math.Float32bits(float32(v)))
			} else {
				binary.LittleEndian.PutUint32(word[:], uint32(int32(math.Round(v*float64(int64(1)<<(r.bits-1)-1)))))
			}
			b.Write(word[:r.bits/8])
		}
	}
	return b.Bytes()
}

// file is the recording as a WAV file, written once.
func (r recording) file(t *testing.T) string {
	t.Helper()
	name := filepath.Join(workshop(t), "recording-"+r.String()+".wav")
	err := once(name, func() error { return os.WriteFile(name, r.wav(), 0o644) })
	if err != nil {
		t.Fatal(err)
	}
	return name
}
