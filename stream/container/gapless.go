package container

import (
	"strconv"
	"strings"
)

// smpb is iTunes' gapless comment, in samples.
type smpb struct{ delay, padding, count int64 }

// parseSMPB reads " 00000000 DELAY PADDING COUNT …", in hexadecimal, or answers
// nil.
func parseSMPB(text string) *smpb {
	words := strings.Fields(text)
	if len(words) < 4 {
		return nil
	}
	var v [4]int64
	for i := range v {
		n, err := strconv.ParseUint(words[i], 16, 63)
		if err != nil || n > 1<<48 {
			return nil
		}
		v[i] = int64(n)
	}
	return &smpb{v[1], v[2], v[3]}
}

// off is how far the comment's length is from that of the samples. Tags get
// copied into files that they were not made for.
func (s *smpb) off(duration int64) int64 {
	return max(s.delay+s.padding+s.count-duration, duration-s.delay-s.padding-s.count)
}
