package container

// oggPacket is a packet, of which the bytes are not kept.
type oggPacket struct {
	page    int64 // where the page stands on which it begins
	nth     uint32
	size    int64
	begin   [8]byte  // its first bytes, as many as it has
	extents []Extent // of its bytes, if they are wanted
}

// oggStream puts the packets of a stream together from its pages (RFC 3533, 5).
// A packet that is not whole, because a page is missing, is left out.
type oggStream struct {
	serial  uint32
	extents bool  // are wanted
	most    int64 // the size of the largest packet that is put together

	seq    uint32
	begun  bool
	open   bool // a packet goes on on the next page
	packet oggPacket
	holes  int64 // where pages are missing
}

// page calls done for every packet that ends on a page. The packet is valid
// until done returns.
func (s *oggStream) page(p *oggPage, done func(*oggPacket) error) error {
	if s.begun && p.seq != s.seq+1 {
		s.holes++
		s.open = false
	}
	s.begun, s.seq = true, p.seq
	lacing, at := p.lacing, 0
	// The rest of a packet whose beginning is missing.
	if p.flags&oggContinued == 0 {
		s.open = false
	} else if !s.open {
		n, _, l := oggPiece(lacing)
		at, lacing = n, l
	}
	for nth := uint32(0); len(lacing) > 0; {
		c := &s.packet
		if !s.open {
			s.open = true
			*c = oggPacket{page: p.off, nth: nth, extents: c.extents[:0]}
			nth++
		}
		n, last, l := oggPiece(lacing)
		if c.size < int64(len(c.begin)) {
			copy(c.begin[c.size:], p.body[at:at+n])
		}
		c.size += int64(n)
		if s.extents && n > 0 && c.size <= s.most {
			c.extents = append(c.extents, Extent{p.bodyAt() + int64(at), int64(n)})
		}
		at, lacing = at+n, l
		if last {
			s.open = false
			if err := done(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// oggPiece is how many bytes the lacing values give to one packet, whether it
// ends with them, and the values behind them.
func oggPiece(lacing []byte) (n int, last bool, rest []byte) {
	for i, l := range lacing {
		n += int(l)
		if l < 255 {
			return n, true, lacing[i+1:]
		}
	}
	return n, false, nil
}
