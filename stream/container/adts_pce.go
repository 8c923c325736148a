package container

// bitReader reads bits from the highest on, and zeros behind the end.
type bitReader struct {
	b   []byte
	pos int
}

// read returns the next n bits, 16 at most.
func (r *bitReader) read(n int) uint32 {
	var v uint32
	for i := range 3 {
		if at := r.pos>>3 + i; at < len(r.b) {
			v |= uint32(r.b[at]) << (24 - 8*i)
		}
	}
	v = v << (r.pos & 7) >> (32 - n)
	r.pos += n
	return v
}

func (r *bitReader) over() bool { return r.pos > 8*len(r.b) }

// readPCE returns how many channels the program_config_element says that a
// raw_data_block begins with, or 0 when it begins with another element
// (ISO/IEC 14496-3, 4.4.1.1).
func readPCE(block []byte) int {
	r := bitReader{b: block}
	if r.read(3) != 5 { // ID_PCE
		return 0
	}
	r.read(4 + 2 + 4) // tag, object type, rate
	pairs := r.read(4)
	pairs += r.read(4)
	pairs += r.read(4) // front, side and back elements
	channels := r.read(2)
	r.read(3 + 4) // data and coupling elements, which are no channels
	for range 2 {
		if r.read(1) == 1 { // a mixdown to mono, to stereo
			r.read(4)
		}
	}
	if r.read(1) == 1 { // a matrix mixdown
		r.read(3)
	}
	for range pairs {
		channels += 1 + r.read(1) // a pair or a single one
		r.read(4)
	}
	if r.over() {
		return 0
	}
	return int(channels)
}
