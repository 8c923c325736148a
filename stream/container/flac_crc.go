package container

import "encoding/binary"

// flacCRC16Table holds, in row k, the CRC-16 of a byte with k zero bytes behind it
// (RFC 9639, 9.3: polynomial 0x8005, most significant bit first, from 0).
var flacCRC16Table = func() (t [16][256]uint16) {
	for i := range 256 {
		c := uint16(i) << 8
		for range 8 {
			if c&0x8000 != 0 {
				c = c<<1 ^ 0x8005
			} else {
				c <<= 1
			}
		}
		t[0][i] = c
	}
	for k := 1; k < 16; k++ {
		for i := range 256 {
			c := t[k-1][i]
			t[k][i] = c<<8 ^ t[0][c>>8]
		}
	}
	return t
}()

// flacCRC8Table is of polynomial 0x07 (RFC 9639, 9.1.8).
var flacCRC8Table = func() (t [256]uint8) {
	for i := range 256 {
		c := uint8(i)
		for range 8 {
			if c&0x80 != 0 {
				c = c<<1 ^ 0x07
			} else {
				c <<= 1
			}
		}
		t[i] = c
	}
	return t
}()

// flacCRC16 goes on with a CRC-16. Over a frame and its footer it is 0. It takes 16
// bytes a step: byte by byte it would be the slowest part of the walk by far.
func flacCRC16(c uint16, b []byte) uint16 {
	t := &flacCRC16Table
	for len(b) >= 16 {
		x := binary.BigEndian.Uint64(b) ^ uint64(c)<<48
		y := binary.BigEndian.Uint64(b[8:])
		c = t[15][x>>56] ^ t[14][x>>48&255] ^ t[13][x>>40&255] ^ t[12][x>>32&255] ^
			t[11][x>>24&255] ^ t[10][x>>16&255] ^ t[9][x>>8&255] ^ t[8][x&255] ^
			t[7][y>>56] ^ t[6][y>>48&255] ^ t[5][y>>40&255] ^ t[4][y>>32&255] ^
			t[3][y>>24&255] ^ t[2][y>>16&255] ^ t[1][y>>8&255] ^ t[0][y&255]
		b = b[16:]
	}
	for _, v := range b {
		c = c<<8 ^ t[0][byte(c>>8)^v]
	}
	return c
}

func flacCRC8(b []byte) (c uint8) {
	for _, v := range b {
		c = flacCRC8Table[c^v]
	}
	return c
}
