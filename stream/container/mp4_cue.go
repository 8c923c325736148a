package container

// lead are the places of a film where its pictures are cut, for the sound to be
// cut there as well: times of presentation in rate.
type lead struct {
	rate  uint32
	marks []int64 // of each segment's first picture
	end   int64
}

// cue tells where to cut the sound of a film: where its pictures are cut, and by
// time when they are over.
type cue struct {
	lead *lead
	next int   // mark; the first frame of sound stands for the first
	step int64 // of a segment, in the sound's rate
	late int64 // when the next cut is due behind the pictures
}

// due reports whether a frame that is heard at a time begins a segment. It is
// asked once for each frame.
func (c *cue) due(heard int64, rate uint32) bool {
	due, l := false, c.lead
	for c.next < len(l.marks) && !earlier(heard, rate, l.marks[c.next], l.rate) {
		c.next++
		due = true
	}
	if c.next < len(l.marks) {
		return due
	}
	if c.late == 0 {
		c.late = max((rescale(l.end, rate, l.rate)+c.step-1)/c.step, 1) * c.step
	}
	if heard >= c.late {
		c.late = (heard/c.step + 1) * c.step
		due = true
	}
	return due
}
