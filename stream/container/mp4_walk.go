package container

import (
	"encoding/binary"
)

// runLengths reads a table of run lengths, stts or ctts: how many samples, and the
// value of each.
type runLengths struct {
	table       *table
	i           uint32 // the next entry
	used, count uint32 // samples of the entry before it
	value       uint32
}

// next is the value of the next sample.
func (r *runLengths) next() (uint32, bool) {
	for r.used == r.count {
		if !r.load() {
			return 0, false
		}
	}
	r.used++
	return r.value, true
}

func (r *runLengths) load() bool {
	row := r.table.row(r.i)
	if row == nil {
		return false
	}
	r.i++
	r.used, r.count, r.value = 0, binary.BigEndian.Uint32(row), binary.BigEndian.Uint32(row[4:])
	return true
}

// seek goes to a place that [runLengths.place] returned.
func (r *runLengths) seek(i, used uint32) {
	if r.i = i; r.load() {
		r.used = min(used, r.count)
	}
}

// place is where the sample stands that next returned last.
func (r *runLengths) place() (i, used uint32) {
	if r.i == 0 || r.used == 0 {
		return 0, 0
	}
	return r.i - 1, r.used - 1
}

// syncs reads the table of sync samples, whose numbers count from 1 and rise.
type syncs struct {
	table *table
	i     uint32 // the next entry
	value uint32 // the entry before it, 0 before the first
}

// has reports whether sample number is a sync sample. It is asked in order.
func (s *syncs) has(number uint32) bool {
	for s.value < number {
		row := s.table.row(s.i)
		if row == nil {
			return false
		}
		s.i++
		s.value = binary.BigEndian.Uint32(row)
	}
	return s.value == number
}

// mp4Sample is what the tables say of a sample.
type mp4Sample struct {
	off    int64
	size   uint32
	delta  uint32 // duration in the media timescale
	offset int32  // composition time minus decoding time
	sync   bool
}

// mp4Walk goes through the samples of a track in order, each table read once
// from front to back.
type mp4Walk struct {
	t         *tables
	size      int64  // of the file
	number    uint32 // of the next sample, from 0
	deltas    runLengths
	offsets   runLengths
	sync      syncs
	chunk     int64  // from 0; -1 before the first
	done      uint32 // samples of the chunk that were returned
	perChunk  uint32
	described uint32 // by which entry of stsd
	entry     uint32 // of stsc, the next
	change    int64  // the chunk that it begins with, or one that is never reached
	off       int64  // of the next sample of the chunk
}

// walk begins at the first sample.
func (t *tables) walk() *mp4Walk {
	w := &mp4Walk{t: t, size: t.stts.from.size, chunk: -1}
	w.deltas.table, w.offsets.table, w.sync.table = &t.stts, &t.ctts, &t.stss
	w.nextChange()
	return w
}

// seek begins at the sample of a number that stands at a cut.
func (t *tables) seek(number uint32, at *Cut) *mp4Walk {
	w := t.walk()
	w.number, w.off = number, at.Offset
	w.deltas.seek(at.Pos[0], at.Pos[1])
	w.offsets.seek(at.Pos[2], at.Pos[3])
	w.chunk, w.done = int64(at.Pos[4]), at.Pos[5]
	// The last entry of stsc that begins at this chunk or before says how many
	// samples the chunk has.
	w.entry = t.stsc.first(at.Pos[4] + 2)
	if row := t.stsc.row(w.entry - 1); row != nil {
		w.perChunk = binary.BigEndian.Uint32(row[4:])
	}
	w.nextChange()
	w.sync.i = t.stss.first(number + 1)
	return w
}

// place says for a cut where the sample stands that next returned last.
func (w *mp4Walk) place() (p [6]uint32) {
	p[0], p[1] = w.deltas.place()
	p[2], p[3] = w.offsets.place()
	p[4], p[5] = uint32(w.chunk), w.done-1
	return p
}

// nextChange reads with which chunk the next entry of stsc begins.
func (w *mp4Walk) nextChange() {
	w.change = 1 << 40
	if row := w.t.stsc.row(w.entry); row != nil {
		w.change = int64(binary.BigEndian.Uint32(row)) - 1
	}
}

// next returns the next sample. Its errors say that the tables disagree, or that
// the sample is not in the file.
func (w *mp4Walk) next() (mp4Sample, error) {
	var s mp4Sample
	t := w.t
	for w.chunk < 0 || w.done == w.perChunk {
		if err := w.nextChunk(); err != nil {
			return s, err
		}
	}
	s.size = t.sample(w.number)
	s.off = w.off
	if s.size == 0 {
		return s, broken("its frame %d is empty", w.number)
	}
	if s.off < 0 || s.off > w.size-int64(s.size) {
		return s, broken("its frame %d of %d bytes would begin at byte %d, and the file has %d: it is cut short", w.number, s.size, s.off, w.size)
	}
	var ok bool
	if s.delta, ok = w.deltas.next(); !ok {
		return s, broken("its tables disagree: frame %d has no duration (stts)", w.number)
	}
	if t.ctts.n > 0 {
		v, ok := w.offsets.next()
		if !ok {
			return s, broken("its tables disagree: frame %d has no composition offset (ctts)", w.number)
		}
		s.offset = int32(v) // signed in all versions, as in QuickTime
	}
	s.sync = !t.synced || w.sync.has(w.number+1)
	w.done++
	w.number++
	w.off += int64(s.size)
	return s, nil
}

func (w *mp4Walk) nextChunk() error {
	w.chunk++
	w.done = 0
	if w.chunk >= int64(w.t.stco.n) {
		return broken("its tables disagree: its %d chunks (stco, stsc) hold %d of %d samples", w.t.stco.n, w.number, w.t.n)
	}
	if w.chunk == w.change {
		row := w.t.stsc.row(w.entry)
		if row == nil {
			return broken("its table of chunks (stsc) cannot be read")
		}
		w.perChunk = binary.BigEndian.Uint32(row[4:])
		described := binary.BigEndian.Uint32(row[8:])
		if w.described == 0 {
			w.described = described
		}
		if described != w.described {
			return unsupported("it changes its codec configuration at frame %d", w.number)
		}
		w.entry++
		w.nextChange()
		if w.change <= w.chunk {
			return broken("its table of chunks (stsc) is not in order")
		}
	}
	w.off = w.t.chunk(uint32(w.chunk))
	return nil
}
