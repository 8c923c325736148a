package container

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// oggRepair makes the CRC of whatever looks like a page right.
func oggRepair(b []byte) {
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], oggMagic)
		if i < 0 || len(b)-at-i < 27 {
			return
		}
		at += i
		n := 27 + int(b[at+26])
		if at+n > len(b) {
			continue
		}
		for _, l := range b[at+27 : at+n] {
			n += int(l)
		}
		if at+n > len(b) {
			continue
		}
		clear(b[at+22 : at+26])
		binary.LittleEndian.PutUint32(b[at+22:], oggCRC(0, b[at:at+n]))
	}
}

func FuzzOgg(f *testing.F) {
	m := &oggMaker{serial: 1}
	m.opusHeads(312)
	other := &oggMaker{serial: 2}
	long := opusPacket(255*4, 7)
	for i := range 6 {
		m.page(0, int64(i)*3*960, true, opusPacket(20, 1), []byte{3}, long[:510])
		m.page(oggContinued, int64(i+1)*3*960, false, long[510:], opusPacket(3, 2))
		other.page(0, 5, false, []byte("another stream"))
		m.out.Write(other.out.Bytes())
		other.out.Reset()
	}
	m.page(oggLast, 7*3*960-100, false, opusPacket(20, 1))
	b := m.out.Bytes()
	f.Add(b, false)
	f.Add(append(bytes.Clone(b), b...), true)
	f.Add(b[:len(b)-5], true)
	f.Add(append(bytes.Clone(b[:800]), b[1200:]...), false)
	f.Add([]byte("OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x1e\x01vorbis"+string(make([]byte, 23))), true)
	m = &oggMaker{}
	m.page(oggFirst, 0, false, []byte("OpusHead\x01\x03\x38\x01\x80\xbb\x00\x00\xff\xff\x01\x02\x01\x00\x02\x01"))
	m.page(oggLast, 100, false, opusPacket(10, 1))
	f.Add(m.out.Bytes(), true)
	f.Fuzz(func(t *testing.T, data []byte, repair bool) {
		if len(data) > 1<<20 {
			return
		}
		if repair {
			data = bytes.Clone(data)
			oggRepair(data)
		}
		probeFuzz(t, data)
	})
}
