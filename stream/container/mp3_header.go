package container

import "encoding/binary"

// mp3Syntax is Layer III of MPEG-1, MPEG-2 and MPEG-2.5 (ISO/IEC 11172-3, 2.4.1.3
// and 13818-3, 2.4.2.3) with a stated bitrate.
var mp3Syntax = syntax{head: 4, longest: 1441, parse: parseMP3}

// mp2Syntax is Layers I and II, which are told from Layer III and not packaged.
var mp2Syntax = syntax{head: 4, longest: 2881, parse: parseMP2}

// The header's two bits of version and of layer.
const (
	mpeg25, mpeg2, mpeg1             = 0, 2, 3
	layerIII, layerII, layerI        = 1, 2, 3
	mp3Sync                   uint32 = 0xffe00000
	mp3Fixed                  uint32 = mp3Sync | 3<<19 | 3<<17 | 3<<10 // version, layer and sample rate
)

// mp3Rates are by version and by the two bits of the rate, 0 where reserved.
var mp3Rates = [4][4]uint32{
	mpeg1:  {44100, 48000, 32000},
	mpeg2:  {22050, 24000, 16000},
	mpeg25: {11025, 12000, 8000},
}

// mp3Bitrates are in kbit/s, by MPEG-1 or not, by layer and by the four bits of
// the bitrate. 0 is free format.
var mp3Bitrates = [2][4][15]uint32{
	{
		layerI:   {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},
		layerII:  {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
		layerIII: {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
	}, {
		layerI:   {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},
		layerII:  {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},
		layerIII: {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	},
}

// mp3Sizes are the bytes of a frame without padding, by version, layer, rate and
// bitrate: one look-up in place of a division. 0 is no frame.
var mp3Sizes = func() (sizes [4][4][4][16]uint16) {
	for _, version := range []int{mpeg1, mpeg2, mpeg25} {
		for layer, bitrates := range mp3Bitrates[version&1] {
			for r, rate := range mp3Rates[version] {
				for i, kbps := range bitrates {
					var n uint32
					switch {
					case rate == 0 || layer == 0:
					case layer == layerI:
						n = 12 * kbps * 1000 / rate * 4
					case layer == layerIII && version != mpeg1:
						n = 72 * kbps * 1000 / rate
					default:
						n = 144 * kbps * 1000 / rate
					}
					sizes[version][layer][r][i] = uint16(n)
				}
			}
		}
	}
	return sizes
}()

func parseMP3(b []byte) (header, bool) {
	v := binary.BigEndian.Uint32(b)
	if v&mp3Sync != mp3Sync || v>>17&3 != layerIII {
		return header{}, false
	}
	n := uint32(mp3Sizes[v>>19&3][layerIII][v>>10&3][v>>12&15])
	if n == 0 {
		return header{}, false
	}
	return header{config: mp3Config(v), size: n + v>>9&1, samples: 576 << (v >> 19 & 1)}, true
}

func parseMP2(b []byte) (header, bool) {
	v := binary.BigEndian.Uint32(b)
	layer := v >> 17 & 3
	if v&mp3Sync != mp3Sync || layer < layerII {
		return header{}, false
	}
	n := uint32(mp3Sizes[v>>19&3][layer][v>>10&3][v>>12&15])
	if n == 0 {
		return header{}, false
	}
	pad := v >> 9 & 1
	if layer == layerI {
		pad *= 4 // a slot of Layer I has 4 bytes
	}
	return header{config: mp3Config(v), size: n + pad}, true
}

// mp3Config is what may not change within a run: version, layer, sample rate,
// and in the lowest bit whether it is mono. Stereo and joint stereo are one.
func mp3Config(v uint32) uint32 {
	c := v & mp3Fixed
	if v>>6&3 == 3 {
		c |= 1
	}
	return c
}

// mp3RunConfig is the configuration as a run states it.
func mp3RunConfig(config uint32) Config {
	return Config{
		Codecs:     "mp4a.40.34", // MPEG-1 Layer III in MPEG-4's list (ISO/IEC 14496-3, 1.5.1.1)
		SampleRate: int(mp3Rates[config>>19&3][config>>10&3]),
		Channels:   2 - int(config&1),
	}
}

// isFreeFormat reports whether b begins with three frames whose bitrate is not
// stated, and whose length is the distance to the next (ISO/IEC 11172-3,
// 2.4.2.3).
func isFreeFormat(b []byte) bool {
	const fixed = mp3Fixed | 15<<12
	if len(b) < 4 {
		return false
	}
	v := binary.BigEndian.Uint32(b)
	version, layer := v>>19&3, v>>17&3
	if v&mp3Sync != mp3Sync || layer == 0 || v>>12&15 != 0 || mp3Rates[version][v>>10&3] == 0 {
		return false
	}
	pad := func(v uint32) int {
		n := int(v >> 9 & 1)
		if layer == layerI {
			n *= 4
		}
		return n
	}
	for d := 24; d < 4096 && d+4 <= len(b); d++ {
		u := binary.BigEndian.Uint32(b[d:])
		if (u^v)&fixed != 0 {
			continue
		}
		if e := 2*d - pad(v) + pad(u); e+4 <= len(b) && (binary.BigEndian.Uint32(b[e:])^v)&fixed == 0 {
			return true
		}
	}
	return false
}
