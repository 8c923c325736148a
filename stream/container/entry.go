package container

import "encoding/binary"

// appendBox appends a box around the parts (ISO/IEC 14496-12, 4.2).
func appendBox(dst []byte, kind string, parts ...[]byte) []byte {
	n := 8
	for _, p := range parts {
		n += len(p)
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(n))
	dst = append(dst, kind...)
	for _, p := range parts {
		dst = append(dst, p...)
	}
	return dst
}

// audioEntry is an AudioSampleEntry of version 0 (ISO/IEC 14496-12, 12.2.3) with
// the codec's own configuration box. Its 16.16 field of the rate cannot hold
// more than 65535: then it says the greatest of 48000 and 44100 that divides the
// rate, and players go by the configuration (Xiph's FLAC in ISOBMFF, 3.3.1).
func audioEntry(kind string, channels, bits, rate int, config []byte) []byte {
	b := make([]byte, 28, 28+len(config))
	binary.BigEndian.PutUint16(b[6:], 1) // data_reference_index
	binary.BigEndian.PutUint16(b[16:], uint16(channels))
	binary.BigEndian.PutUint16(b[18:], uint16(bits))
	if rate > 65535 {
		switch {
		case rate%48000 == 0:
			rate = 48000
		case rate%44100 == 0:
			rate = 44100
		default:
			rate = 0
		}
	}
	binary.BigEndian.PutUint32(b[24:], uint32(rate)<<16)
	return appendBox(nil, kind, b, config)
}
