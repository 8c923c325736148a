package container

// extremes are where in the file samples are.
type extremes struct{ from, to int64 }

// hash adds to the window's hash what the run was made of.
func (r *runWalk) hash(w *window) {
	r.tab.hash(w)
	run := &r.run
	_, _ = w.sum.Write(run.Entry)
	w.note(uint64(run.Rate), uint64(run.Frames), uint64(run.Duration), uint64(run.Start), uint64(run.Delay), uint64(run.Padding))
}

// hash adds the samples to the window's hash: all of them, or of a file that is
// too large for its first request to wait for that, blocks spread evenly: two
// recordings of equal tables differ in more than one.
func (e *extremes) hash(w *window) {
	const whole = 64 << 20
	if e.to-e.from <= whole {
		for off := e.from; off < e.to; off += windowSize {
			b := w.at(off, int(min(windowSize, e.to-off)))
			if b == nil {
				return
			}
			_, _ = w.sum.Write(b)
		}
		return
	}
	const blocks, size, every = 4096, 4 << 10, 128 << 10
	p := newPane(w, e.to, size)
	step := max((e.to-e.from-size)/(blocks-1), every)
	for off, i := e.from, 0; i < blocks && off < e.to; i++ {
		b := p.at(off, int(min(size, e.to-off)))
		if b == nil {
			return
		}
		_, _ = w.sum.Write(b)
		off += step
	}
}

// hash adds the tables to the window's hash, but of the places of chunks only
// how far they are from the first: a tag that grows moves them all.
func (t *tables) hash(w *window) {
	for _, c := range []*table{&t.stts, &t.ctts, &t.stss, &t.stsz, &t.stsc} {
		end := c.start + int64(c.n)*int64(c.width)
		for off := c.start; off < end; {
			b := c.at(off, int(min(end-off, int64(cap(c.buf)))))
			if b == nil {
				return
			}
			_, _ = w.sum.Write(b)
			off += int64(len(b))
		}
	}
	first := t.chunk(0)
	for i := range t.stco.n {
		w.note(uint64(t.chunk(i) - first))
	}
	w.note(uint64(t.n), uint64(t.size))
}
