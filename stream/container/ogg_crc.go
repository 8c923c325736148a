package container

import "encoding/binary"

// oggCRCTable holds, in row k, the CRC-32 of a byte with k zero bytes behind it
// (RFC 3533, 6: polynomial 0x04c11db7, most significant bit first, from 0; not
// the one of hash/crc32, which goes the other way).
var oggCRCTable = func() (t [16][256]uint32) {
	for i := range 256 {
		c := uint32(i) << 24
		for range 8 {
			if c>>31 != 0 {
				c = c<<1 ^ 0x04c11db7
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
}()

// oggCRC goes on with a CRC-32, 16 bytes a step.
func oggCRC(c uint32, b []byte) uint32 {
	t := &oggCRCTable
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
