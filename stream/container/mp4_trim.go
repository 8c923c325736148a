package container

// trim sets what comes before and after the music, from the first of these that
// knows: an edit list, iTunes' comment, the codec's configuration.
func (w *runWalk) trim(movieScale uint32, x *Index) {
	r, e, t := &w.run, w.edit, w.track
	smpb := r.comment(t, x)
	switch {
	case e.media > 0:
		r.Delay, r.Gapless = w.delay(), "elst"
	case smpb != nil:
		r.Delay, r.Padding, r.Gapless = smpb.delay, smpb.padding, "iTunSMPB"
		return
	case t.codec == CodecOpus && t.preSkip < r.Duration:
		r.Delay, r.Gapless = t.preSkip, "OpusHead"
	case t.codec == CodecFLAC || t.codec == CodecALAC:
		r.Gapless = "exact"
	}
	if e.length == 0 {
		return
	}
	padding := r.Duration - r.Delay - rescale(e.length, r.Rate, movieScale)
	// A movie's timescale of 1000 rounds by up to one of its ticks.
	var slack int64
	if r.Rate > movieScale {
		slack = (int64(r.Rate) + int64(movieScale) - 1) / int64(movieScale)
	}
	near := func(exact int64) bool { return padding-exact <= slack && exact-padding <= slack }
	switch {
	case padding <= 0 || near(0):
		return
	case smpb != nil && near(smpb.padding):
		padding = smpb.padding
	}
	r.Padding, r.Gapless = padding, "elst"
}

// delay is when in the run the edit begins. Frames that are counted do not stand
// where the table says.
func (w *runWalk) delay() int64 {
	deltas := runLengths{table: &w.tab.stts}
	i, begins := deltas.find(w.edit.media, w.tab.n)
	return w.clock.at(i, begins) + rescale(w.edit.media-begins, w.clock.rate, w.clock.scale)
}

// comment is iTunes' gapless comment, or nil when there is none or when it is not
// about these samples.
func (r *Run) comment(t *mp4Track, x *Index) *smpb {
	s := parseSMPB(x.Tags.ITunSMPB)
	if s == nil || t.codec != CodecAAC {
		return nil
	}
	// With SBR some count what comes out of the decoder, some what goes in.
	frame := int64(t.frame)
	if s.off(r.Duration) > 2*frame && r.SampleRate == 2*int(r.Rate) {
		s.delay, s.padding, s.count = s.delay/2, s.padding/2, s.count/2
	}
	if s.off(r.Duration) > 2*frame || s.delay+s.padding >= r.Duration {
		x.Notes = append(x.Notes, "its iTunSMPB comment tells of another length, and is ignored")
		return nil
	}
	return s
}
