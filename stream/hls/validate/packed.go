package validate

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

const transportStreamTimestamp = "com.apple.streaming.transportStreamTimestamp\x00"

// maxTag is the greatest ID3 tag that is looked into, in bytes.
const maxTag = 1 << 20

// readPacked walks packed audio: ID3 tags, then frames to the end (bis 3.1.3).
func (j *judge) readPacked(r *bufio.Reader, c *content, at place) {
	start, fault := int64(-1), "it does not begin with an ID3 tag"
	pos := int64(0)
	for range 8 {
		h, _ := r.Peek(10)
		if len(h) < 10 || string(h[:3]) != "ID3" {
			break
		}
		n := int64(h[6]&0x7f)<<21 | int64(h[7]&0x7f)<<14 | int64(h[8]&0x7f)<<7 | int64(h[9]&0x7f)
		version := h[3]
		_, _ = r.Discard(10)
		if n > maxTag {
			skipped, _ := io.CopyN(io.Discard, r, n)
			pos += 10 + skipped
			fault = fmt.Sprintf("its ID3 tag of %d bytes is none of a segment", n)
			continue
		}
		body, err := io.ReadAll(io.LimitReader(r, n))
		if pos += 10 + int64(len(body)); err != nil || int64(len(body)) < n {
			fault = fmt.Sprintf("its ID3 tag has %d of %d bytes", len(body), n)
			break
		}
		if pos == 10+n {
			start, fault = timestamp(body, version)
		}
	}
	j.check("packed-timestamp", fault == "", at, "%s; it should have a PRIV frame %q with 8 bytes, the upper 31 bits 0", fault, strings.TrimSuffix(transportStreamTimestamp, "\x00"))
	head, _ := r.Peek(4)
	var walk func(h []byte) frame
	switch {
	case len(head) >= 2 && head[0] == 0x0b && head[1] == 0x77:
		c.format, c.codecs, c.setup = "ac3", []string{"ac-3|ec-3"}, "ac3" // not walked
		return
	case len(head) >= 2 && head[0] == 0xff && head[1]&0xf6 == 0xf0:
		c.format, walk = "adts", adtsFrame
	case len(head) >= 4 && head[0] == 0xff && head[1]&0xe0 == 0xe0:
		c.format, walk = "mp3", mp3Frame
	default:
		return
	}
	c.audio = 1
	var samples int64
	var f frame
	frames := 0
	info := false
	for {
		h, err := r.Peek(64)
		if len(h) == 0 {
			if err != nil && !errors.Is(err, io.EOF) {
				return // end reports it
			}
			break
		}
		g := walk(h)
		if g.size == 0 {
			j.fault("packed-frames", at, "at byte %d, after %d frames, % x is no header of a frame", pos, frames, h[:min(len(h), 4)])
			break
		}
		if frames > 0 && g.setup != f.setup {
			j.fault("discontinuity", at, "frame %d has %s, those before %s; begin a new segment there, with #EXT-X-DISCONTINUITY", frames, g.setup, f.setup)
			break
		}
		if f = g; c.format == "mp3" && frames == 0 {
			info = bytes.Contains(h, []byte("Xing")) || bytes.Contains(h, []byte("Info")) || bytes.Contains(h, []byte("VBRI"))
		}
		n, _ := r.Discard(g.size)
		if pos += int64(n); n < g.size {
			j.fault("packed-frames", at, "the last frame, number %d, has %d of its %d bytes", frames, n, g.size)
			break
		}
		frames++
		samples += int64(g.samples)
	}
	if frames == 0 {
		return
	}
	j.check("packed-frames", true, at, "")
	if c.format == "mp3" {
		j.check("packed-sound", !info, at, "the first frame is an encoder's header, which sounds as silence; leave it out")
	}
	c.setup, c.codecs = f.setup, []string{f.codec}
	c.seconds = float64(samples) / float64(f.rate)
	c.frame = float64(f.samples) / float64(f.rate)
	if start >= 0 {
		c.clock, c.start = 90000, start
		c.end = start + (samples*90000+int64(f.rate)/2)/int64(f.rate)
	}
}

// timestamp reads the PRIV frame of an ID3v2 tag's body.
func timestamp(b raw, version byte) (int64, string) {
	for len(b) > 10 && b[0] != 0 {
		n := int64(b.u32(4))
		if version == 4 {
			n = int64(b[4]&0x7f)<<21 | int64(b[5]&0x7f)<<14 | int64(b[6]&0x7f)<<7 | int64(b[7]&0x7f)
		}
		if n > int64(len(b)-10) {
			return -1, "a frame of its ID3 tag is longer than the tag"
		}
		kind, body := string(b[:4]), b[10:10+n]
		if v, ok := bytes.CutPrefix(body, []byte(transportStreamTimestamp)); kind == "PRIV" && ok {
			t := raw(v).at(0, 8)
			if len(v) != 8 || t >= 1<<33 {
				return -1, fmt.Sprintf("the timestamp in its ID3 tag is % x", v[:min(len(v), 16)])
			}
			return int64(t), ""
		}
		b = b[10+n:]
	}
	return -1, "its ID3 tag has no timestamp"
}

// frame is what the header of one says; the size is 0 when it is none.
type frame struct {
	size, samples, rate int
	setup, codec        string
}

// adtsFrame reads ISO/IEC 14496-3, 1.A.2.2.
func adtsFrame(h []byte) frame {
	if len(h) < 7 || h[0] != 0xff || h[1]&0xf6 != 0xf0 {
		return frame{}
	}
	n := int(h[3]&3)<<11 | int(h[4])<<3 | int(h[5])>>5
	rate := aacRates[h[2]>>2&15]
	if n < 7 || rate == 0 {
		return frame{}
	}
	object, channels := int(h[2]>>6)+1, int(h[2]&1)<<2|int(h[3])>>6
	return frame{n, 1024 * (int(h[6]&3) + 1), rate, fmt.Sprintf("AAC %d, %d Hz, %d channels", object, rate, channels), fmt.Sprintf("mp4a.40.%d", object)}
}

var mp3Rates = [4][4]int{{11025, 12000, 8000}, {}, {22050, 24000, 16000}, {44100, 48000, 32000}}

// mp3Kbits are of layer III, MPEG-1 and the others (ISO/IEC 11172-3, 2.4.2.3; 13818-3).
var mp3Kbits = [2][16]int{
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
	{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},
}

func mp3Frame(h []byte) frame {
	if len(h) < 4 || h[0] != 0xff || h[1]&0xe6 != 0xe2 {
		return frame{}
	}
	version := h[1] >> 3 & 3
	low := 0
	samples := 1152
	if version != 3 {
		low, samples = 1, 576
	}
	rate, kbit := mp3Rates[version][h[2]>>2&3], mp3Kbits[low][h[2]>>4]
	if rate == 0 || kbit == 0 {
		return frame{}
	}
	mode := "stereo"
	if h[3]>>6 == 3 {
		mode = "mono"
	}
	return frame{samples/8*kbit*1000/rate + int(h[2]>>1&1), samples, rate, fmt.Sprintf("MP3, %d Hz, %s", rate, mode), "mp4a.40.34"}
}
