package container

import (
	"encoding/binary"
	"math"
)

// edit is what an edit list plays of a track (ISO/IEC 14496-12, 8.6.6).
type edit struct {
	start  int64 // nothing is played for so long, in the movie's timescale
	media  int64 // where in the media playing begins, in the media's timescale
	length int64 // how long it plays, in the movie's timescale; 0: to the end
}

// edit reads the edit list: at most one empty edit and one of the media, which is
// what a fragmented file can say as well.
func (m *movie) edit(t *mp4Track) (edit, error) {
	var e edit
	h := m.body(t.elst, 8)
	if len(h) < 8 {
		return e, nil
	}
	width, wide, n := int64(12), h[0] == 1, binary.BigEndian.Uint32(h[4:])
	if wide {
		width = 20
	}
	if room := t.elst.end - t.elst.off - 8; int64(n)*width > room {
		return e, broken("its edit list (elst) of %d bytes states %d edits", room, n)
	}
	plays := false
	for i := range int64(n) {
		b := m.pane.at(t.elst.off+8+i*width, int(width))
		if b == nil {
			return e, broken("its edit list (elst) cannot be read")
		}
		var length, media int64
		if wide {
			length, media = int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:]))
		} else {
			length, media = int64(binary.BigEndian.Uint32(b)), int64(int32(binary.BigEndian.Uint32(b[4:])))
		}
		rate := binary.BigEndian.Uint32(b[width-4:])
		switch {
		case length < 0 || media < -1 || media > math.MaxInt64>>16 || length > math.MaxInt64>>16:
			return e, broken("its edit list (elst) makes no sense")
		case media == -1 && plays:
			// Nothing follows but silence.
			continue
		case media == -1:
			e.start += length
		case plays:
			return e, unsupported("its edit list plays several parts of the track")
		case rate == 0:
			return e, unsupported("its edit list holds one picture or sound (dwell)")
		case rate != 1<<16:
			return e, unsupported("its edit list plays faster or slower than recorded")
		default:
			e.media, e.length, plays = media, length, true
		}
	}
	if e.start > math.MaxInt64>>16 {
		return e, broken("its edit list (elst) makes no sense")
	}
	return e, nil
}

// begin is the first sample that is needed for what the edit plays, and its
// decoding time in the media's timescale. Sound begins preroll frames before the
// frame that is heard first, when more than a few can be left out, and pictures
// at a sync sample.
func (t *tables) begin(e edit, kind string, preroll int) (uint32, int64, error) {
	if e.media == 0 {
		return 0, 0, nil
	}
	deltas := runLengths{table: &t.stts}
	if kind == sounds {
		heard, _ := deltas.find(e.media, t.n)
		if heard == t.n {
			return 0, 0, broken("its edit list begins behind its end")
		}
		if heard <= fewFrames || int64(heard) <= int64(preroll) {
			return 0, 0, nil
		}
		first := heard - uint32(preroll)
		return first, t.timeOf(first), nil
	}
	offsets, sync := runLengths{table: &t.ctts}, syncs{table: &t.stss}
	var first uint32
	var base, time int64
	for i := uint32(0); i < t.n && time <= e.media; i++ {
		delta, ok := deltas.next()
		if !ok {
			break
		}
		var offset uint32
		if t.ctts.n > 0 {
			offset, _ = offsets.next()
		}
		if (!t.synced || sync.has(i+1)) && time+int64(int32(offset)) <= e.media {
			first, base = i, time
		}
		time += int64(delta)
	}
	if time <= e.media {
		return 0, 0, broken("its edit list begins behind its end")
	}
	return first, base, nil
}

// fewFrames are not worth to be left out: encoders add as many, and the first
// frames help the decoder.
const fewFrames = 8

// find is the sample that sounds at a time, at most n, and when it begins.
func (r *runLengths) find(time int64, n uint32) (uint32, int64) {
	var number, at int64
	for number < int64(n) && r.load() {
		count, delta := min(int64(r.count), int64(n)-number), int64(r.value)
		if delta > 0 && time < at+count*delta {
			k := (time - at) / delta
			return uint32(number + k), at + k*delta
		}
		number += count
		at += count * delta
	}
	return n, at
}

// timeOf is the decoding time of a sample.
func (t *tables) timeOf(number uint32) int64 {
	r := runLengths{table: &t.stts}
	var at int64
	for left := int64(number); left > 0 && r.load(); left -= int64(r.count) {
		at += min(left, int64(r.count)) * int64(r.value)
	}
	return at
}
