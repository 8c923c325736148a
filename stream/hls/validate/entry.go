package validate

import (
	"fmt"
)

// entry reads a sample entry: the codec and its configuration.
func (j *judge) entry(t *track, kind string, e raw, at place) {
	if kind == "encv" || kind == "enca" {
		inner := e.from(28)
		if kind == "encv" {
			inner = e.from(78)
		}
		if f := inner.find("sinf", "frma"); len(f) >= 4 {
			kind = string(f[:4])
		}
	}
	if t.handler != "soun" {
		j.picture(t, kind, e, at)
		return
	}
	config := e.from(28)
	rate, channels, stated := 0, int(e.u16(16)), int(e.u32(24)>>16)
	core := 0 // of AAC with SBR, which may be stated, too
	t.codec = kind
	fault := ""
	switch kind {
	case "mp4a":
		oti, asc := esds(config.find("esds"))
		switch oti {
		case 0:
			fault = "esds is missing or cut"
		case 0x40:
			a := parseASC(asc)
			if a.rate == 0 {
				fault = "the AudioSpecificConfig in esds is cut"
			}
			t.codec, t.rolls, rate, core = fmt.Sprintf("mp4a.40.%d", a.object), true, a.rate, a.core
		case 0x69, 0x6b:
			t.codec = "mp4a.40.34"
		default:
			t.codec = fmt.Sprintf("mp4a.%02x", oti)
		}
	case "fLaC":
		b := config.find("dfLa").from(4)
		rate = int(b.at(14, 3) >> 4)
		if b.u8(0)&0x7f != 0 || b.at(1, 3) != 34 || len(b) < 38 || rate == 0 {
			fault = "dfLa does not begin with a STREAMINFO of 34 bytes"
		} else if !lastBlock(b) {
			fault = "the last block of dfLa is not flagged as such"
		}
	case "Opus":
		b := config.find("dOps")
		rate, t.rolls = 48000, true
		switch {
		case len(b) < 11 || b[0] != 0:
			fault = "dOps is missing, cut, or not of version 0"
		case b[10] == 0 && len(b) != 11 || b[10] != 0 && len(b) != 13+int(b[1]):
			fault = fmt.Sprintf("dOps of %d channels and mapping family %d has %d bytes", b[1], b[10], len(b))
		}
	case "alac":
		b := config.find("alac").from(4)
		if rate = int(b.u32(20)); len(b) < 24 || rate == 0 {
			fault = "the cookie in the alac box is missing or cut"
		}
	}
	j.check("entry-config", fault == "", at, "track %d: %s", t.id, fault)
	if rate > 0 && fault == "" {
		ok := stated == rate || core > 0 && stated == core || rate > 65535 && (kind != "fLaC" || stated > 0 && rate%stated == 0 || rate%44100 != 0 && rate%48000 != 0)
		j.check("entry-rate", ok, at, "the sample entry of track %d says %d Hz, its codec %d", t.id, stated, rate)
		j.check("entry-timescale", int(t.timescale) == rate || int(t.timescale) == core, at, "the timescale of track %d is %d, its sample rate %d", t.id, t.timescale, rate)
	}
	if t.rolls {
		j.check("fmp4-roll", t.rolled, at, "track %d (%s) has no sgpd of type roll; Apple's players then do not know how many packets to decode before the wanted one", t.id, t.codec)
	}
	t.setup = fmt.Sprintf("%s %d Hz %d channels", t.codec, max(rate, stated), channels)
}

func (j *judge) picture(t *track, kind string, e raw, at place) {
	t.codec, t.setup = kind, fmt.Sprintf("%s %dx%d", kind, e.u16(24), e.u16(26))
	config := e.from(78)
	name := map[string]string{"avc1": "avcC", "avc3": "avcC", "hvc1": "hvcC", "hev1": "hvcC", "av01": "av1C", "dvh1": "hvcC", "vp09": "vpcC"}[kind]
	if name == "" {
		return
	}
	b := config.find(name)
	j.check("entry-config", len(b) >= 4, at, "track %d: %s is missing or cut", t.id, name)
	if name == "avcC" && len(b) >= 4 {
		t.codec = fmt.Sprintf("%s.%02X%02X%02X", kind, b[1], b[2], b[3])
	} else {
		t.codec += ".*"
	}
}

// lastBlock walks FLAC metadata blocks, which should end where the box ends.
func lastBlock(b raw) bool {
	for len(b) >= 4 {
		n := int(b.at(1, 3)) + 4
		if b[0]&0x80 != 0 || n > len(b) {
			return b[0]&0x80 != 0 && n == len(b)
		}
		b = b[n:]
	}
	return false
}

// descriptor finds one in a list of them (ISO/IEC 14496-1, 8.3.3).
func descriptor(b raw, tag byte) raw {
	for len(b) >= 2 {
		n, i := 0, 1
		for ; i < 5 && i < len(b); i++ {
			n = n<<7 | int(b[i]&0x7f)
			if b[i]&0x80 == 0 {
				break
			}
		}
		i = min(i+1, len(b))
		n = min(n, len(b)-i)
		if b[0] == tag {
			return b[i : i+n]
		}
		b = b[i+n:]
	}
	return nil
}

func esds(b raw) (oti byte, asc raw) {
	es := descriptor(b.from(4), 3)
	skip, flags := 3, es.u8(2)
	if flags&0x80 != 0 {
		skip += 2
	}
	if flags&0x40 != 0 {
		skip += 1 + int(es.u8(skip))
	}
	if flags&0x20 != 0 {
		skip += 2
	}
	config := descriptor(es.from(skip), 4)
	return config.u8(0), descriptor(config.from(13), 5)
}

// aac is what an AudioSpecificConfig says. Object is 5 or 29 when SBR is signalled
// in it, whatever the way; rate is what comes out, core what goes in then.
type aac struct{ object, rate, core, channels int }

var aacRates = [16]int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// parseASC reads ISO/IEC 14496-3, 1.6.2.1, as far as the rates.
func parseASC(b raw) (a aac) {
	pos := 0
	bits := func(n int) (v int) {
		for range n {
			v = v<<1 | int(b.u8(pos/8)>>(7-pos%8)&1)
			pos++
		}
		return v
	}
	object := func() int {
		if v := bits(5); v < 31 {
			return v
		}
		return 32 + bits(6)
	}
	rate := func() int {
		if v := bits(4); v < 15 {
			return aacRates[v]
		}
		return bits(24)
	}
	a.object, a.rate, a.channels = object(), rate(), bits(4)
	if len(b) < 2 {
		return aac{}
	}
	switch {
	case a.object == 5 || a.object == 29:
		a.core, a.rate = a.rate, rate()
	case a.object == 2 && a.channels > 0:
		bits(1)
		if bits(1) == 1 {
			bits(14)
		}
		bits(1)
		if pos+16 <= len(b)*8 && bits(11) == 0x2b7 && object() == 5 && bits(1) == 1 {
			a.object, a.core, a.rate = 5, a.rate, rate()
		}
	}
	return a
}
