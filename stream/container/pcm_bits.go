package container

import "encoding/binary"

// bitWriter collects bits, the highest first.
type bitWriter struct {
	b   []byte
	acc uint64 // the bits that are no whole bytes of b yet, in its low n
	n   uint   // under 32
}

func (w *bitWriter) reset()        { w.b, w.acc, w.n = w.b[:0], 0, 0 }
func (w *bitWriter) bytes() []byte { return w.b } // all of them after align

// put writes the n low bits of v, n at most 32, the rest of v being 0.
func (w *bitWriter) put(v uint64, n uint) {
	w.acc = w.acc<<n | v
	if w.n += n; w.n >= 32 {
		w.n -= 32
		w.b = binary.BigEndian.AppendUint32(w.b, uint32(w.acc>>w.n))
	}
}

func (w *bitWriter) signed(v int32, n uint) { w.put(uint64(v)&(1<<n-1), n) }

// align fills the last byte with zeros.
func (w *bitWriter) align() {
	for ; w.n > 0; w.n -= min(w.n, 8) {
		if w.n < 8 {
			w.acc, w.n = w.acc<<(8-w.n), 8
		}
		w.b = append(w.b, byte(w.acc>>(w.n-8)))
	}
}

// rice writes numbers: what is above the low k bits as that many zeros and a
// one, then these (RFC 9639 9.2.7.3).
func (w *bitWriter) rice(u []uint32, k uint) {
	stop, mask := uint64(1)<<k, uint32(1)<<k-1
	for _, v := range u {
		zeros := uint(v >> k)
		low := stop | uint64(v&mask)
		if zeros+1+k <= 32 { // Fast path: all at once.
			w.put(low, zeros+1+k)
			continue
		}
		for ; zeros > 32; zeros -= 32 {
			w.put(0, 32)
		}
		w.put(0, zeros)
		w.put(low, 1+k)
	}
}

// number writes a number the way UTF-8 writes characters, up to 36 bits (RFC
// 9639 9.1.5).
func (w *bitWriter) number(v uint64) {
	if v < 0x80 {
		w.put(v, 8)
		return
	}
	more := 1 // bytes behind the first, of 6 bits each
	for more < 6 && v>>(6*more) >= 1<<(6-more) {
		more++
	}
	first := uint64(0xff) << (7 - more) & 0xff
	w.put(first|v>>(6*more), 8)
	for more--; more >= 0; more-- {
		w.put(0x80|v>>(6*more)&0x3f, 8)
	}
}

var (
	crc8Table  = crcTable(0x07, 8)
	crc16Table = crcTable(0x8005, 16)
)

func crcTable(poly uint16, width uint) (t [256]uint16) {
	for i := range t {
		c := uint16(i) << (width - 8)
		for range 8 {
			if c>>(width-1)&1 == 1 {
				c = c<<1 ^ poly
			} else {
				c <<= 1
			}
		}
		t[i] = c & (1<<width - 1)
	}
	return t
}

// crc8FLAC is of a frame's header (RFC 9639 9.1.8).
func crc8FLAC(b []byte) uint8 {
	c := uint8(0)
	for _, v := range b {
		c = uint8(crc8Table[c^v])
	}
	return c
}

// crc16FLAC is of a frame (RFC 9639 9.3).
func crc16FLAC(b []byte) uint16 {
	c := uint16(0)
	for _, v := range b {
		c = c<<8 ^ crc16Table[byte(c>>8)^v]
	}
	return c
}
