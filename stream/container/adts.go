package container

import "slices"

// adtsJunk is how far behind tags the first frame is looked for.
const adtsJunk = 8 << 10

// openADTS walks the frames from start.
func openADTS(w *window, x *Index, start int64) error {
	k := newWalker(w, &adtsSyntax, start)
	k.skipped(front(w, start))
	w.hashAll(start)
	var r runs
	var config uint32
	var sbr sbrCount
	for {
		h, off, ok := k.next()
		if !ok {
			break
		}
		if h.config != config {
			config = h.config
			adtsEfficiency(x, r.list, sbr)
			sbr = sbrCount{}
			c, note := adtsRunConfig(w.at(off, int(h.size)))
			if note != "" && !slices.Contains(x.Notes, note) {
				x.Notes = append(x.Notes, note)
			}
			if err := r.begin(c); err != nil {
				return err
			}
		}
		if sbr.seen < sbrEnough && h.samples == 1024 && r.list[len(r.list)-1].SampleRate <= sbrHighest {
			sbr.add(w.at(off, int(h.size)))
		}
		if err := r.add(h, off, k.end); err != nil {
			return err
		}
	}
	r.close()
	adtsEfficiency(x, r.list, sbr)
	if w.err != nil {
		return w.err
	}
	if len(r.list) == 0 {
		return broken("there is no whole frame of sound in it")
	}
	x.Notes = append(x.Notes, k.notes()...)
	x.Audio = &Track{Codec: CodecAAC, Runs: r.list}
	adtsGapless(x)
	return nil
}

// adtsEfficiency names the last run HE-AAC when it is. Its rate stays that of the
// core, which its time is counted in. Whether a single channel becomes two by
// parametric stereo is not known: a decoder of either kind finds out.
func adtsEfficiency(x *Index, list []Run, s sbrCount) {
	if s.seen == 0 || list[len(list)-1].Codecs != "mp4a.40.2" {
		return
	}
	const note = "it is too short to tell HE-AAC from AAC-LC"
	if sbr, sure := s.is(); !sure && !slices.Contains(x.Notes, note) {
		x.Notes = append(x.Notes, note)
	} else if sbr && sure {
		list[len(list)-1].Codecs = "mp4a.40.5"
	}
}

// adtsGapless sets delay and padding from iTunes' comment, which nothing else in
// such a file states. It counts all of the delay, the decoder's too.
func adtsGapless(x *Index) {
	list := x.Audio.Runs
	var duration int64
	for i := range list {
		duration += list[i].Duration
	}
	c := parseSMPB(x.Tags.ITunSMPB)
	first, last := &list[0], &list[len(list)-1]
	if c == nil || c.off(duration) > 2*1024 || first == last && c.delay+c.padding > duration || c.delay > first.Duration || c.padding > last.Duration {
		return
	}
	first.Delay, first.Gapless = c.delay, "iTunSMPB"
	last.Padding, last.Gapless = c.padding, "iTunSMPB"
}

func framesADTS(w *window, r *Run, k int) (*Frames, error) { return rewalk(w, &adtsSyntax, r, k) }

// findADTS looks for the first frame of ADTS from off on.
func findADTS(w *window, off int64) (int64, bool) {
	return findFrames(w, &adtsSyntax, off, adtsJunk)
}
