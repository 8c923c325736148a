package container

import "encoding/binary"

// mp3Decoder is how many samples a decoder of Layer III is late, which no tag
// counts: 528 + 1 (LAME's technical FAQ, "decoder delay").
const mp3Decoder = 529

// mp3Info is what the first frame of a file says of the file when it holds no
// sound. None of it is believed but the delay and the padding.
type mp3Info struct {
	name   string // "Xing", "Info" or "VBRI"
	frames int64  // how many follow, or 0
	// lame says that an encoder's tag follows that states delay and padding, in
	// samples, as the encoder counts them: without the decoder's share.
	lame           bool
	delay, padding int64
}

// readMP3Info reads a whole frame, or returns nil when it is one of sound. The
// Xing header stands behind the side information, the VBRI header always at 36.
func readMP3Info(b []byte) *mp3Info {
	if len(b) < 4 {
		return nil
	}
	v := binary.BigEndian.Uint32(b)
	side := 32
	switch mpeg, mono := v>>19&3 == mpeg1, v>>6&3 == 3; {
	case mpeg && mono, !mpeg && !mono:
		side = 17
	case !mpeg:
		side = 9
	}
	// Encoders do not agree on whether a checksum moves it.
	for _, at := range []int{4 + side, 6 + side} {
		if at == 6+side && v>>16&1 == 1 {
			break
		}
		if len(b) >= at+8 && (string(b[at:at+4]) == "Xing" || string(b[at:at+4]) == "Info") {
			return readXing(b[at:])
		}
	}
	if len(b) >= 54 && string(b[36:40]) == "VBRI" {
		return &mp3Info{name: "VBRI", frames: int64(binary.BigEndian.Uint32(b[50:]))}
	}
	return nil
}

// readXing reads the fields that the flags announce, and the tag of the encoder
// behind them (Mp3 Info Tag revision 1 specification).
func readXing(b []byte) *mp3Info {
	i := &mp3Info{name: string(b[:4])}
	flags := binary.BigEndian.Uint32(b[4:])
	b = b[8:]
	if flags&1 != 0 && len(b) >= 4 {
		i.frames = int64(binary.BigEndian.Uint32(b))
	}
	for bit, n := range []int{4, 4, 100, 4} { // frames, bytes, table, quality
		if flags>>bit&1 != 0 {
			if len(b) < n {
				return i
			}
			b = b[n:]
		}
	}
	if len(b) < 24 {
		return i
	}
	switch string(b[:4]) {
	case "LAME", "Lavf", "Lavc":
		v := bigEndian24(b[21:])
		i.lame, i.delay, i.padding = true, int64(v>>12), int64(v&0xfff)
	}
	return i
}
