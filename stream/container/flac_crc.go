package container

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

func flacCRC8(b []byte) (c uint8) {
	for _, v := range b {
		c = flacCRC8Table[c^v]
	}
	return c
}
