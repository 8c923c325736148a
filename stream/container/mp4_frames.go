package container

import (
	"math"
)

// mp4Segment reads the frames between two cuts.
type mp4Segment struct {
	walk   *mp4Walk
	run    *Run
	a, b   *Cut
	scale  uint32 // of the media
	number int64  // of the first sample
	count  int64
	shift  int64 // of composition offsets, so that the edit begins at 0
	time   int64 // of the next frame, in the run's rate
	raw    int64 // since the cut, in the media's timescale

	offsets, syncs bool // these count, of this track
}

// framesMP4 reads the slices of the tables that say where the frames of a
// segment stand.
func framesMP4(w *window, r *Run, k int) (*Frames, error) {
	s, err := seekMP4(w, r, k)
	if err != nil {
		return nil, err
	}
	f := &Frames{Sizes: make([]uint32, s.count), Durations: make([]uint32, s.count)}
	for i := range f.Sizes {
		sample, err := s.walk.next()
		if err != nil {
			return nil, err
		}
		f.Sizes[i] = sample.size
		f.add(sample.off, int64(sample.size))
		d := s.duration(sample, i == len(f.Sizes)-1)
		if d < 0 || d > math.MaxUint32 {
			return nil, broken("frame %d would last %d/%d s, by an index that is not the file's", s.number+int64(i), d, r.Rate)
		}
		f.Durations[i] = uint32(d)
		s.time += d
		if off := int64(sample.offset) + s.shift; s.offsets && off != 0 {
			if off != int64(int32(off)) {
				return nil, farOffset(s.number + int64(i))
			}
			if f.Offsets == nil {
				f.Offsets = make([]int32, s.count)
			}
			f.Offsets[i] = int32(off)
		}
		if s.syncs && !sample.sync && f.Sync == nil {
			f.Sync = make([]bool, s.count)
			for j := range i {
				f.Sync[j] = true
			}
		}
		if f.Sync != nil {
			f.Sync[i] = sample.sync
		}
	}
	return f, nil
}

// seekMP4 goes to cut k. All that it needs beside the cut is found again in the
// moov, where the same choices are made as when it was indexed.
func seekMP4(w *window, r *Run, k int) (*mp4Segment, error) {
	m, err := openMovie(w)
	if err != nil {
		return nil, err
	}
	kind := sounds
	if r.Width > 0 {
		kind = pictures
	}
	t, err := m.choose(kind)
	if t == nil {
		return nil, broken("its tracks are not those that were indexed: %v", err)
	}
	tab, err := m.tables(t, segmentPane)
	if err != nil {
		return nil, err
	}
	e, err := m.edit(t)
	if err != nil {
		return nil, err
	}
	first, base, err := tab.begin(e, kind, -int(r.Roll))
	if err != nil {
		return nil, err
	}
	s := &mp4Segment{run: r, a: &r.Cuts[k], b: &r.Cuts[k+1], scale: t.scale, shift: base - e.media, offsets: kind == pictures, syncs: t.syncOnly}
	s.number, s.count, s.time = s.a.Frame+int64(first), s.b.Frame-s.a.Frame, s.a.Time
	if s.count < 0 || s.count > 2*maxSegmentFrames || s.number < 0 || s.number+s.count > int64(tab.n) || t.scale == 0 {
		return nil, broken("it has %d frames, the index says that %d begin at %d", tab.n, s.count, s.number)
	}
	s.walk = tab.seek(uint32(s.number), s.a)
	return s, nil
}

// duration is how long a sample lasts, in the run's rate. The last has what the
// others leave of the segment: nothing is rounded twice, and the last of a run
// may be shorter.
func (s *mp4Segment) duration(sample mp4Sample, last bool) int64 {
	s.raw += int64(sample.delta)
	switch r := s.run; {
	case last:
		return s.b.Time - s.time
	case r.FrameSamples != 0:
		return int64(r.FrameSamples)
	case s.scale == r.Rate:
		return int64(sample.delta)
	default:
		// What is rounded from a cut on can be one more than from the start.
		return max(min(s.a.Time+rescale(s.raw, r.Rate, s.scale), s.b.Time)-s.time, 0)
	}
}

func farOffset(number int64) error {
	return broken("picture %d is shown too long before or after it is decoded", number)
}
