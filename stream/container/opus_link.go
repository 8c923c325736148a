package container

// opusLink is the Opus stream of one link of a chain, which becomes a run.
type opusLink struct {
	head   opusHead
	stream oggStream
	tagged bool // the packet behind OpusHead was seen
	ended  bool // and its last page

	cuts  *cutter
	here  Cut // between the packets that were seen and the next
	pace  pace
	least uint32 // the shortest packet, samples
	last  uint32 // the last packet, samples

	granule int64 // of the last page that had one
	timed   bool  // there was one
	since   int64 // samples of the packets that ended since
	padding int64

	begin   int64   // what the time of the first sample is more than 0
	missing float64 // samples that granule positions count and no packet holds
	invalid int64   // packets that are no Opus
}

func newOpusLink(p *oggPage, head opusHead) *opusLink {
	return &opusLink{
		head:   head,
		stream: oggStream{serial: p.serial, seq: p.seq, begun: true},
		cuts:   newCutter(opusRate),
	}
}

// page takes the packets of a page behind the first.
func (l *opusLink) page(p *oggPage) error {
	if err := l.stream.page(p, l.packet); err != nil {
		return err
	}
	last := p.flags&oggLast != 0
	if p.granule >= 0 && (l.here.Frame > 0 || l.timed) {
		l.time(p.granule, last)
	}
	l.ended = last
	return nil
}

func (l *opusLink) packet(p *oggPacket) error {
	if !l.tagged {
		l.tagged = true
		if string(p.begin[:]) == "OpusTags" {
			return nil
		}
	}
	d, ok := opusSamples(p)
	if !ok || p.size > l.most() {
		l.invalid++
		return nil
	}
	if l.cuts.due(l.here.Time) {
		at := l.here
		at.Offset = p.page
		at.Pos = [6]uint32{p.nth, l.stream.serial, uint32(l.most())}
		if err := l.cuts.cut(at); err != nil {
			return err
		}
	}
	l.last = d
	if l.pace.add(d); l.least == 0 || d < l.least {
		l.least = d
	}
	l.here.Frame++
	l.here.Time += int64(d)
	l.here.Bytes += p.size
	l.since += int64(d)
	return nil
}

// most is the size of the largest packet that is taken, bytes.
func (l *opusLink) most() int64 { return maxOpusPacket * int64(l.head.streams) }

// time takes the granule position of a page: the time at the end of the last
// packet that ends on it, pre-skip included (RFC 7845, 4). On the last page it
// may be less than that: the end is padding (4.4). On the first it may be more:
// the stream was cut out of a longer one (4.3). Elsewhere a difference means
// that packets are missing.
func (l *opusLink) time(granule int64, last bool) {
	n := granule - l.granule // granule is 0 before the first
	switch {
	case last && 0 <= n && n < l.since:
		l.padding = l.since - n
	case n > l.since && !l.timed:
		l.begin = n - l.since
	case n > l.since:
		l.missing += float64(n - l.since)
	}
	l.granule, l.timed, l.since = granule, true, 0
}

// run is the run, once all pages were taken; end is where the pages end.
func (l *opusLink) run(end int64) Run {
	l.here.Offset = end
	// The end is cut off the last packet, whose duration then says so to players
	// that obey no edit list. What is more than a packet stays padding.
	if l.padding < int64(l.last) {
		l.here.Time -= l.padding
		l.padding = 0
	}
	r := Run{
		Config: Config{
			Codecs:       "Opus",
			SampleRate:   opusRate,
			Channels:     l.head.channels,
			FrameSamples: l.pace.steady(),
			Entry:        l.head.entry(),
			Roll:         -int16((opusRoll + l.least - 1) / l.least),
		},
		Rate:     opusRate,
		Frames:   l.here.Frame,
		Duration: l.here.Time,
		Delay:    min(int64(l.head.preSkip), l.here.Time),
		Gapless:  "OpusHead",
		Cuts:     l.cuts.end(l.here),
	}
	r.Padding = min(l.padding, r.Duration-r.Delay)
	return r
}
