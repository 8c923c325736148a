package container

import "encoding/binary"

// maxRuns bounds how often a file may change its configuration.
const maxRuns = 1000

// runs are made of the frames of a walk, one after the other.
type runs struct {
	list []Run
	open bool // the last of the list still grows

	cuts              *cutter
	at                Cut // behind the last frame
	shortest, longest uint32
}

// begin begins a run.
func (r *runs) begin(c Config) error {
	r.close()
	if len(r.list) == maxRuns {
		return unsupported("its sample rate or channels change more than %d times", maxRuns)
	}
	rate := uint32(c.SampleRate)
	r.list = append(r.list, Run{Config: c, Rate: rate})
	r.open, r.cuts, r.at = true, newCutter(rate), Cut{}
	r.shortest, r.longest = 0, 0
	return nil
}

// add adds a frame to the run. The walk's end is kept in each cut, so that a
// walk from there knows it.
func (r *runs) add(h header, off, end int64) error {
	if r.cuts.due(r.at.Time) {
		r.at.Offset = off
		r.at.Pos = [6]uint32{h.config, uint32(end), uint32(end >> 32)}
		if err := r.cuts.cut(r.at); err != nil {
			return err
		}
	}
	if r.at.Frame == 0 {
		r.shortest = h.samples
	}
	r.shortest, r.longest = min(r.shortest, h.samples), max(r.longest, h.samples)
	r.at.Frame++
	r.at.Time += int64(h.samples)
	r.at.Bytes += int64(h.size)
	r.at.Offset = off + int64(h.size)
	return nil
}

// close ends the run.
func (r *runs) close() {
	if !r.open {
		return
	}
	r.open = false
	run := &r.list[len(r.list)-1]
	run.Frames, run.Duration = r.at.Frame, r.at.Time
	run.Cuts = r.cuts.end(r.at)
	if r.shortest == r.longest {
		run.FrameSamples = r.longest
	}
}

// rewalk reads the frames between two cuts once more.
func rewalk(w *window, s *syntax, r *Run, n int) (*Frames, error) {
	a, b := &r.Cuts[n], &r.Cuts[n+1]
	end := min(int64(a.Pos[1])|int64(a.Pos[2])<<32, w.size)
	k := walker{syntax: s, w: w, pos: a.Offset, end: end, config: a.Pos[0]}
	w.size = min(w.size, b.Offset+s.reach()) // no more is read than tells the same
	left := b.Frame - a.Frame
	f := &Frames{Sizes: make([]uint32, 0, left), Durations: make([]uint32, 0, left)}
	for range left {
		h, off, ok := k.next()
		if !ok || h.config != a.Pos[0] {
			break // the file is another than it was, which the caller finds
		}
		f.Sizes = append(f.Sizes, h.size)
		f.Durations = append(f.Durations, h.samples)
		f.add(off, int64(h.size))
	}
	return f, nil
}

// front is how many bytes of junk are before the first frame, behind tags.
func front(w *window, start int64) int64 { return max(0, start-skipID3(w, 0)) }

// bigEndian24 is a number of 3 bytes.
func bigEndian24(b []byte) uint32 { return uint32(binary.BigEndian.Uint16(b))<<8 | uint32(b[2]) }
