package container

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strings"
)

// picture reads a sample entry of pictures (ISO/IEC 14496-12, 12.1.3), whose
// kind and body are given, and writes one anew: the codec's configuration, the
// shape of a pixel and the colours are kept.
func (t *mp4Track) picture(kind string, entry []byte) error {
	t.mp4Media = mp4Media{}
	var config string
	var codec Codec
	switch kind {
	case "avc1", "avc3":
		config, codec = "avcC", CodecH264
	case "hvc1", "hev1":
		config, codec = "hvcC", CodecH265
	case "av01":
		config, codec = "av1C", CodecAV1
	case "encv", "drmi":
		return unsupported("its pictures are encrypted (%s)", kind)
	case "jpeg", "mjpa", "mjpb", "png ", "gif ":
		return nil // a cover, or one for each chapter
	case "mp4v":
		if len(entry) > 78 {
			for k, b := range boxesOf(entry[78:]) {
				if k == "esds" && len(b) > 4 {
					if o := readDecoderConfig(b[4:]).object; o == 0x6c || o == 0x6d { // JPEG, PNG
						return nil
					}
				}
			}
		}
		fallthrough
	default:
		return unsupported("its pictures are coded as %q, which is not packaged", kind)
	}
	if len(entry) < 78 {
		return broken("its %s is cut short", kind)
	}
	var setup, shape, colour []byte
	for k, b := range boxesOf(entry[78:]) {
		switch k {
		case config:
			setup = b
		case "pasp":
			if len(b) == 8 {
				shape = b
			}
		case "colr":
			if c := colours(b); c != nil {
				colour = c
			}
		}
	}
	width, height := binary.BigEndian.Uint16(entry[24:]), binary.BigEndian.Uint16(entry[26:])
	if width == 0 || height == 0 {
		return broken("its pictures have no size")
	}
	var codecs string
	switch codec {
	case CodecH264:
		codecs = avcCodecs(kind, setup)
	case CodecH265:
		codecs = hevcCodecs(kind, setup)
	case CodecAV1:
		codecs = av1Codecs(kind, setup, colour)
	}
	if codecs == "" {
		return broken("its %s has no %s that makes sense", kind, config)
	}
	head := make([]byte, 78)
	head[7] = 1 // data_reference_index
	copy(head[24:28], entry[24:28])
	binary.BigEndian.PutUint32(head[28:], 72<<16) // dots in an inch
	binary.BigEndian.PutUint32(head[32:], 72<<16)
	head[41] = 1 // frame_count
	head[75] = 24
	head[76], head[77] = 0xff, 0xff
	parts := appendBox(nil, config, setup)
	if colour != nil {
		parts = appendBox(parts, "colr", colour)
	}
	if shape != nil {
		parts = appendBox(parts, "pasp", shape)
	}
	t.codec, t.syncOnly = codec, true
	t.Config = Config{
		Codecs: codecs,
		Entry:  appendBox(nil, kind, head, parts),
		Width:  int(width),
		Height: int(height),
	}
	return nil
}

// colours is the body of a colr box as ISO files have it (ISO/IEC 14496-12,
// 12.1.5). QuickTime's nclc is the same without the flag of full range.
func colours(b []byte) []byte {
	switch {
	case len(b) >= 11 && string(b[:4]) == "nclx":
		return b[:11]
	case len(b) >= 10 && string(b[:4]) == "nclc":
		return append([]byte("nclx"), b[4], b[5], b[6], b[7], b[8], b[9], 0)
	}
	return nil
}

// avcCodecs names profile, constraints and level of an
// AVCDecoderConfigurationRecord (RFC 6381, 3.3; ISO/IEC 14496-15, 5.3.3.1).
func avcCodecs(kind string, b []byte) string {
	if len(b) < 7 || b[0] != 1 {
		return ""
	}
	return fmt.Sprintf("%s.%02X%02X%02X", kind, b[1], b[2], b[3])
}

// hevcCodecs names an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1
// and annex E.3).
func hevcCodecs(kind string, b []byte) string {
	if len(b) < 23 || b[0] != 1 {
		return ""
	}
	var s strings.Builder
	s.WriteString(kind + ".")
	if space := b[1] >> 6; space > 0 {
		s.WriteByte('A' + space - 1)
	}
	tier := 'L'
	if b[1]&0x20 != 0 {
		tier = 'H'
	}
	fmt.Fprintf(&s, "%d.%X.%c%d", b[1]&0x1f, bits.Reverse32(binary.BigEndian.Uint32(b[2:])), tier, b[12])
	constraints := b[6:12]
	for len(constraints) > 0 && constraints[len(constraints)-1] == 0 {
		constraints = constraints[:len(constraints)-1]
	}
	for _, c := range constraints {
		fmt.Fprintf(&s, ".%X", c)
	}
	return s.String()
}

// av1Codecs names an AV1CodecConfigurationRecord (AV1 Codec ISO Media File Format
// Binding, 2.3.3 and 5). Colours are told where they are not those of BT.709.
func av1Codecs(kind string, b, colour []byte) string {
	if len(b) < 4 || b[0] != 0x81 {
		return ""
	}
	profile, level, tier, depth := b[1]>>5, b[1]&31, 'M', 8
	flags := b[2]
	if flags&0x80 != 0 {
		tier = 'H'
	}
	if flags&0x40 != 0 {
		depth = 10
		if profile == 2 && flags&0x20 != 0 {
			depth = 12
		}
	}
	mono, across, down, place := flags>>4&1, flags>>3&1, flags>>2&1, flags&3
	if across&down == 0 {
		place = 0
	}
	s := fmt.Sprintf("%s.%d.%02d%c.%02d", kind, profile, level, tier, depth)
	c := [4]uint16{1, 1, 1, 0} // primaries, transfer, matrix, full range
	if colour != nil {
		for i := range 3 {
			c[i] = binary.BigEndian.Uint16(colour[4+2*i:])
			if c[i] == 2 { // unspecified
				c[i] = 1
			}
		}
		c[3] = uint16(colour[10] >> 7)
	}
	if mono == 0 && across&down == 1 && place == 0 && c == [4]uint16{1, 1, 1, 0} {
		return s
	}
	return s + fmt.Sprintf(".%d.%d%d%d.%02d.%02d.%02d.%d", mono, across, down, place, c[0], c[1], c[2], c[3])
}
