package container

import (
	"bytes"
	"encoding/binary"
)

// oggMaker writes Ogg by hand.
type oggMaker struct {
	serial, seq uint32
	out         bytes.Buffer
}

// page writes a page of packets. With open the last goes on on the next page:
// its length must be a multiple of 255.
func (m *oggMaker) page(flags byte, granule int64, open bool, packets ...[]byte) {
	var lacing, body []byte
	for i, p := range packets {
		for range len(p) / 255 {
			lacing = append(lacing, 255)
		}
		if !open || i < len(packets)-1 {
			lacing = append(lacing, byte(len(p)%255))
		}
		body = append(body, p...)
	}
	b := []byte{'O', 'g', 'g', 'S', 0, flags}
	b = binary.LittleEndian.AppendUint64(b, uint64(granule))
	b = binary.LittleEndian.AppendUint32(b, m.serial)
	b = binary.LittleEndian.AppendUint32(b, m.seq)
	b = append(b, 0, 0, 0, 0, byte(len(lacing)))
	b = append(append(b, lacing...), body...)
	binary.LittleEndian.PutUint32(b[22:], oggCRC(0, b))
	m.out.Write(b)
	m.seq++
}

// opusHeads are the headers of a stream.
func (m *oggMaker) opusHeads(preSkip uint16) {
	head := append([]byte("OpusHead\x01\x02"), byte(preSkip), byte(preSkip>>8), 0x44, 0xac, 0, 0, 1, 2, 0)
	m.page(oggFirst, 0, false, head)
	m.page(0, 0, false, []byte("OpusTags\x00\x00\x00\x00\x00\x00\x00\x00"))
}

// opusPacket is a packet of 20 ms, of n bytes.
func opusPacket(n int, fill byte) []byte {
	return append([]byte{0xf8}, bytes.Repeat([]byte{fill}, n-1)...)
}
