package container

import "bytes"

const (
	// maxFLACJunk is how many bytes may make no sense before a file is given up.
	maxFLACJunk = 16 << 20
	// maxFLACDetour is how many bytes may be read in vain, to find out about
	// damage, in a whole file: without a bound a forged one would be read for ever.
	maxFLACDetour = 64 << 20
	// maxFLACGap is the most time, in seconds, that damage may swallow at a place.
	maxFLACGap = 60
)

// flacWalk goes from frame to frame. A FLAC frame does not say how long it is:
// it ends where the sync code of the next one follows, whose header must be
// whole (CRC-8), agree with STREAMINFO and count on, and where the CRC-16 over
// all bytes from its own header on comes out as 0 (RFC 9639, 9.1 to 9.3).
//
// Where a walk goes depends on nothing but the bytes of the file and the place
// it set out from. So the frames of a segment are found again.
type flacWalk struct {
	w      *window
	info   flacInfo
	sync   [2]byte // with the blocking strategy of the first frame
	end    int64   // of what may be frames
	detour int64   // bytes read in vain
}

// flacPlace is where a frame begins.
type flacPlace struct {
	off    int64
	number uint64 // of the frame, or of its first sample
	block  uint32 // its samples
	// lost: the header here is damaged; number is what it should say, block what
	// the one before it said.
	lost bool
}

// flacFrame is a frame that was walked over.
type flacFrame struct {
	size    int64 // bytes, up to the next frame
	samples uint32
	damaged bool // its CRC-16 is wrong
}

// next walks over the frame at p and returns the place behind it. At the end of
// the file, and before a last frame that is not whole, ok is false.
//
// Bytes of a damaged frame stay in it, and so do those of frames behind it that
// cannot be told from it: its duration is that of them all, and whatever comes
// later keeps its time.
func (k *flacWalk) next(p flacPlace) (f flacFrame, q flacPlace, ok bool, err error) {
	want := p.number + k.step(p.block)
	// Where this frame ends, if that is not seen for certain: where it is whole
	// and no header can be read, or where its CRC-16 is wrong and one can.
	var maybe *flacPlace
	s := k.scan(p.off, maxFLACJunk)
	for s.next() {
		h, valid := k.header(s.off)
		odd := ""
		if valid {
			odd = k.info.differs(&h)
		}
		whole := s.crc == 0 && !p.lost
		expected := valid && h.number == want && !p.lost
		switch {
		case whole && expected && odd != "":
			return f, q, false, broken("the frame at byte %d has %s", s.off, odd)
		case whole && expected:
			q = flacPlace{s.off, want, h.block, false}
			return k.frame(p, q, true), q, true, nil
		case whole && valid && odd == "" && h.number == 0:
			// Files joined without decoding: the numbers begin again.
			q = flacPlace{s.off, 0, h.block, false}
			return flacFrame{size: q.off - p.off, samples: p.block}, q, true, nil
		case whole && maybe == nil && (!valid || odd != ""):
			maybe = &flacPlace{s.off, want, p.block, true}
		}
		if !valid || odd != "" || h.number <= p.number || h.number-p.number > k.gap() {
			continue
		}
		// The CRC-16 is wrong, or the number. Whether this is a frame is seen from
		// how it ends itself.
		if expected && maybe == nil {
			maybe = &flacPlace{s.off, want, h.block, false}
		}
		if k.sound(s.off, &h) {
			if maybe == nil {
				maybe = &flacPlace{s.off, h.number, h.block, false}
			}
			return k.frame(p, *maybe, maybe.lost), *maybe, true, nil
		}
		if k.detour > maxFLACDetour {
			return f, q, false, broken("it is damaged in too many places, the last at byte %d", p.off)
		}
	}
	switch {
	case s.off == k.end && s.crc == 0 && !p.lost && s.off > p.off:
		q = flacPlace{k.end, want, p.block, true}
		return k.frame(p, q, true), q, true, nil
	case maybe != nil:
		if k.detour += s.off - maybe.off; k.detour > maxFLACDetour {
			return f, q, false, broken("it is damaged in too many places, the last at byte %d", p.off)
		}
		return k.frame(p, *maybe, maybe.lost), *maybe, true, nil
	case s.off < k.end && k.w.err == nil:
		return f, q, false, broken("%d bytes from byte %d on are no frames", maxFLACJunk, p.off)
	}
	return f, q, false, nil
}

