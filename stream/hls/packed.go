package hls

import "encoding/binary"

// Packed audio: frames as they are, behind an ID3 tag that says when the first
// of them sounds (RFC 8216bis 3.1.3).

const (
	timestampOwner = "com.apple.streaming.transportStreamTimestamp\x00"
	privSize       = len(timestampOwner) + 8
	timestampSize  = 10 + 10 + privSize
)

// appendTimestamp appends the tag of a segment that begins with a sample:
// ID3v2.4 with one PRIV frame of 8 bytes, the presentation time on the 90 kHz
// clock of MPEG-2 in 33 bits. It is taken from the sample's number each time:
// added-up rounded durations would drift.
func appendTimestamp(b []byte, sample, rate int64) []byte {
	const clock = 90000
	pts := sample/rate*clock + (sample%rate*clock+rate/2)/rate
	size := byte(10 + privSize) // below 128, so as it is in sync-safe form
	b = append(b, 'I', 'D', '3', 4, 0, 0, 0, 0, 0, size)
	b = append(b, 'P', 'R', 'I', 'V', 0, 0, 0, byte(privSize), 0, 0)
	b = append(b, timestampOwner...)
	return binary.BigEndian.AppendUint64(b, uint64(pts)&(1<<33-1))
}
