package container

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"testing"
)

// probeFuzz opens what may be a file and checks that all that the index says of
// it is true, within 64 MB.
func probeFuzz(t *testing.T, data []byte) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	x, err := probeOpen(data)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
		t.Fatalf("opening %d bytes takes %d", len(data), n)
	}
	if err != nil || x.Format != FLAC && x.Format != Ogg {
		return
	}
	probeAll(t, data, x, false)
	if len(x.Notes) > 20 {
		t.Errorf("%d notes", len(x.Notes))
	}
}

// flacRepair makes the CRCs of whatever looks like frames right: a fuzzer
// cannot, and would be refused at the first check for ever.
func flacRepair(b []byte) {
	last := -1
	for i := 0; i+maxFLACHeader < len(b); i++ {
		if b[i] != 0xff || b[i+1]&0xfe != 0xf8 {
			continue
		}
		for n := 6; n <= maxFLACHeader; n++ {
			old := b[i+n-1]
			b[i+n-1] = flacCRC8(b[i : i+n-1])
			if h, ok := parseFLACHeader(b[i : i+n]); ok && h.size == n {
				if last >= 0 && i-last > 10 {
					binary.BigEndian.PutUint16(b[i-2:], flacCRC16(0, b[last:i-2]))
				}
				last = i
				break
			}
			b[i+n-1] = old
		}
	}
	if last >= 0 && len(b)-last > 10 {
		binary.BigEndian.PutUint16(b[len(b)-2:], flacCRC16(0, b[last:len(b)-2]))
	}
}

func FuzzFLAC(f *testing.F) {
	rnd := rand.New(rand.NewPCG(1, 1))
	for _, variable := range []bool{false, true} {
		m := &flacMaker{variable: variable}
		m.start(16, 100, 1000)
		for i := range 20 {
			b := make([]byte, 2*(16+84*(i&1)))
			for j := range b {
				b[j] = byte(rnd.Uint32())
			}
			m.frame(b)
		}
		b := m.out.Bytes()
		f.Add(b, false)
		f.Add(b[:len(b)-7], true)
		f.Add(append(bytes.Clone(b[:1000]), b[1300:]...), false)
		f.Add(append(append([]byte("ID3\x04\x00\x00\x00\x00\x00\x00"), b...), append([]byte("TAG"), make([]byte, 125)...)...), true)
		c := append([]byte("fLaC\x00"), b[5:42]...)
		c = append(c, "\x04\x00\x00\x3e\x00\x00\x00\x00\x01\x00\x00\x00\x32\x00\x00\x00WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x0000000000000f\x81\x00\x00\x02\xff\xf8"...)
		c[20] |= 4 // 3 channels
		f.Add(append(c, b[42:]...), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, repair bool) {
		if len(data) > 1<<20 {
			return
		}
		if repair {
			data = bytes.Clone(data)
			flacRepair(data)
		}
		probeFuzz(t, data)
	})
}

func FuzzFLACHeader(f *testing.F) {
	m := &flacMaker{variable: true, number: 1 << 35}
	f.Add(m.header(4096))
	f.Add([]byte{0xff, 0xf8, 0x6c, 0xa9, 0x7f, 1, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, ok := parseFLACHeader(b); ok && (h.size > len(b) || h.size > maxFLACHeader || h.block == 0 || h.number >= 1<<36) {
			t.Errorf("%x is %+v", b, h)
		}
	})
}
