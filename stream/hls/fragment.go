package hls

import (
	"segue/stream/container"
)

// A segment is one fragment of one track: a moof with one traf and one trun, and
// an mdat whose bytes are the file's (ISO/IEC 23000-19, 7.3.2).

// Sample flags (ISO/IEC 14496-12, 8.8.3.1).
const (
	flagsSync    = 0x02000000 // depends on no other
	flagsNotSync = 0x01010000 // depends on others, is no sync sample
)

// Flags of tfhd and trun (8.8.7, 8.8.8).
const (
	tfhdDuration     = 0x000008
	tfhdFlags        = 0x000020
	tfhdBaseIsMoof   = 0x020000
	trunDataOffset   = 0x000001
	trunDuration     = 0x000100
	trunSize         = 0x000200
	trunFlags        = 0x000400
	trunOffsets      = 0x000800
	rollGroupBytes   = 28
	fragmentOverhead = 8 + // moof
		16 + // mfhd
		8 + // traf
		24 + // tfhd
		20 + // tfdt
		20 + // trun
		8 // mdat
)

// layout is which fields every sample of a fragment has. It follows from what
// is known before the frames are read, so that the size of a segment is known too.
type layout struct{ durations, flags, offsets, roll bool }

// layoutOf is the layout of the segment.
func (r *Rendition) layoutOf(s *ref) layout {
	run := r.parts[s.part].run
	video := r.Kind == "video"
	constant := run.FrameSamples != 0 && s.duration == s.count*int64(run.FrameSamples)
	return layout{durations: video || !constant, flags: video, offsets: video, roll: run.Roll != 0}
}

func (l layout) perSample() int64 {
	n := int64(4)
	for _, more := range []bool{l.durations, l.flags, l.offsets} {
		if more {
			n += 4
		}
	}
	return n
}

func (l layout) header(samples int64) int64 {
	n := fragmentOverhead + samples*l.perSample()
	if l.roll {
		n += rollGroupBytes
	}
	return n
}

// size is how long a segment is, in bytes.
func (r *Rendition) size(s *ref) int64 {
	if r.Packed() {
		return int64(timestampSize) + s.bytes
	}
	return r.layoutOf(s).header(s.count) + s.bytes
}

// fragment is everything of segment n that comes before the bytes of its frames.
func (r *Rendition) fragment(n int, s *ref, time int64, f *container.Frames) []byte {
	run := r.parts[s.part].run
	l := r.layoutOf(s)
	header := l.header(s.count)
	w := &boxes{b: make([]byte, 0, header)}
	w.begin("moof")
	w.full("mfhd", 0, 0)
	w.u32(uint32(n + 1)) // sequence_number
	w.end()
	w.begin("traf")
	w.full("tfhd", 0, tfhdBaseIsMoof|tfhdDuration|tfhdFlags)
	w.u32(1) // track_ID
	w.u32(run.FrameSamples)
	w.u32(flagsSync)
	w.end()
	w.full("tfdt", 1, 0)
	w.u64(uint64(time))
	w.end()
	flags := uint32(trunDataOffset | trunSize)
	if l.durations {
		flags |= trunDuration
	}
	if l.flags {
		flags |= trunFlags
	}
	if l.offsets {
		flags |= trunOffsets
	}
	w.full("trun", 1, flags) // version 1: offsets may be negative
	w.u32(uint32(len(f.Sizes)))
	w.u32(uint32(header)) // data_offset, from the beginning of the moof
	for i, size := range f.Sizes {
		if l.durations {
			w.u32(f.Durations[i])
		}
		w.u32(size)
		if l.flags {
			if f.Sync == nil || f.Sync[i] {
				w.u32(flagsSync)
			} else {
				w.u32(flagsNotSync)
			}
		}
		if l.offsets {
			offset := r.parts[s.part].ahead
			if f.Offsets != nil {
				offset += f.Offsets[i]
			}
			w.u32(uint32(offset))
		}
	}
	w.end()
	if l.roll {
		w.full("sbgp", 0, 0)
		w.text("roll")
		w.u32(1)
		w.u32(uint32(len(f.Sizes)))
		w.u32(1) // the group described in the init section
		w.end()
	}
	w.end() // traf
	w.end() // moof
	w.u32(uint32(8 + s.bytes))
	w.text("mdat")
	return w.b
}
