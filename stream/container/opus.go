package container

import "encoding/binary"

const (
	// opusRate is what the times of Opus count, whatever was encoded (RFC 7845, 4).
	opusRate = 48000
	// opusRoll is how long a decoder must run before its sound is right: 80 ms
	// (RFC 7845, 4.6).
	opusRoll = 80 * opusRate / 1000
	// maxOpusPacket is how many bytes a packet has for each of its streams
	// (RFC 7845, 6).
	maxOpusPacket = 61440
)

// opusHead is an identification header (RFC 7845, 5.1).
type opusHead struct {
	channels int
	preSkip  uint16 // samples at 48 kHz
	rate     uint32 // of what was encoded, Hz; 0 when it is not known
	gain     int16  // dB, 8.8
	family   uint8
	streams  int
	mapping  []byte // stream count, coupled count, mapping; nil for family 0
}

func parseOpusHead(b []byte) (h opusHead, err error) {
	if len(b) < 19 {
		return h, broken("its OpusHead has %d bytes", len(b))
	}
	if b[8]>>4 != 0 {
		return h, unsupported("its OpusHead is of version %d", b[8])
	}
	h = opusHead{
		channels: int(b[9]),
		preSkip:  binary.LittleEndian.Uint16(b[10:]),
		rate:     binary.LittleEndian.Uint32(b[12:]),
		gain:     int16(binary.LittleEndian.Uint16(b[16:])),
		family:   b[18],
		streams:  1,
	}
	switch {
	case h.channels == 0:
		return h, broken("its OpusHead gives no channels")
	case h.family == 0 && h.channels > 2, h.family == 1 && h.channels > 8:
		return h, broken("its OpusHead gives %d channels in mapping family %d", h.channels, h.family)
	case h.family == 0:
		return h, nil
	case h.family != 1 && h.family != 2 && h.family != 255:
		// The table of family 3 is another one (RFC 8486, 3.2); all others are reserved.
		return h, unsupported("its channels are of mapping family %d", h.family)
	}
	n := 19 + 2 + h.channels
	if len(b) < n {
		return h, broken("its OpusHead ends in its channel mapping")
	}
	h.mapping = append([]byte(nil), b[19:n]...)
	h.streams = int(h.mapping[0])
	coupled := int(h.mapping[1])
	if h.streams == 0 || coupled > h.streams || h.streams+coupled > 255 {
		return h, broken("its OpusHead gives %d streams, %d of them coupled", h.streams, coupled)
	}
	for _, m := range h.mapping[2:] {
		if m != 255 && int(m) >= h.streams+coupled {
			return h, broken("its OpusHead maps a channel to stream %d of %d", m, h.streams+coupled)
		}
	}
	return h, nil
}

// entry is the sample entry. Its dOps says what OpusHead says, but big-endian
// and with version 0 (Xiph's Opus in ISOBMFF, 4.3.2).
func (h *opusHead) entry() []byte {
	b := []byte{0, byte(h.channels)}
	b = binary.BigEndian.AppendUint16(b, h.preSkip)
	b = binary.BigEndian.AppendUint32(b, h.rate)
	b = binary.BigEndian.AppendUint16(b, uint16(h.gain))
	b = append(b, h.family)
	b = append(b, h.mapping...)
	return audioEntry("Opus", h.channels, 16, opusRate, appendBox(nil, "dOps", b))
}

// opusSamples is how long a packet sounds, in samples at 48 kHz, by its first
// two bytes (RFC 6716, 3.1); ok is false when it is no Opus packet.
func opusSamples(p *oggPacket) (n uint32, ok bool) {
	if p.size == 0 {
		return 0, false
	}
	toc := p.begin[0]
	switch config := toc >> 3; {
	case config < 12: // SILK
		n = [4]uint32{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid
		n = [2]uint32{480, 960}[config&1]
	default: // CELT
		n = 120 << (config & 3)
	}
	switch toc & 3 {
	case 1, 2:
		n *= 2
	case 3:
		if p.size < 2 {
			return 0, false
		}
		n *= uint32(p.begin[1] & 0x3f)
	}
	return n, 0 < n && n <= 120*opusRate/1000
}
