package container

import (
	"bytes"
	"encoding/binary"
)

// flacMaker writes FLAC of one channel and 16 bits by hand, its samples as they
// are (RFC 9639, 9.2.2: verbatim).
type flacMaker struct {
	variable bool
	number   uint64
	out      bytes.Buffer
}

// start writes marker and STREAMINFO.
func (m *flacMaker) start(minBlock, maxBlock uint16, total uint64) {
	m.out.WriteString("fLaC\x80\x00\x00\x22")
	b := binary.BigEndian.AppendUint16(nil, minBlock)
	b = binary.BigEndian.AppendUint16(b, maxBlock)
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, 44100<<44|0<<41|15<<36|total)
	m.out.Write(append(b, make([]byte, 16)...))
}

// header makes the header of a frame.
func (m *flacMaker) header(block int) []byte {
	b := []byte{0xff, 0xf8, 0x79, 0x08} // 16 bits of block size, 44.1 kHz, mono, 16 bits
	if m.variable {
		b[1] = 0xf9
	}
	b = appendFLACNumber(b, m.number)
	b = binary.BigEndian.AppendUint16(b, uint16(block-1))
	return append(b, flacCRC8(b))
}

// frame writes a frame of samples, 2 bytes each.
func (m *flacMaker) frame(samples []byte) {
	block := len(samples) / 2
	b := append(m.header(block), 2)
	b = append(b, samples...)
	b = binary.BigEndian.AppendUint16(b, flacCRC16(0, b))
	m.out.Write(b)
	m.number++
	if m.variable {
		m.number += uint64(block) - 1
	}
}

// appendFLACNumber codes a number of up to 36 bits (RFC 9639, 9.1.5).
func appendFLACNumber(b []byte, v uint64) []byte {
	if v < 0x80 {
		return append(b, byte(v))
	}
	n := 2 // bytes, which hold 6 bits each but the first
	for n < 7 && v >= 1<<(5*n+1) {
		n++
	}
	b = append(b, byte(0xff<<(8-n))|byte(v>>(6*(n-1))))
	for n--; n > 0; n-- {
		b = append(b, 0x80|byte(v>>(6*(n-1))&0x3f))
	}
	return b
}
