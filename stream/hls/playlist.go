package hls

import (
	"math"
	"strconv"
)

// render writes the media playlist (RFC 8216 4.3.3) and finds the bit rates.
//
// Times are exact: EXTINF is the difference of two places, each rounded to a
// microsecond, so that however many there are their sum is too.
//
// Segments stand below folder, as seen from the playlist.
func (r *Rendition) render(folder string, target int) *Text {
	r.Bandwidth, r.Bytes = 0, 0
	count := r.Segments()
	b := make([]byte, 0, 256+count*64)
	b = append(b, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:"...)
	b = strconv.AppendInt(b, int64(target), 10)
	b = append(b, "\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"...)
	var rate bitrate
	var seconds float64
	last := -1
	for n := range count {
		s := r.ref(n)
		if s.part != last {
			if last >= 0 {
				b = append(b, "#EXT-X-DISCONTINUITY\n"...)
				rate = bitrate{}
			}
			if !r.Packed() {
				b = append(b, "#EXT-X-MAP:URI=\""...)
				b = append(append(b, folder...), r.initName(s.part)...)
				b = append(b, "\"\n"...)
			}
			last = s.part
		}
		time := float64(r.parts[s.part].run.Rate)
		size := r.size(&s)
		exact := float64(s.duration) / time
		bits := float64(size*8) / exact
		r.Bandwidth = max(r.Bandwidth, int64(math.Ceil(bits)))
		r.Bytes += size
		seconds += exact
		b = rate.append(b, bits)
		b = appendDuration(b, s.time, s.time+s.duration, int64(r.parts[s.part].run.Rate))
		b = append(append(b, folder...), r.segmentName(n)...)
		b = append(b, '\n')
	}
	b = append(b, "#EXT-X-ENDLIST\n"...)
	r.Average = int64(math.Ceil(float64(r.Bytes*8) / seconds))
	return newText(b)
}

func appendDuration(b []byte, from, to, rate int64) []byte {
	micro := micros(to, rate) - micros(from, rate)
	b = append(b, "#EXTINF:"...)
	b = strconv.AppendInt(b, micro/1e6, 10)
	b = append(b, '.')
	b = append(b, strconv.FormatInt(1e6+micro%1e6, 10)[1:]...)
	return append(b, ",\n"...)
}

// micros is a time in microseconds, rounded to the nearest. It does not
// overflow before 2^63 samples at any rate.
func micros(t, rate int64) int64 {
	return t/rate*1e6 + (t%rate*1e6+rate/2)/rate
}

// bitrate writes EXT-X-BITRATE (RFC 8216bis 4.4.4.8), in kbit/s, whenever the
// segments leave the last one by more than 5 %: 10 % are allowed.
type bitrate struct{ last float64 }

func (r *bitrate) append(b []byte, bits float64) []byte {
	k := math.Max(1, math.Round(bits/1000))
	if r.last != 0 && math.Abs(bits/1000-r.last) <= r.last/20 {
		return b
	}
	r.last = k
	b = append(b, "#EXT-X-BITRATE:"...)
	b = strconv.AppendInt(b, int64(k), 10)
	return append(b, '\n')
}
