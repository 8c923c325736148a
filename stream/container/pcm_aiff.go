package container

import (
	"encoding/binary"
	mathbits "math/bits"
)

// openAIFF goes through the chunks, which come in any order (Apple, Audio
// Interchange File Format 1.3 and AIFF-C draft of 1991).
func (p *pcm) openAIFF(w *window, start int64) error {
	var frames int64 // as the description says
	sound, size := int64(-1), int64(0)
	off := start + 12
	for range maxChunks {
		h := w.at(off, 8)
		if h == nil {
			break
		}
		id, n := string(h[:4]), int64(binary.BigEndian.Uint32(h[4:]))
		off += 8
		switch id {
		case "COMM":
			b := w.upTo(off, int(min(n, 22)))
			if err := p.common(b); err != nil {
				return err
			}
			frames = int64(binary.BigEndian.Uint32(b[2:]))
		case "SSND":
			b := w.at(off, 8)
			if b == nil {
				return broken("it holds no sound")
			}
			skip := int64(binary.BigEndian.Uint32(b)) // to the first sample
			sound, size = off+8+skip, n
			if n != 0 && n != 0xffffffff {
				if size = n - 8 - skip; size < 0 {
					return broken("its sound begins behind its end")
				}
			}
		}
		if sound >= 0 && p.width > 0 {
			stated := frames * int64(p.width*p.channels)
			if stated > 0 && (size == 0 || size == 0xffffffff || stated < size) {
				size = stated // the chunk may count padding
			}
			err := p.place(sound, size, w.size)
			if p.stated > 0 {
				p.stated = max(p.stated, stated)
			}
			return err
		}
		off += n + n&1
	}
	return broken("it holds no sound")
}

// common reads a COMM chunk, of which the end tells how an AIFC is coded.
func (p *pcm) common(b []byte) error {
	if len(b) < 18 {
		return broken("its description is cut short")
	}
	p.channels = int(binary.BigEndian.Uint16(b))
	sampleBits := int(binary.BigEndian.Uint16(b[6:]))
	rate, ok := extended(b[8:18])
	if !ok {
		return broken("its sample rate is no number")
	}
	p.rate, p.coding = rate, signedBig
	if len(b) >= 22 {
		switch kind := string(b[18:22]); kind {
		case "NONE", "twos":
		case "sowt":
			p.coding = signedLittle
		case "raw ":
			if p.coding = unsigned; sampleBits > 8 {
				return unsupported("its sound is coded as raw, of %d bits", sampleBits)
			}
		case "in24":
			sampleBits = 24
		case "in32":
			sampleBits = 32
		case "fl32", "FL32":
			p.coding, sampleBits = floatBig, 32
		case "fl64", "FL64":
			p.coding, sampleBits = floatBig, 64
		default:
			return unsupported("its sound is coded as %q, not as PCM", kind)
		}
	}
	return p.check(sampleBits)
}

// extended reads an 80-bit float of the SANE kind, rounded to a whole number of
// Hz: old Macintoshes had rates that are none. Too much is more than FLAC has.
func extended(b []byte) (uint32, bool) {
	exponent, mantissa := int(binary.BigEndian.Uint16(b)), binary.BigEndian.Uint64(b[2:])
	if exponent >= 0x7fff { // negative, infinite or no number
		return 0, false
	}
	shift := 16383 + 63 - exponent // of the mantissa, to the right
	switch {
	case shift > 64 || mantissa == 0:
		return 0, true
	case shift < 64-mathbits.Len32(maxFLACRate):
		return maxFLACRate + 1, true
	}
	v := mantissa >> (shift - 1) // shift is at least 44
	return uint32(min((v+1)/2, maxFLACRate+1)), true
}
