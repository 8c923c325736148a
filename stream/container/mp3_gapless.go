package container

import (
	"fmt"
)

// mp3Guess is the delay where no tag states one: 576 of the most common encoder
// and the decoder's.
const mp3Guess = 576 + mp3Decoder

// mp3Group is what one header frame speaks of: the runs from first on, up to
// those of the next header frame. Files that were joined have several.
type mp3Group struct {
	first int
	info  *mp3Info // nil when there is none
}

// mp3Gapless sets the delay of the first run of each group and the padding of
// its last, and notes where a header contradicts the frames.
func mp3Gapless(x *Index, list []Run, groups []mp3Group, short bool) {
	for n, g := range groups {
		next := len(list)
		if n+1 < len(groups) {
			next = groups[n+1].first
		}
		if g.first >= next {
			continue // a header without frames
		}
		var frames, duration int64
		for i := range list[g.first:next] {
			frames += list[g.first+i].Frames
			duration += list[g.first+i].Duration
		}
		first, last := &list[g.first], &list[next-1]
		var delay, padding int64
		var source string
		whole := !short || next < len(list)
		if i := g.info; i != nil && i.frames > 0 {
			if d := i.frames - frames; d > 1 || d < -1 {
				x.Notes = append(x.Notes, fmt.Sprintf("its %s header says %s, there are %d", i.name, count(i.frames, "frame"), frames))
				whole = false
			}
		}
		if i := g.info; i != nil && i.lame {
			delay, source = i.delay+mp3Decoder, "LAME"
			if whole { // else the padding is not what is at the end
				padding = max(0, i.padding-mp3Decoder)
			}
		} else if n > 0 {
			continue // the tags are about the first of joined files
		} else if c := parseSMPB(x.Tags.ITunSMPB); c != nil && c.off(duration) <= 2*1152 {
			// iTunes' delay, 528, leaves the decoder's out as LAME's does: together
			// they are the 1057 of the standard's encoder and decoder (LAME,
			// libmp3lame/encoder.h, "enc->dec delay"), and Rockbox adds 529 to
			// either (lib/rbcodec/codecs/mpa.c).
			delay, padding, source = c.delay+mp3Decoder, max(0, c.padding-mp3Decoder), "iTunSMPB"
		} else {
			if x.Tags.ITunSMPB != "" {
				x.Notes = append(x.Notes, "its iTunSMPB tag is about another file")
			}
			delay, source = mp3Guess, "guess"
		}
		if first == last && delay+padding > first.Duration || delay > first.Duration || padding > last.Duration {
			x.Notes = append(x.Notes, fmt.Sprintf("its delay and padding of %d samples are longer than it is", delay+padding))
			continue
		}
		first.Delay, first.Gapless = delay, source
		last.Padding, last.Gapless = padding, source
	}
}
