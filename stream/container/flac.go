package container

// maxFLACFrames bounds the frames of a segment: blocks have 16 samples or more
// (RFC 9639, 5), and sound at 655 kHz is not packaged for anybody.
const maxFLACFrames = 1 << 17

// openFLAC walks a FLAC file (RFC 9639) whose marker stands at start. All
// metadata is leapt over but STREAMINFO, and every byte of every frame goes
// through its CRC-16.
func openFLAC(w *window, x *Index, start int64) error {
	end := flacEnd(w, start)
	w.hashAll(start)
	info, mask, off, err := readFLACMetadata(w, start)
	if err != nil {
		return err
	}
	walk := &flacWalk{w: w, info: info, end: end}
	p, err := walk.first(off)
	if err != nil {
		return err
	}
	if p.off > off {
		x.note("%d bytes between its metadata and its first frame are left out", p.off-off)
	}
	run := Run{
		Config: Config{
			Codecs:     "fLaC",
			SampleRate: int(info.rate),
			Channels:   info.channels,
			Bits:       info.bits,
			Entry:      info.entry(mask),
		},
		Rate:    info.rate,
		Gapless: "exact",
	}
	var (
		cuts    = newCutter(info.rate)
		here    Cut
		pace    pace
		damaged int64
	)
	for {
		f, q, ok, err := walk.next(p)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		here.Offset = p.off
		if cuts.due(here.Time) {
			here.Pos = walk.pos(p)
			if err := cuts.cut(here); err != nil {
				return err
			}
		} else if n := len(cuts.cuts); here.Frame-cuts.cuts[n-1].Frame == maxFLACFrames {
			return unsupported("it has more than %d frames in %d seconds", maxFLACFrames, SegmentTime)
		}
		if f.damaged {
			damaged++
		}
		pace.add(f.samples)
		here.Frame++
		here.Time += int64(f.samples)
		here.Bytes += f.size
		p = q
	}
	if here.Frame == 0 {
		return broken("it has no whole frame")
	}
	here.Offset = p.off
	run.Cuts = cuts.end(here)
	run.Frames, run.Duration = here.Frame, here.Time
	run.FrameSamples = pace.steady()
	x.Audio = &Track{Codec: CodecFLAC, Runs: []Run{run}}

	if damaged > 0 {
		x.note("%s", counted(damaged, "damaged frame", "damaged frames"))
	}
	if p.off < end {
		x.note("its last %d bytes are no whole frame and left out", end-p.off)
	}
	if info.total != 0 && info.total != here.Time {
		x.note("it says that it has %d samples, and has %d", info.total, here.Time)
	}
	return nil
}

// framesFLAC walks over the frames of a segment again.
func framesFLAC(w *window, r *Run, k int) (*Frames, error) {
	a, b := &r.Cuts[k], &r.Cuts[k+1]
	walk, p, err := flacWalkFrom(w, r, a)
	if err != nil {
		return nil, err
	}
	n := b.Frame - a.Frame
	f := &Frames{Sizes: make([]uint32, 0, n), Durations: make([]uint32, 0, n)}
	for p.off < b.Offset {
		g, q, ok, err := walk.next(p)
		if err != nil {
			return nil, err
		}
		if !ok || q.off > b.Offset {
			return nil, broken("the frame at byte %d is not as it was", p.off)
		}
		f.Sizes = append(f.Sizes, uint32(g.size))
		f.Durations = append(f.Durations, g.samples)
		p = q
	}
	f.add(a.Offset, b.Offset-a.Offset)
	return f, nil
}

const (
	flacLost     = 1 << iota // in Pos[2]
	flacVariable             // in Pos[2]
)

// pos is what Cut.Pos keeps of a place: the number that the frame there has or
// should have, flags, its block size, and where the frames of the file end.
func (k *flacWalk) pos(p flacPlace) [6]uint32 {
	var flags uint32
	if p.lost {
		flags |= flacLost
	}
	if k.variable() {
		flags |= flacVariable
	}
	// 36 bits of number and 16 of block size leave room beside the flags.
	return [6]uint32{uint32(p.number >> 32), uint32(p.number), flags, p.block, uint32(k.end >> 32), uint32(k.end)}
}

// flacWalkFrom goes on with the walk of a run at one of its cuts.
func flacWalkFrom(w *window, r *Run, a *Cut) (*flacWalk, flacPlace, error) {
	info, err := flacInfoOf(r.Entry)
	if err != nil {
		return nil, flacPlace{}, err
	}
	k := &flacWalk{w: w, info: info, sync: [2]byte{0xff, 0xf8}, end: int64(a.Pos[4])<<32 | int64(a.Pos[5])}
	if a.Pos[2]&flacVariable != 0 {
		k.sync[1] = 0xf9
	}
	p := flacPlace{
		off:    a.Offset,
		number: uint64(a.Pos[0])<<32 | uint64(a.Pos[1]),
		block:  a.Pos[3],
		lost:   a.Pos[2]&flacLost != 0,
	}
	return k, p, nil
}
