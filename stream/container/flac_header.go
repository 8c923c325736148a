package container

import "fmt"

// maxFLACHeader is the length of the longest frame header.
const maxFLACHeader = 16

// flacHeader is what a frame header says (RFC 9639, 9.1).
type flacHeader struct {
	size     int  // of the header, bytes
	variable bool // the number counts samples, not frames
	block    uint32
	rate     uint32 // Hz, or 0: STREAMINFO's
	channels int
	bits     int // or 0: STREAMINFO's
	number   uint64
}

// parseFLACHeader reads the header that b begins with, and checks its CRC-8.
func parseFLACHeader(b []byte) (h flacHeader, ok bool) {
	if len(b) < 6 || b[0] != 0xff || b[1]&0xfe != 0xf8 || b[3]&1 != 0 {
		return h, false
	}
	h.variable = b[1]&1 != 0
	blockCode, rateCode := b[2]>>4, b[2]&15
	channels, bits := b[3]>>4, b[3]>>1&7
	if blockCode == 0 || rateCode == 15 || channels > 10 || bits == 3 {
		return h, false
	}
	if h.channels = int(channels) + 1; channels > 7 {
		h.channels = 2 // left and side, side and right, mid and side
	}
	h.bits = [8]int{0, 8, 12, 0, 16, 20, 24, 32}[bits]
	number, n := flacNumber(b[4:])
	if n == 0 || n == 7 && !h.variable {
		return h, false
	}
	h.number = number
	n += 4
	// The fields behind the number are there only for some codes.
	field := func(size int) (v uint32) {
		for range size {
			if n < len(b) {
				v = v<<8 | uint32(b[n])
			}
			n++
		}
		return v
	}
	switch {
	case blockCode == 1:
		h.block = 192
	case blockCode < 6:
		h.block = 144 << blockCode
	case blockCode < 8:
		h.block = field(int(blockCode)-5) + 1
	default:
		h.block = 1 << blockCode
	}
	switch rateCode {
	case 12:
		h.rate = field(1) * 1000
	case 13:
		h.rate = field(2)
	case 14:
		h.rate = field(2) * 10
	default:
		h.rate = [12]uint32{0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000}[rateCode]
	}
	if n >= len(b) || flacCRC8(b[:n]) != b[n] || h.block > 65535 {
		return h, false
	}
	h.size = n + 1
	return h, true
}

// flacNumber reads a number coded like UTF-8, but up to 36 bits long, and its
// length, 0 when it is none (RFC 9639, 9.1.5).
func flacNumber(b []byte) (v uint64, n int) {
	switch c := b[0]; {
	case c < 0x80:
		return uint64(c), 1
	case c < 0xc0, c == 0xff:
		return 0, 0
	case c < 0xe0:
		v, n = uint64(c&0x1f), 2
	case c < 0xf0:
		v, n = uint64(c&0x0f), 3
	case c < 0xf8:
		v, n = uint64(c&0x07), 4
	case c < 0xfc:
		v, n = uint64(c&0x03), 5
	case c < 0xfe:
		v, n = uint64(c&0x01), 6
	default:
		n = 7
	}
	if len(b) < n {
		return 0, 0
	}
	for _, c := range b[1:n] {
		if c&0xc0 != 0x80 {
			return 0, 0
		}
		v = v<<6 | uint64(c&0x3f)
	}
	return v, n
}

// differs says what of a header is not as STREAMINFO has it, or nothing.
func (v *flacInfo) differs(h *flacHeader) string {
	switch {
	case h.channels != v.channels:
		return fmt.Sprintf("%d channels instead of %d", h.channels, v.channels)
	case h.rate != 0 && h.rate != v.rate:
		return fmt.Sprintf("a sample rate of %d Hz instead of %d", h.rate, v.rate)
	case h.bits != 0 && h.bits != v.bits:
		return fmt.Sprintf("%d bits a sample instead of %d", h.bits, v.bits)
	case h.block > v.maxBlock:
		return fmt.Sprintf("%d samples instead of at most %d", h.block, v.maxBlock)
	}
	return ""
}
