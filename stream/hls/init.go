package hls

// initSection is the CMAF header of a part (ISO/IEC 23000-19, 7.3.1): brands, a
// movie without samples, and the edit list that skips what the encoder added.
func (r *Rendition) initSection(p *part) []byte {
	run := p.run
	video := r.Kind == "video"
	w := &boxes{b: make([]byte, 0, 1024)}
	w.begin("ftyp")
	w.text("iso6\x00\x00\x00\x01iso6cmfcmp41")
	w.end()
	w.begin("moov")

	w.full("mvhd", 0, 0)
	w.zero(8) // no times: they would differ from node to node
	w.u32(run.Rate)
	w.u32(0) // duration: that of the fragments
	w.u32(0x00010000)
	w.u16(0x0100)
	w.zero(10)
	matrix(w)
	w.zero(24)
	w.u32(2) // next_track_ID
	w.end()

	w.begin("trak")
	w.full("tkhd", 0, 3) // enabled, in movie
	w.zero(8)
	w.u32(1) // track_ID
	w.zero(4)
	w.u32(0)
	w.zero(8)
	w.u16(0) // layer
	w.u16(0)
	if video {
		w.u16(0)
	} else {
		w.u16(0x0100) // volume
	}
	w.zero(2)
	matrix(w)
	w.u32(uint32(run.Width) << 16)
	w.u32(uint32(run.Height) << 16)
	w.end()
	if p.delay > 0 || p.padding > 0 {
		w.begin("edts")
		w.full("elst", 1, 0)
		w.u32(1)
		w.u64(uint64(p.start + p.duration - p.delay - p.padding)) // the movie's timescale is the media's
		w.u64(uint64(p.delay))
		w.u32(0x00010000)
		w.end()
		w.end()
	}
	w.begin("mdia")
	w.full("mdhd", 0, 0)
	w.zero(8)
	w.u32(run.Rate)
	w.u32(0)
	w.u16(0x55c4) // "und"
	w.u16(0)
	w.end()
	w.full("hdlr", 0, 0)
	w.zero(4)
	if video {
		w.text("vide")
	} else {
		w.text("soun")
	}
	w.zero(13) // reserved, and an empty name
	w.end()
	w.begin("minf")
	if video {
		w.full("vmhd", 0, 1)
		w.zero(8)
	} else {
		w.full("smhd", 0, 0)
		w.zero(4)
	}
	w.end()
	w.begin("dinf")
	w.full("dref", 0, 0)
	w.u32(1)
	w.full("url ", 0, 1) // the samples are in this very file
	w.end()
	w.end()
	w.end()
	w.begin("stbl")
	w.full("stsd", 0, 0)
	w.u32(1)
	w.bytes(run.Entry)
	w.end()
	for _, empty := range []string{"stts", "stsc", "stsz", "stco"} {
		w.full(empty, 0, 0)
		w.u32(0)
		if empty == "stsz" {
			w.u32(0)
		}
		w.end()
	}
	if run.Roll != 0 {
		// How much must be decoded before a frame sounds right (14496-12, 10.1).
		w.full("sgpd", 1, 0)
		w.text("roll")
		w.u32(2) // default_length
		w.u32(1)
		w.u16(uint16(run.Roll))
		w.end()
		// No sample stands here, so the group holds none: each fragment says it of its own.
		w.full("sbgp", 0, 0)
		w.text("roll")
		w.u32(0)
		w.end()
	}
	w.end() // stbl
	w.end() // minf
	w.end() // mdia
	w.end() // trak

	w.begin("mvex")
	w.full("trex", 0, 0)
	w.u32(1)
	w.u32(1)
	w.zero(12)
	w.end()
	w.end()
	w.end() // moov
	return w.b
}

func matrix(w *boxes) {
	for _, v := range [9]uint32{0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000} {
		w.u32(v)
	}
}
