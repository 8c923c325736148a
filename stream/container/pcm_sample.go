package container

import (
	"encoding/binary"
	"math"
)

// samples makes of raw, whole frames of the file, what FLAC hashes and codes:
// signed little-endian samples of p.bits, in dst.
func (p *pcm) samples(dst, raw []byte) error {
	switch {
	case p.coding == unsigned:
		for i, c := range raw {
			dst[i] = c ^ 0x80
		}
	case p.coding == signedLittle && p.width <= 3:
		copy(dst, raw)
	case p.coding == signedBig && p.width == 1:
		copy(dst, raw)
	case p.coding == signedBig && p.width == 2:
		for i := 0; i+1 < len(raw); i += 2 {
			dst[i], dst[i+1] = raw[i+1], raw[i]
		}
	case p.coding == signedBig && p.width == 3:
		for i := 0; i+2 < len(raw); i += 3 {
			dst[i], dst[i+1], dst[i+2] = raw[i+2], raw[i+1], raw[i]
		}
	case p.coding == signedLittle:
		return narrow(dst, raw, binary.LittleEndian)
	case p.coding == signedBig:
		return narrow(dst, raw, binary.BigEndian)
	case p.coding == floatLittle:
		p.round(dst, raw, binary.LittleEndian)
	case p.coding == floatBig:
		p.round(dst, raw, binary.BigEndian)
	}
	return nil
}

// narrow makes 24 bits of 32, when nothing is lost by it.
func narrow(dst, raw []byte, order binary.ByteOrder) error {
	for i := 0; i+3 < len(raw); i += 4 {
		v := order.Uint32(raw[i:])
		if v&0xff != 0 {
			return unsupported("its samples have 32 bits and use more than 24 of them: FLAC of 32 bits is not played by most")
		}
		put24(dst[i/4*3:], v>>8)
	}
	return nil
}

// round makes 24 bits of floats. What is no number is silence.
func (p *pcm) round(dst, raw []byte, order binary.ByteOrder) {
	for i := 0; i+p.width <= len(raw); i += p.width {
		var v float64
		if p.width == 4 {
			v = float64(math.Float32frombits(order.Uint32(raw[i:])))
		} else {
			v = math.Float64frombits(order.Uint64(raw[i:]))
		}
		// A power of two: nothing is rounded here, and so on no machine otherwise.
		v = math.RoundToEven(v * (1 << 23))
		switch {
		case math.IsNaN(v):
			v = 0
		case v > 1<<23-1:
			v = 1<<23 - 1
		case v < -1<<23:
			v = -1 << 23
		}
		put24(dst[i/p.width*3:], uint32(int32(v)))
	}
}

func put24(b []byte, v uint32) {
	_ = b[2]
	b[0], b[1], b[2] = byte(v), byte(v>>8), byte(v>>16)
}
