package container

import (
	"encoding/binary"
	"iter"
)

// sound reads a sample entry of sound, whose kind and body are given, and writes
// one anew.
func (t *mp4Track) sound(kind string, entry []byte) error {
	t.mp4Media = mp4Media{}
	switch kind {
	case "mp4a":
		return t.aac(entry)
	case "alac":
		return t.alac(entry)
	case "fLaC":
		return t.flac(entry)
	case "Opus":
		return t.opus(entry)
	case "enca", "drms", "drmi":
		return unsupported("its sound is encrypted (%s)", kind)
	case ".mp3":
		return unsupported("its sound is MP3 inside of MP4, which browsers refuse")
	}
	return unsupported("its sound is coded as %q, which is not packaged", kind)
}

// soundBoxes walks the boxes of a sample entry of sound, and those in QuickTime's
// wave atom. QuickTime's versions 1 and 2 have more fields before them; but in
// ISO files version 1 has none (QuickTime File Format, Sound Sample
// Descriptions; ISO/IEC 14496-12, 12.2.3).
func soundBoxes(entry []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		if len(entry) < 28 {
			return
		}
		head := 28
		switch binary.BigEndian.Uint16(entry[8:]) {
		case 1:
			if boxBegins(entry, 28+16) || !boxBegins(entry, 28) {
				head = 28 + 16
			}
		case 2:
			head = 28 + 36
		}
		if len(entry) < head {
			return
		}
		for kind, b := range boxesOf(entry[head:]) {
			if kind == "wave" {
				for kind, b := range boxesOf(b) {
					if !yield(kind, b) {
						return
					}
				}
			}
			if !yield(kind, b) {
				return
			}
		}
	}
}

// boxBegins reports whether what stands there looks like a box.
func boxBegins(b []byte, at int) bool {
	if len(b) < at+8 {
		return false
	}
	for _, c := range b[at+4 : at+8] {
		if c < ' ' || c > '~' {
			return false
		}
	}
	n := binary.BigEndian.Uint32(b[at:])
	return n >= 8 && uint64(n) <= uint64(len(b)-at)
}

// soundBox is the first box of a kind with a body of at least n bytes.
func soundBox(entry []byte, kind string, n int) []byte {
	for k, b := range soundBoxes(entry) {
		if k == kind && len(b) >= n {
			return b
		}
	}
	return nil
}

// aac reads an mp4a entry with its esds (ISO/IEC 14496-14, 6.7.2).
func (t *mp4Track) aac(entry []byte) error {
	b := soundBox(entry, "esds", 4)
	if b == nil {
		return broken("its mp4a has no esds")
	}
	d := readDecoderConfig(b[4:])
	switch d.object {
	case 0x40, 0x67: // MPEG-4 audio, MPEG-2 AAC LC
	case 0x69, 0x6b:
		return unsupported("its sound is MP3 inside of MP4, which browsers refuse")
	default:
		return unsupported("its mp4a is of object type 0x%02x, which is not packaged", d.object)
	}
	a, err := readAudioConfig(d.specific)
	if err != nil {
		return err
	}
	t.codec = CodecAAC
	t.core, t.frame, t.syncOnly = uint32(a.rate), a.frame, a.object == 42
	t.Config = Config{
		Codecs:     a.codecs(),
		SampleRate: a.output,
		Channels:   a.channels,
		Entry:      audioEntry("mp4a", a.channels, 16, a.output, esds(d.most, d.average, a.config)),
		Roll:       -1,
	}
	return nil
}

// decoderConfig is a DecoderConfigDescriptor (ISO/IEC 14496-1, 7.2.6.6).
type decoderConfig struct {
	object        byte   // objectTypeIndication
	most, average uint32 // bit/s
	specific      []byte // DecoderSpecificInfo
}

// readDecoderConfig finds it in an ES_Descriptor.
func readDecoderConfig(b []byte) (d decoderConfig) {
	tag, b, _ := descriptor(b)
	if tag != 3 || len(b) < 3 {
		return d
	}
	flags, skip := b[2], 3
	if flags&0x80 != 0 {
		skip += 2
	}
	if flags&0x40 != 0 && len(b) > skip { // an address
		skip += 1 + int(b[skip])
	}
	if flags&0x20 != 0 {
		skip += 2
	}
	if len(b) < skip {
		return d
	}
	if tag, b, _ = descriptor(b[skip:]); tag != 4 || len(b) < 13 {
		return d
	}
	d.object = b[0]
	d.most, d.average = binary.BigEndian.Uint32(b[5:]), binary.BigEndian.Uint32(b[9:])
	for rest := b[13:]; len(rest) > 0; {
		if tag, b, rest = descriptor(rest); tag == 5 {
			d.specific = b
			break
		}
	}
	return d
}

