package validate

import (
	"bufio"
	"strings"
)

// initSection is what an EXT-X-MAP leads to. Without tracks it could not be read,
// which was reported.
type initSection struct {
	size   int64
	tracks []*track
}

type track struct {
	id        uint32
	handler   string
	timescale uint32
	codec     string // as for CODECS
	setup     string
	// rolls says that the codec wants a 'roll' sample group, rolled that moov
	// has one.
	rolls, rolled         bool
	duration, size, flags uint32 // defaults of trex
}

const (
	maxBox  = 16 << 20 // the greatest that is read into memory; mdat is not
	maxRuns = 1 << 16  // of samples in a segment that are looked for in mdat
)

func (j *judge) readInit(r *bufio.Reader, x *initSection, at place) {
	var ftyp, moov bool
	err := boxes(r, func(kind string, _, _, _ int64, body raw) {
		switch {
		case kind == "ftyp" && !ftyp:
			ftyp = true
			ok := false
			for i := 0; i+4 <= len(body); i += 4 {
				switch brand := string(body[i : i+4]); {
				case i == 4: // minor version
				case brand >= "iso6" && brand <= "iso9", brand >= "isoa" && brand <= "isoz", strings.HasPrefix(brand, "cmf"):
					ok = true
				}
			}
			j.check("fmp4-brand", ok, at, "the brands of ftyp are %q; add iso6 or cmfc", string(body))
		case kind == "moov" && !moov:
			moov = true
			j.moov(x, body, at)
		}
	})
	j.check("fmp4-boxes", err == nil && ftyp && moov, at, "the init section has ftyp: %t, moov: %t, %v", ftyp, moov, err)
}

func (j *judge) moov(x *initSection, moov raw, at place) {
	mvex, behind := false, true
	whole := moov.children(func(kind string, body raw) {
		switch kind {
		case "mvhd":
			d := uint64(body.u32(16))
			if body.u8(0) == 1 {
				d = body.at(24, 8)
			}
			j.check("fmp4-no-duration", d == 0, at, "the duration of mvhd is %d; write 0, the segments have their own", d)
		case "trak":
			behind = behind && !mvex
			if t := j.trak(body, at); t != nil && len(x.tracks) < 64 {
				x.tracks = append(x.tracks, t)
			}
		case "mvex":
			mvex = true
			body.children(func(kind string, b raw) {
				for _, t := range x.tracks {
					if kind == "trex" && t.id == b.u32(4) {
						t.duration, t.size, t.flags = b.u32(12), b.u32(16), b.u32(20)
					}
				}
			})
		}
	})
	j.check("fmp4-boxes", whole && len(x.tracks) > 0, at, "moov is not whole, or has no track")
	j.check("fmp4-mvex", mvex && behind, at, "moov has mvex: %t, behind its tracks: %t", mvex, behind)
	j.check("fmp4-one-track", len(x.tracks) <= 1, at, "moov has %d tracks; give sound and pictures their own playlists", len(x.tracks))
}

func (j *judge) trak(trak raw, at place) *track {
	tkhd, mdia := trak.find("tkhd"), trak.find("mdia")
	stbl := mdia.find("minf", "stbl")
	mdhd := mdia.find("mdhd")
	t := &track{id: tkhd.u32(12), timescale: mdhd.u32(12), handler: string(mdia.find("hdlr").from(8))}
	d := uint64(tkhd.u32(20))
	if tkhd.u8(0) == 1 {
		t.id, d = tkhd.u32(20), tkhd.at(28, 8)
	}
	if mdhd.u8(0) == 1 {
		t.timescale = mdhd.u32(20)
	}
	t.handler = t.handler[:min(4, len(t.handler))]
	j.check("fmp4-no-duration", d == 0, at, "the duration of tkhd of track %d is %d; write 0", t.id, d)
	counts := stbl.find("stts").u32(4) + stbl.find("stsz").u32(8) + stbl.find("stsc").u32(4) + stbl.find("stco").u32(4)
	j.check("fmp4-no-samples", counts == 0, at, "the sample tables of track %d are not empty; samples belong in the segments", t.id)
	if elst := trak.find("edts", "elst"); elst != nil {
		n, media, rate := elst.u32(4), int64(int32(elst.u32(12))), elst.u32(16)
		if elst.u8(0) == 1 {
			media, rate = int64(elst.at(16, 8)), elst.u32(24)
		}
		j.check("fmp4-edit", n == 1 && media >= 0 && rate == 1<<16, at, "the edit list of track %d has %d entries, the first from %d at rate %g; write one that skips the encoder's delay", t.id, n, media, float64(rate)/65536)
	}
	t.rolled = hasRoll(stbl)
	stsd := stbl.find("stsd")
	known := false
	if t.timescale == 0 {
		j.fault("fmp4-boxes", at, "the timescale of track %d is 0", t.id)
	}
	stsd.from(8).children(func(kind string, entry raw) {
		if !known {
			known = true
			j.entry(t, kind, entry, at)
		}
	})
	j.check("fmp4-boxes", known, at, "track %d has no sample entry", t.id)
	return t
}

// hasRoll reports whether a box has a sample group of type 'roll', described or used.
func hasRoll(b raw) bool {
	found := false
	b.children(func(kind string, body raw) {
		found = found || (kind == "sgpd" || kind == "sbgp") && string(body.from(4)[:min(4, len(body.from(4)))]) == "roll"
	})
	return found
}
