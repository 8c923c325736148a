package container

import (
	"encoding/binary"
	"math"
)

const (
	// indexPane is read of a table at a time when all of it is walked, and
	// segmentPane when a segment's slice of it is: 6 s of AAC have 1 KiB of sizes.
	indexPane   = 64 << 10
	segmentPane = 4 << 10
	// maxSamples bounds the walk: 9 days of AAC at 44.1 kHz.
	maxSamples = 1 << 25
	// maxSegmentFrames bounds what one segment needs of memory. 6 s of FLAC in
	// blocks of 16 samples at 192 kHz have 72000 frames.
	maxSegmentFrames = 1 << 18
)

// table is an array of big-endian records in the file, read through a pane.
type table struct {
	pane
	start int64  // of record 0
	n     uint32 // records
	width int    // bytes of one
}

// row returns a record, valid until the next call; nil behind the end.
func (t *table) row(i uint32) []byte {
	if i >= t.n {
		return nil
	}
	return t.at(t.start+int64(i)*int64(t.width), t.width)
}

// first finds the first record whose number in its first four bytes is n or
// more. The records are in order.
func (t *table) first(n uint32) uint32 {
	lo, hi := uint32(0), t.n
	for lo < hi {
		mid := lo + (hi-lo)/2
		if r := t.row(mid); r != nil && binary.BigEndian.Uint32(r) < n {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// tables are the tables of a track's samples (ISO/IEC 14496-12, 8.6 and 8.7).
type tables struct {
	stts, ctts, stss, stsz, stsc, stco table

	n      uint32 // samples
	size   uint32 // of every sample, or 0: stsz has them
	bits   int    // of a record of stsz
	wide   bool   // stco is a co64
	synced bool   // there is a stss, and it counts
}

// tables finds the tables of a track and checks that they can hold the records
// that they state, which costs no reading of them. buffer bytes of each are read
// at a time.
func (m *movie) tables(t *mp4Track, buffer int) (*tables, error) {
	tab := &tables{}
	open := func(to *table, b box, name string, head int, width int) error {
		h := m.body(b, head)
		if len(h) < head {
			return broken("a track has no table %s", name)
		}
		to.start, to.n, to.width = b.off+int64(head), binary.BigEndian.Uint32(h[head-4:]), width
		if room := b.end - to.start; int64(to.n)*int64(width) > room {
			return broken("its table %s of %d bytes states %d entries", name, room, to.n)
		}
		to.set(m.w, b.end, make([]byte, 0, min(int64(buffer), b.end-to.start)))
		return nil
	}
	if err := open(&tab.stts, t.stts, "stts", 8, 8); err != nil {
		return nil, err
	}
	if err := open(&tab.stsc, t.stsc, "stsc", 8, 12); err != nil {
		return nil, err
	}
	width := 4
	if tab.wide = t.stco.is("co64"); tab.wide {
		width = 8
	}
	if err := open(&tab.stco, t.stco, "stco", 8, width); err != nil {
		return nil, err
	}
	if string(t.handler[:]) == pictures && !t.ctts.missing() {
		if err := open(&tab.ctts, t.ctts, "ctts", 8, 8); err != nil {
			return nil, err
		}
	}
	if t.syncOnly && !t.stss.missing() {
		tab.synced = true
		if err := open(&tab.stss, t.stss, "stss", 8, 4); err != nil {
			return nil, err
		}
	}
	// Sizes (ISO/IEC 14496-12, 8.7.3): one for all, or 32 bits each, or in a stz2
	// of 4, 8 or 16 bits.
	h := m.body(t.stsz, 12)
	if len(h) < 12 {
		return nil, broken("a track has no table stsz")
	}
	tab.bits, tab.n = 32, binary.BigEndian.Uint32(h[8:])
	if t.stsz.is("stz2") {
		tab.bits = int(h[7])
	} else {
		tab.size = binary.BigEndian.Uint32(h[4:])
	}
	s := &tab.stsz
	s.start, s.n, s.width = t.stsz.off+12, tab.n, max(tab.bits/8, 1)
	switch room := t.stsz.end - s.start; {
	case tab.size != 0:
		s.n = 0
	case tab.bits != 4 && tab.bits != 8 && tab.bits != 16 && tab.bits != 32:
		return nil, broken("its sample sizes have %d bits", tab.bits)
	case int64(tab.n)*int64(tab.bits) > room*8:
		return nil, broken("its table stsz of %d bytes states %d entries", room, tab.n)
	default:
		if tab.bits == 4 {
			s.n = tab.n/2 + tab.n%2
		}
		s.set(m.w, t.stsz.end, make([]byte, 0, min(int64(buffer), room)))
	}
	switch {
	case int64(tab.n) > m.w.size:
		return nil, broken("it states %d samples in %d bytes", tab.n, m.w.size)
	case tab.n > maxSamples:
		return nil, unsupported("it has more than %d frames", maxSamples)
	}
	return tab, nil
}

// sample reads the size of a sample, 0 when that is not known.
func (t *tables) sample(i uint32) uint32 {
	if t.size != 0 {
		return t.size
	}
	if t.bits == 4 {
		r := t.stsz.row(i / 2)
		switch {
		case r == nil:
			return 0
		case i%2 == 0:
			return uint32(r[0] >> 4)
		}
		return uint32(r[0] & 15)
	}
	r := t.stsz.row(i)
	if r == nil {
		return 0
	}
	switch t.bits {
	case 8:
		return uint32(r[0])
	case 16:
		return uint32(binary.BigEndian.Uint16(r))
	}
	return binary.BigEndian.Uint32(r)
}

// chunk reads where a chunk begins, or a place behind every file.
func (t *tables) chunk(i uint32) int64 {
	r := t.stco.row(i)
	switch {
	case r == nil:
		return math.MaxInt64
	case t.wide:
		return int64(min(binary.BigEndian.Uint64(r), math.MaxInt64))
	}
	return int64(binary.BigEndian.Uint32(r))
}

// lengths are what stts says of the durations of all samples.
type lengths struct {
	total    int64  // of all
	usual    uint32 // of the first
	last     uint32
	min, max uint32 // of all but the last
	even     bool   // all but perhaps the last are the usual
	more     bool   // it has entries for more samples than there are
}

// lengths reads the table of durations, which is short: it holds runs of equal
// ones.
func (t *tables) lengths() (lengths, error) {
	l := lengths{min: math.MaxUint32, even: true}
	left := t.n
	for i := range t.stts.n {
		r := t.stts.row(i)
		if r == nil {
			break
		}
		count, delta := binary.BigEndian.Uint32(r), binary.BigEndian.Uint32(r[4:])
		switch {
		case count == 0:
			continue
		case count > left:
			count, l.more = left, true
		}
		if count == 0 {
			break
		}
		if delta > math.MaxInt32 {
			return l, broken("a frame lasts less than nothing (stts)")
		}
		if left == t.n {
			l.usual = delta
		}
		left -= count
		l.total += int64(count) * int64(delta)
		l.last = delta
		if left > 0 || count > 1 {
			l.min, l.max = min(l.min, delta), max(l.max, delta)
			l.even = l.even && delta == l.usual
		}
	}
	if left > 0 {
		return l, broken("its tables disagree: durations (stts) of %d samples, sizes (stsz) of %d", t.n-left, t.n)
	}
	return l, nil
}