// descriptor splits off a descriptor: its tag, its body, and what follows. A
// body is as long as it can be, when it says that it is longer.
func descriptor(b []byte) (tag byte, body, rest []byte) {
	if len(b) < 2 {
		return 0, nil, nil
	}
	n, i := 0, 1
	for ; i < len(b) && i <= 4; i++ {
		n = n<<7 | int(b[i]&0x7f)
		if b[i]&0x80 == 0 {
			i++
			break
		}
	}
	n = min(n, len(b)-i)
	return b[0], b[i : i+n], b[i+n:]
}

// esds writes the box with an AudioSpecificConfig.
func esds(most, average uint32, config []byte) []byte {
	wrap := func(tag byte, body []byte) []byte {
		return append([]byte{tag, byte(len(body)>>7&0x7f) | 0x80, byte(len(body) & 0x7f)}, body...)
	}
	decoder := []byte{0x40, 5<<2 | 1, 0, 0, 0} // audio, upstream 0, reserved 1
	decoder = binary.BigEndian.AppendUint32(decoder, most)
	decoder = binary.BigEndian.AppendUint32(decoder, average)
	decoder = append(decoder, wrap(5, config)...)
	es := append([]byte{0, 0, 0}, wrap(4, decoder)...)
	es = append(es, wrap(6, []byte{2})...)
	return appendBox(nil, "esds", make([]byte, 4), wrap(3, es))
}

// alac reads an alac entry with its magic cookie: a box of the same name that
// holds an ALACSpecificConfig and perhaps a channel layout (Apple Lossless
// Format, Magic Cookie Description).
func (t *mp4Track) alac(entry []byte) error {
	b := soundBox(entry, "alac", 28)
	if b == nil {
		return broken("its alac has no cookie")
	}
	c := b[4:]
	frame, bits, channels := binary.BigEndian.Uint32(c), int(c[5]), int(c[9])
	rate := binary.BigEndian.Uint32(c[20:])
	if frame == 0 || frame > 1<<16 || bits == 0 || bits > 32 || channels == 0 || channels > 8 || rate == 0 || rate > 1<<20 {
		return broken("its ALAC cookie makes no sense")
	}
	keep := c[:24:24]
	if len(c) >= 48 && string(c[28:32]) == "chan" {
		keep = c[:48:48]
	}
	t.codec = CodecALAC
	t.core, t.frame = rate, frame
	t.Config = Config{
		Codecs:     "alac",
		SampleRate: int(rate),
		Channels:   channels,
		Bits:       bits,
		Entry:      audioEntry("alac", channels, bits, int(rate), appendBox(nil, "alac", make([]byte, 4), keep)),
	}
	return nil
}

// flac reads a fLaC entry with its dfLa box, of which STREAMINFO is kept
// (Encapsulation of FLAC in ISO Base Media File Format, 3.3.2; RFC 9639, 8.2).
func (t *mp4Track) flac(entry []byte) error {
	b := soundBox(entry, "dfLa", 4+4+34)
	if b == nil || b[4]&0x7f != 0 || b[5] != 0 || b[6] != 0 || b[7] != 34 {
		return broken("its fLaC has no STREAMINFO")
	}
	info := b[8:42]
	least, most := binary.BigEndian.Uint16(info), binary.BigEndian.Uint16(info[2:])
	v := binary.BigEndian.Uint64(info[10:])
	rate, channels, bits := int(v>>44), int(v>>41&7)+1, int(v>>36&31)+1
	if rate == 0 {
		return broken("its STREAMINFO makes no sense")
	}
	t.codec, t.core = CodecFLAC, uint32(rate)
	if least == most {
		t.frame = uint32(least)
	}
	t.Config = Config{
		Codecs:     "fLaC",
		SampleRate: rate,
		Channels:   channels,
		Bits:       bits,
		Entry:      audioEntry("fLaC", channels, bits, rate, appendBox(nil, "dfLa", make([]byte, 4), []byte{0x80, 0, 0, 34}, info)),
	}
	return nil
}

// opus reads an Opus entry with its dOps box (Encapsulation of Opus in ISO Base
// Media File Format, 4.3.2).
func (t *mp4Track) opus(entry []byte) error {
	b := soundBox(entry, "dOps", 11)
	if b == nil {
		return broken("its Opus has no dOps")
	}
	n, channels := 11, int(b[1])
	if b[10] != 0 {
		n += 2 + channels
	}
	if b[0] != 0 || channels == 0 || b[10] == 0 && channels > 2 || len(b) < n {
		return broken("its dOps makes no sense")
	}
	t.codec, t.core = CodecOpus, 48000
	t.preSkip = int64(binary.BigEndian.Uint16(b[2:]))
	t.Config = Config{
		Codecs:     "Opus",
		SampleRate: 48000,
		Channels:   channels,
		Entry:      audioEntry("Opus", channels, 16, 48000, appendBox(nil, "dOps", b[:n])),
	}
	return nil
}
