package container

import (
	"encoding/binary"
	mathbits "math/bits"
)

// maxChunks is more than any file has before its sound.
const maxChunks = 1 << 14

// The codings of a WAV file (RFC 2361; WAVE_FORMAT_EXTENSIBLE in mmreg.h).
const (
	wavPCM        = 0x0001
	wavFloat      = 0x0003
	wavExtensible = 0xfffe
)

// wavSubFormat is the tail of the GUIDs that stand for the older codes, which
// are their first two bytes.
const wavSubFormat = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

// openWAV goes through the chunks to the sound.
func (p *pcm) openWAV(w *window, start int64) error {
	long := int64(-1) // the size of the sound, of an RF64 (EBU Tech 3306, 3.5)
	described := false
	off := start + 12
	for range maxChunks {
		h := w.at(off, 8)
		if h == nil {
			break
		}
		id, size := string(h[:4]), int64(binary.LittleEndian.Uint32(h[4:]))
		off += 8
		switch id {
		case "ds64":
			if b := w.at(off, 16); b != nil && size >= 16 {
				// More than any file has is as good as unknown.
				long = int64(min(binary.LittleEndian.Uint64(b[8:]), 1<<62))
			}
		case "fmt ":
			if err := p.describe(w.upTo(off, int(min(size, 40)))); err != nil {
				return err
			}
			described = true
		case "data":
			if !described {
				return broken("its sound comes before what it is")
			}
			if size == 0xffffffff && long >= 0 {
				size = long
			}
			return p.place(off, size, w.size)
		}
		off += size + size&1
	}
	return broken("it holds no sound")
}

// describe reads a "fmt " chunk.
func (p *pcm) describe(b []byte) error {
	if len(b) < 16 {
		return broken("its format is cut short")
	}
	le := binary.LittleEndian
	code, align, sampleBits := le.Uint16(b), int(le.Uint16(b[12:])), int(le.Uint16(b[14:]))
	p.channels, p.rate = int(le.Uint16(b[2:])), le.Uint32(b[4:])
	if code == wavExtensible && len(b) >= 40 {
		if string(b[26:40]) != wavSubFormat {
			return unsupported("its sound is coded in a way that is not known: %x", b[24:40])
		}
		code, p.mask = le.Uint16(b[24:]), le.Uint32(b[20:])
		if mathbits.OnesCount32(p.mask) != p.channels {
			p.mask = 0
		}
	}
	switch {
	case code == wavFloat:
		p.coding = floatLittle
	case code != wavPCM:
		return unsupported("its sound is coded as format 0x%04x, not as PCM", code)
	case sampleBits <= 8:
		p.coding = unsigned
	default:
		p.coding = signedLittle
	}
	if err := p.check(sampleBits); err != nil {
		return err
	}
	if align != 0 && align != p.width*p.channels {
		return unsupported("its frames of %d samples of %d bits are %d bytes", p.channels, sampleBits, align)
	}
	return nil
}
