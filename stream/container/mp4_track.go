package container

import (
	"bytes"
	"encoding/binary"
)

// The kinds of tracks that are looked for: handler types (ISO/IEC 14496-12,
// 8.4.3). Text, time codes and hints have others.
const (
	sounds   = "soun"
	pictures = "vide"
)

// mp4Track is a trak box: where its tables stand, and what its samples are.
type mp4Track struct {
	handler [4]byte
	enabled bool
	turned  bool   // its matrix turns the picture
	scale   uint32 // units in a second of its times
	elst    box
	dref    box
	stsd    box
	stts    box // durations
	ctts    box // composition offsets
	stss    box // sync samples
	stsz    box // sizes, or stz2
	stsc    box // samples in chunks
	stco    box // offsets of chunks, or co64
	mp4Media
}

// mp4Media is what a sample description says.
type mp4Media struct {
	codec Codec
	Config
	core     uint32 // the rate that sound's times are counted in, 0 for pictures
	frame    uint32 // samples of a frame in that rate, 0 when not known
	preSkip  int64  // of Opus
	syncOnly bool   // segments may begin at sync samples only
}

// track reads a trak box (ISO/IEC 14496-12, 8.3), but no table and no sample
// description.
func (m *movie) track(trak box) mp4Track {
	var t mp4Track
	for b := range m.in(trak) {
		switch {
		case b.is("tkhd"):
			m.trackHeader(&t, b)
		case b.is("edts"):
			for c := range m.in(b) {
				if c.is("elst") {
					t.elst = c
				}
			}
		case b.is("mdia"):
			for c := range m.in(b) {
				switch {
				case c.is("mdhd"):
					t.scale, _ = m.timescale(c)
				case c.is("hdlr"):
					if h := m.body(c, 12); len(h) == 12 {
						copy(t.handler[:], h[8:])
					}
				case c.is("minf"):
					m.information(&t, c)
				}
			}
		}
	}
	return t
}

// trackHeader reads a tkhd box (ISO/IEC 14496-12, 8.3.2).
func (m *movie) trackHeader(t *mp4Track, b box) {
	h := m.body(b, 96)
	if len(h) < 84 {
		return
	}
	t.enabled = h[3]&1 != 0
	matrix := h[40:]
	if h[0] == 1 {
		matrix = h[52:]
	}
	// {a, b, u, c, d, v, …}: a picture that stands upright has no b and no c.
	t.turned = len(matrix) >= 20 && (binary.BigEndian.Uint32(matrix[4:]) != 0 || int32(binary.BigEndian.Uint32(matrix)) < 0)
}

// information reads a minf box: the sample table's boxes and the data reference.
func (m *movie) information(t *mp4Track, minf box) {
	for b := range m.in(minf) {
		switch {
		case b.is("dinf"):
			for c := range m.in(b) {
				if c.is("dref") {
					t.dref = c
				}
			}
		case b.is("stbl"):
			for c := range m.in(b) {
				switch string(c.kind[:]) {
				case "stsd":
					t.stsd = c
				case "stts":
					t.stts = c
				case "ctts":
					t.ctts = c
				case "stss":
					t.stss = c
				case "stsz", "stz2":
					t.stsz = c
				case "stsc":
					t.stsc = c
				case "stco", "co64":
					t.stco = c
				}
			}
		}
	}
}

// choose returns the first track of a kind that can be packaged, or why there is
// none; nil and nil when nothing of the kind is there. Tracks that are not
// enabled come last: some programs forget to enable any. The choice follows
// from the moov alone, so that it is the same whenever it is made.
func (m *movie) choose(kind string) (*mp4Track, error) {
	var why error
	for _, enabled := range []bool{true, false} {
		for i := range m.tracks {
			t := &m.tracks[i]
			if string(t.handler[:]) != kind || t.enabled != enabled || m.samples(t) == 0 {
				continue
			}
			err := m.describe(t)
			if err == nil && t.codec != "" {
				return t, nil
			}
			if why == nil {
				why = err
			}
		}
	}
	return nil, why
}

// samples is how many samples a track says it has. A fragmented file's has none.
func (m *movie) samples(t *mp4Track) uint32 {
	h := m.body(t.stsz, 12)
	if len(h) < 12 {
		return 0
	}
	return binary.BigEndian.Uint32(h[8:])
}

// describe reads the sample description that a track's samples use (ISO/IEC
// 14496-12, 8.5.2). The codec stays empty when it is a still picture.
func (m *movie) describe(t *mp4Track) error {
	// stsc names the description, and all of its entries must name the same.
	var chunks [20]byte
	if copy(chunks[:], m.body(t.stsc, 20)) < 20 {
		return broken("a track has no chunks (stsc)")
	}
	use := binary.BigEndian.Uint32(chunks[16:])
	if t.stsd.end-t.stsd.off > maxDescriptions {
		return unsupported("its sample descriptions (stsd) are larger than %d bytes", maxDescriptions)
	}
	d := bytes.Clone(m.body(t.stsd, maxDescriptions)) // the pane moves on
	if len(d) < 16 {
		return broken("a track has no sample description (stsd)")
	}
	number := uint32(0)
	for kind, entry := range boxesOf(d[8:]) {
		if number++; number != max(use, 1) {
			continue
		}
		if len(entry) < 8 {
			break
		}
		if err := m.elsewhere(t, binary.BigEndian.Uint16(entry[6:])); err != nil {
			return err
		}
		if string(t.handler[:]) == sounds {
			return t.sound(kind, entry)
		}
		return t.picture(kind, entry)
	}
	return broken("its sample description %d is missing (stsd)", use)
}

// elsewhere is an error when the samples are in another file (ISO/IEC 14496-12,
// 8.7.2). A reference of no name means this file, whatever its flag says.
func (m *movie) elsewhere(t *mp4Track, index uint16) error {
	if t.dref.missing() {
		return nil
	}
	number := uint16(0)
	for b := range m.in(box{off: t.dref.off + 8, end: t.dref.end}) {
		if number++; number != index {
			continue
		}
		if h := m.body(b, 4); len(h) == 4 && h[3]&1 == 0 && b.end-b.off > 5 {
			return unsupported("its samples are in another file")
		}
	}
	return nil
}
