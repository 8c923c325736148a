package container

import "bytes"

// sbrCount tells HE-AAC from AAC-LC, which have the same header: the data of
// spectral band replication is in a fill element behind the coded spectrum.
// Where the spectrum ends is known by decoding alone, but where the block ends is
// known, so that its elements are read from behind. Two or three in a hundred
// frames of AAC-LC end by chance as if there was such data; nearly all of HE-AAC
// do.
type sbrCount struct{ seen, found int }

// sbrEnough frames are looked at.
const sbrEnough = 32

// sbrHighest is the highest rate of a core in which replication is looked for:
// what comes out is of twice the rate, 48 kHz at most in practice.
const sbrHighest = 24000

func (s *sbrCount) add(frame []byte) {
	s.seen++
	head := int(adtsHead(uint32(frame[1]) << 16))
	if endsInSBR(frame[head:]) {
		s.found++
	}
}

// is reports whether the frames are HE-AAC; sure is false when there were too
// few to say so.
func (s *sbrCount) is() (sbr, sure bool) { return 2*s.found > s.seen, s.seen >= 8 }

// endsInSBR reports whether a raw_data_block seems to end in a fill element with
// SBR data, perhaps an empty one or one of padding behind it, and the end
// (ISO/IEC 14496-3, 4.4.1.1 and 4.4.2.7).
func endsInSBR(block []byte) bool {
	r := bitReader{b: block}
	peek := func(pos, n int) uint32 {
		r.pos = pos
		return r.read(n)
	}
	end := 8 * len(block)
	for z := 0; end > 0 && peek(end-1, 1) == 0; z++ { // byte_alignment
		if end--; z == 7 {
			return false
		}
	}
	if end -= 3; end < 0 || peek(end, 3) != 7 { // ID_END
		return false
	}
	for range 8 {
		padding := -1
		for n := 0; n < 15+255-1; n++ { // bytes of the element
			// ID_FIL, count, and esc_count from 15 on
			head, want := 7, uint32(6<<4|n)
			if n >= 15 {
				head, want = 15, uint32((6<<4|15)<<8|n-14)
			}
			from := end - 8*n - head
			if from < 0 {
				break
			}
			if peek(from, head) != want {
				continue
			}
			switch kind := peek(from+head, 4); {
			case n > 0 && (kind == 13 || kind == 14): // EXT_SBR_DATA, with a checksum or without
				return true
			case padding < 0 && (n == 0 || kind <= 1 && isFill(&r, from+head, n)):
				padding = from
			}
		}
		if padding < 0 {
			return false
		}
		end = padding
	}
	return false
}

// isFill reports whether an extension of n bytes holds nothing: a type of 4 bits,
// 4 zeros, then zeros or 10100101 alone.
func isFill(r *bitReader, pos, n int) bool {
	r.pos = pos + 4
	if r.read(4) != 0 {
		return false
	}
	b := make([]byte, n-1)
	for i := range b {
		b[i] = byte(r.read(8))
	}
	return len(bytes.Trim(b, "\x00")) == 0 || len(bytes.Trim(b, "\xa5")) == 0
}
