package container

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/mewkiz/flac"
)

// WAV and AIFF by hand, so that the tests need no tool and can lie.

func riffChunk(order binary.AppendByteOrder, id string, body []byte) []byte {
	b := append(order.AppendUint32([]byte(id), uint32(len(body))), body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

type wavFormat struct {
	code           uint16
	channels, bits int
	rate           uint32
}

func (f wavFormat) chunk() []byte {
	le := binary.LittleEndian
	frame := f.channels * ((f.bits + 7) / 8)
	b := le.AppendUint16(nil, f.code)
	b = le.AppendUint16(b, uint16(f.channels))
	b = le.AppendUint32(b, f.rate)
	b = le.AppendUint32(b, f.rate*uint32(frame))
	b = le.AppendUint16(b, uint16(frame))
	b = le.AppendUint16(b, uint16(f.bits))
	return riffChunk(le, "fmt ", b)
}

// wavFile has a sound that says it is stated bytes long.
func wavFile(f wavFormat, stated uint32, sound []byte, before ...[]byte) []byte {
	b := append([]byte("RIFF\xff\xff\xff\xffWAVE"), f.chunk()...)
	b = append(b, bytes.Join(before, nil)...)
	b = binary.LittleEndian.AppendUint32(append(b, "data"...), stated)
	return append(b, sound...)
}

func goodWAV(f wavFormat, sound []byte) []byte { return wavFile(f, uint32(len(sound)), sound) }

// aiffCommon is a COMM chunk of 44100 Hz; kind is empty for AIFF.
func aiffCommon(channels int, frames uint32, bits int, kind string) []byte {
	be := binary.BigEndian
	b := be.AppendUint16(nil, uint16(channels))
	b = be.AppendUint32(b, frames)
	b = be.AppendUint16(b, uint16(bits))
	b = append(b, "\x40\x0e\xac\x44\x00\x00\x00\x00\x00\x00"...)
	if kind != "" {
		b = append(b, kind+"\x00\x00"...)
	}
	return riffChunk(be, "COMM", b)
}

func aiffSound(sound []byte) []byte {
	return riffChunk(binary.BigEndian, "SSND", append(make([]byte, 8), sound...))
}

func aiffFile(kind string, chunks ...[]byte) []byte {
	body := append([]byte(kind), bytes.Join(chunks, nil)...)
	return append(binary.BigEndian.AppendUint32([]byte("FORM"), uint32(len(body))), body...)
}

// buffer is a file in memory.
type buffer struct {
	b  []byte
	at int64
}

func (w *buffer) Write(p []byte) (int, error) {
	w.b = append(w.b, make([]byte, max(0, int(w.at)+len(p)-len(w.b)))...)
	w.at += int64(copy(w.b[w.at:], p))
	return len(p), nil
}

func (w *buffer) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += w.at
	case io.SeekEnd:
		off += int64(len(w.b))
	}
	w.at = off
	return off, nil
}

func convertBytes(t testing.TB, file []byte) ([]byte, error) {
	t.Helper()
	var out buffer
	err := Convert(t.Context(), &out, bytes.NewReader(file), int64(len(file)))
	return out.b, err
}

// decodeFLAC decodes with a decoder that is not ours, which checks the CRCs, and
// returns signed little-endian samples, interleaved. It checks STREAMINFO.
func decodeFLAC(file []byte) (pcm []byte, rate uint32, err error) {
	s, err := flac.New(bytes.NewReader(file))
	if err != nil {
		return nil, 0, err
	}
	i := s.Info
	if i.BlockSizeMin != flacBlock || i.BlockSizeMax != flacBlock {
		return nil, 0, fmt.Errorf("blocks of %d to %d", i.BlockSizeMin, i.BlockSizeMax)
	}
	width := int(i.BitsPerSample) / 8
	var total uint64
	for {
		f, err := s.ParseNext()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		if f.Num != total/flacBlock || f.SampleRate != 0 && f.SampleRate != i.SampleRate || f.BitsPerSample != i.BitsPerSample {
			return nil, 0, fmt.Errorf("frame header %+v of %+v", f.Header, i)
		}
		total += uint64(f.BlockSize)
		for k := range int(f.BlockSize) {
			for _, c := range f.Subframes {
				v := c.Samples[k]
				pcm = append(pcm, byte(v), byte(v>>8), byte(v>>16))[:len(pcm)+width]
			}
		}
	}
	if total != i.NSamples {
		return nil, 0, fmt.Errorf("%d samples, STREAMINFO says %d", total, i.NSamples)
	}
	if sum := sumMD5(pcm); sum != i.MD5sum {
		return nil, 0, fmt.Errorf("MD5 %x, STREAMINFO says %x", sum, i.MD5sum)
	}
	return pcm, i.SampleRate, nil
}

// randomSound is a walk of samples of width bytes, with leaps and silences.
func randomSound(seed uint64, samples, channels, width int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	limit := int32(1)<<(8*width-1) - 1
	at := make([]int32, channels)
	var b []byte
	for i := range samples {
		for c := range at {
			step := limit / 50
			if i/5000%3 == 1 {
				step = 1
			}
			at[c] = max(-limit-1, min(limit, at[c]+r.Int32N(2*step+1)-step))
			v := at[c]
			switch {
			case r.IntN(5000) == 0:
				v = -limit - 1
			case i/3000%4 == 3:
				v = 0
			}
			b = append(b, binary.LittleEndian.AppendUint32(nil, uint32(v))[:width]...)
		}
	}
	return b
}

func reversed(b []byte, width int) []byte {
	b = bytes.Clone(b)
	for i := 0; i < len(b); i += width {
		slices.Reverse(b[i : i+width])
	}
	return b
}
