package container

import (
	"bytes"
	"encoding/binary"
	"strings"
)

const (
	// maxOggJunk is how many bytes may be no pages before a file is given up.
	maxOggJunk = 16 << 20
	// maxOggDetour is how many bytes of what turned out to be no pages may be
	// checked in a whole file: without a bound a forged one would be read for ever.
	maxOggDetour = 64 << 20
)

// The flags of a page (RFC 3533, 6).
const (
	oggContinued = 1 // its first packet began on an earlier page
	oggFirst     = 2 // of its stream
	oggLast      = 4 // of its stream
)

var oggMagic = []byte("OggS")

// oggPage is a page (RFC 3533, 6). Its bytes are valid until the next one.
type oggPage struct {
	off     int64
	flags   byte
	granule int64 // -1: no packet ends here
	serial  uint32
	seq     uint32
	lacing  []byte
	body    []byte
}

// bodyAt is where the body stands in the file.
func (p *oggPage) bodyAt() int64 { return p.off + 27 + int64(len(p.lacing)) }

// packet is the first packet, as far as it stands here.
func (p *oggPage) packet() []byte {
	n := 0
	for _, l := range p.lacing {
		n += int(l)
		if l < 255 {
			break
		}
	}
	return p.body[:n]
}

// oggWalk goes from page to page. Pages whose CRC-32 is wrong are none: what
// they hold is left out (RFC 3533, 6: checksum).
type oggWalk struct {
	w      *window
	off    int64 // where the next page should begin
	bad    int64 // where there was none for the first time, or 0
	gaps   int64 // how often there was none
	detour int64
}

// next returns the next page with a right CRC-32; ok is false at the end.
func (k *oggWalk) next() (p oggPage, ok bool, err error) {
	off := k.off
	for {
		if p, ok := k.page(off); ok {
			if off > k.off {
				k.gaps++
			}
			k.off = p.bodyAt() + int64(len(p.body))
			return p, true, nil
		}
		if k.bad == 0 {
			k.bad = off
		}
		if k.detour > maxOggDetour {
			return p, false, broken("it is damaged in too many places, the last at byte %d", off)
		}
		if off, ok = k.capture(off + 1); !ok {
			return p, false, nil
		}
		if off-k.off > maxOggJunk {
			return p, false, broken("%d bytes from byte %d on are no pages", maxOggJunk, k.off)
		}
	}
}

// page reads the page at off, if there is a whole one.
func (k *oggWalk) page(off int64) (p oggPage, ok bool) {
	h := k.w.at(off, 27)
	if h == nil || string(h[:4]) != "OggS" || h[4] != 0 {
		return p, false
	}
	lacing := int(h[26])
	if h = k.w.at(off, 27+lacing); h == nil {
		return p, false
	}
	n := 27 + lacing
	for _, l := range h[27:] {
		n += int(l)
	}
	b := k.w.at(off, n)
	if b == nil {
		return p, false
	}
	c := oggCRC(0, b[:22])
	c = oggCRC(c, []byte{0, 0, 0, 0}) // its own place
	if oggCRC(c, b[26:]) != binary.LittleEndian.Uint32(b[22:]) {
		k.detour += int64(n)
		return p, false
	}
	return oggPage{
		off:     off,
		flags:   b[5],
		granule: int64(binary.LittleEndian.Uint64(b[6:])),
		serial:  binary.LittleEndian.Uint32(b[14:]),
		seq:     binary.LittleEndian.Uint32(b[18:]),
		lacing:  b[27 : 27+lacing],
		body:    b[27+lacing:],
	}, true
}

// capture finds the next capture pattern at off or behind it. It does not look
// further than makes a file broken.
func (k *oggWalk) capture(off int64) (int64, bool) {
	for off-k.off <= maxOggJunk {
		b := k.w.rest(off)
		if len(b) < len(oggMagic) {
			k.w.upTo(off, 64) // moves the window on
			if b = k.w.rest(off); len(b) < len(oggMagic) {
				return 0, false
			}
		}
		if i := bytes.Index(b, oggMagic); i >= 0 {
			return off + int64(i), true
		}
		off += int64(len(b) - len(oggMagic) + 1)
	}
	return off, true
}

// oggKind names what a stream holds by the beginning of its first packet.
func oggKind(b []byte) string {
	for _, k := range []struct{ magic, name string }{
		{"OpusHead", "Opus"},
		{"\x01vorbis", "Vorbis"},
		{"\x7fFLAC", "FLAC in Ogg"},
		{"fLaC", "FLAC in Ogg"},
		{"Speex   ", "Speex"},
		{"\x80theora", "Theora"},
		{"OVP80", "VP8"},
		{"BBCD\x00", "Dirac"},
		{"CELT    ", "CELT"},
		{"PCM     ", "PCM"},
		{"\x80kate", "Kate"},
		{"\x01video", "OGM video"},
		{"\x01audio", "OGM sound"},
		{"fishead\x00", "Skeleton"},
	} {
		if strings.HasPrefix(string(b), k.magic) {
			return k.name
		}
	}
	return "unknown"
}
