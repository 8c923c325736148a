package container

import (
	"encoding/binary"
	"fmt"
)

// adtsSyntax is ADTS (ISO/IEC 13818-7, 6.2, and 14496-3, 1.A.2.2), of MPEG-2 and
// MPEG-4 alike, with a checksum or without.
var adtsSyntax = syntax{head: 7, longest: 1<<13 - 1, parse: parseADTS}

const (
	adtsSync  uint32 = 0xfff00000
	adtsLayer uint32 = 3 << 17 // 00: this tells ADTS from the layers of MPEG audio
	// adtsFixed are sync word, layer, profile, rate and channels.
	adtsFixed uint32 = adtsSync | adtsLayer | 3<<14 | 15<<10 | 7<<6
)

func parseADTS(b []byte) (header, bool) {
	v := binary.BigEndian.Uint32(b)
	if v&(adtsSync|adtsLayer) != adtsSync || v>>10&15 >= uint32(len(samplingRates)) {
		return header{}, false
	}
	w := binary.BigEndian.Uint32(b[3:])
	size, blocks := w>>13&0x1fff, w&3+1
	if size <= adtsHead(v) {
		return header{}, false
	}
	return header{config: v & adtsFixed, size: size, samples: 1024 * blocks}, true
}

// adtsHead is the length of a header of one block.
func adtsHead(v uint32) uint32 {
	if v>>16&1 == 0 {
		return 9 // a checksum
	}
	return 7
}

// adtsRunConfig is the configuration as a run states it, and what it cannot
// state. The frame is the run's first, whole.
func adtsRunConfig(frame []byte) (Config, string) {
	v := binary.BigEndian.Uint32(frame)
	c := Config{
		Codecs:     fmt.Sprintf("mp4a.40.%d", v>>14&3+1), // the profile is the object type less 1
		SampleRate: samplingRates[v>>10&15],
		Channels:   int(v >> 6 & 7),
	}
	switch c.Channels {
	case 7:
		c.Channels = 8
	case 0:
		n := adtsHead(v)
		if blocks := uint32(frame[6] & 3); v>>16&1 == 0 {
			n += 2 * blocks // where the other blocks begin
		}
		if n < uint32(len(frame)) {
			c.Channels = readPCE(frame[n:])
		}
		if c.Channels == 0 {
			return c, "its channels are not stated"
		}
	}
	return c, ""
}
