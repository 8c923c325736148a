package main

import (
	"bufio"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
)

// writeWAV stores a bus as 16-bit PCM whose lowest spare bits are zero. FLAC does not spend space on those;
// with 14 bits left and dither the noise is 84 dB down, far below the music.
func writeWAV(name string, s stereo, sr float64, spare int) error {
	dither := rand.New(rand.NewPCG(16, uint64(spare)))
	pcm := func(v float64) int16 {
		steps := float64(int(32767) >> spare)
		d := 0.5 * (dither.Float64() - 0.5)
		return int16(max(-steps, min(steps, math.Round(v*steps+d)))) << spare
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	size := uint32(len(s.l) * 4)
	w.WriteString("RIFF")
	binary.Write(w, binary.LittleEndian, 36+size)
	w.WriteString("WAVEfmt ")
	binary.Write(w, binary.LittleEndian, struct {
		Size          uint32
		Format, Chans uint16
		Rate, Bytes   uint32
		Align, Bits   uint16
	}{16, 1, 2, uint32(sr), uint32(sr) * 4, 4, 16})
	w.WriteString("data")
	binary.Write(w, binary.LittleEndian, size)
	var frame [4]byte
	for i := range s.l {
		binary.LittleEndian.PutUint16(frame[0:], uint16(pcm(s.l[i])))
		binary.LittleEndian.PutUint16(frame[2:], uint16(pcm(s.r[i])))
		w.Write(frame[:])
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