// first finds the first frame, which should begin at off.
func (k *flacWalk) first(off int64) (flacPlace, error) {
	syncs := [2][2]byte{{0xff, 0xf8}, {0xff, 0xf9}}
	for _, k.sync = range syncs {
		if h, ok := k.header(off); ok {
			if odd := k.info.differs(&h); odd != "" {
				return flacPlace{}, broken("its first frame has %s that STREAMINFO gives", odd)
			}
			return flacPlace{off, h.number, h.block, false}, nil
		}
	}
	for _, k.sync = range syncs {
		for s := k.scan(off, maxFLACJunk); k.detour < maxFLACDetour && s.next(); {
			if h, ok := k.header(s.off); ok && k.info.differs(&h) == "" && k.sound(s.off, &h) {
				return flacPlace{s.off, h.number, h.block, false}, nil
			}
		}
	}
	return flacPlace{}, broken("no frame follows its metadata")
}

// frame is the one from p to q.
func (k *flacWalk) frame(p, q flacPlace, whole bool) flacFrame {
	f := flacFrame{size: q.off - p.off, samples: p.block, damaged: !whole}
	n := q.number - p.number
	if n != k.step(p.block) || p.lost {
		f.samples = uint32(n)
		if !k.variable() {
			f.samples *= p.block
		}
	}
	return f
}

// sound reports whether the frame at off ends where one with the next number
// begins, or the file ends, with a right CRC-16.
func (k *flacWalk) sound(off int64, h *flacHeader) bool {
	s := k.scan(off, k.info.most(h.block))
	defer func() { k.detour += s.off - off + 4096 }()
	for s.next() {
		if s.crc != 0 {
			continue
		}
		if g, ok := k.header(s.off); ok && k.info.differs(&g) == "" && g.number == h.number+k.step(h.block) {
			return true
		}
	}
	return s.off == k.end && s.crc == 0
}

// header is the whole header at off, if there is one.
func (k *flacWalk) header(off int64) (flacHeader, bool) {
	h, ok := parseFLACHeader(k.w.upTo(off, maxFLACHeader))
	return h, ok && h.variable == k.variable()
}

func (k *flacWalk) variable() bool { return k.sync[1]&1 != 0 }

// step is how much greater the number of the next frame is.
func (k *flacWalk) step(block uint32) uint64 {
	if k.variable() {
		return uint64(block)
	}
	return 1
}

// gap is how far numbers may jump.
func (k *flacWalk) gap() uint64 {
	n := uint64(k.info.rate) * maxFLACGap
	if !k.variable() {
		n /= uint64(k.info.maxBlock)
	}
	return max(n, 2)
}

func (k *flacWalk) scan(off, most int64) *flacScan {
	return &flacScan{w: k.w, sync: k.sync[:], off: off, stop: min(k.end, off+most)}
}

// flacScan goes from sync code to sync code.
type flacScan struct {
	w    *window
	sync []byte
	off  int64
	stop int64
	crc  uint16 // of the bytes from where the scan set out up to off
}

// next goes on by a byte or more: to a sync code, or else to stop.
func (s *flacScan) next() bool {
	for s.off < s.stop {
		b := s.w.rest(s.off)
		if len(b) < maxFLACHeader {
			s.w.upTo(s.off, maxFLACHeader) // moves the window on
			b = s.w.rest(s.off)
		}
		if len(b) == 0 {
			return false
		}
		b = b[:min(int64(len(b)), s.stop-s.off)]
		n, found := len(b), false
		if i := bytes.Index(b[1:], s.sync); i >= 0 {
			n, found = i+1, true
		} else if n > 1 {
			n-- // the last byte may be the first half of a sync code
		}
		s.crc = flacCRC16(s.crc, b[:n])
		s.off += int64(n)
		if found {
			return true
		}
	}
	return false
}
