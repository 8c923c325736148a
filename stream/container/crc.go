package container

import "encoding/binary"

// crcTable holds, in row k, the CRC of a byte with k zero bytes behind it, most
// significant bit first and from 0: not as in hash/crc32, which goes the other way.
type crcTable [16][256]uint32

// newCRCTable is of a polynomial of 32 bits, or of a shorter one shifted up to
// the highest bit; so are its sums.
func newCRCTable(polynomial uint32) *crcTable {
	t := new(crcTable)
	for i := range 256 {
		c := uint32(i) << 24
		for range 8 {
			if c>>31 != 0 {
				c = c<<1 ^ polynomial
			} else {
				c <<= 1
			}
		}
		t[0][i] = c
	}
	for k := 1; k < 16; k++ {
		for i := range 256 {
			c := t[k-1][i]
			t[k][i] = c<<8 ^ t[0][c>>24]
		}
	}
	return t
}

// sum goes on with a CRC. It takes 16 bytes a step: byte by byte it would be the
// slowest part of a walk by far.
func (t *crcTable) sum(c uint32, b []byte) uint32 {
	for len(b) >= 16 {
		x := binary.BigEndian.Uint64(b) ^ uint64(c)<<32
		y := binary.BigEndian.Uint64(b[8:])
		c = t[15][x>>56] ^ t[14][x>>48&255] ^ t[13][x>>40&255] ^ t[12][x>>32&255] ^
			t[11][x>>24&255] ^ t[10][x>>16&255] ^ t[9][x>>8&255] ^ t[8][x&255] ^
			t[7][y>>56] ^ t[6][y>>48&255] ^ t[5][y>>40&255] ^ t[4][y>>32&255] ^
			t[3][y>>24&255] ^ t[2][y>>16&255] ^ t[1][y>>8&255] ^ t[0][y&255]
		b = b[16:]
	}
	for _, v := range b {
		c = c<<8 ^ t[0][byte(c>>24)^v]
	}
	return c
}

// oggCRC goes on with the CRC-32 of a page (RFC 3533, 6).
func oggCRC(c uint32, b []byte) uint32 { return oggCRCTable.sum(c, b) }

var oggCRCTable = newCRCTable(0x04c11db7)

// flacCRC16 goes on with the CRC-16 of a frame (RFC 9639, 9.3). Over a frame and
// its footer it is 0.
func flacCRC16(c uint16, b []byte) uint16 {
	return uint16(flacCRC16Table.sum(uint32(c)<<16, b) >> 16)
}

var flacCRC16Table = newCRCTable(0x8005 << 16)
