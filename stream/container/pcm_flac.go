package container

import (
	"bytes"
	"crypto/md5" // as RFC 9639 8.2 asks for; it guards no secret
	"fmt"
	"hash"
	"io"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"
)

// flacBlock is the samples of every frame but the last: within the streamable
// subset at every rate (RFC 9639 7), and some 64 frames in a segment.
const flacBlock = 4096

// flacEncoder writes FLAC of one block size (RFC 9639) with a library. That
// tries the predictors of order 0 to 4 with one Rice code each, and sees no bits
// that all samples waste. Music comes out a sixth to a half larger than from the
// reference encoder, and noise as large as it is.
//
// The library writes to a buffer, not to dst: that it would close, after it put
// STREAMINFO at the front of the whole file and counted the short last block as
// the smallest, which RFC 9639 8.2 leaves out.
type flacEncoder struct {
	dst      io.WriteSeeker
	base     int64 // where the FLAC begins in dst
	info     meta.StreamInfo
	comments []*meta.Block
	enc      *flac.Encoder
	out      bytes.Buffer // of enc

	pcm   []byte // one block, little-endian and interleaved, as MD5 takes it
	md5   hash.Hash
	frame frame.Frame
}

func newFLACEncoder(dst io.WriteSeeker, p *pcm) (*flacEncoder, error) {
	base, err := dst.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	e := &flacEncoder{
		dst: dst, base: base,
		info: meta.StreamInfo{
			BlockSizeMin: flacBlock, BlockSizeMax: flacBlock,
			SampleRate: p.rate, NChannels: uint8(p.channels), BitsPerSample: uint8(p.bits),
			NSamples: uint64(p.end-p.off) / uint64(p.width*p.channels),
		},
		comments: maskComment(p),
		pcm:      make([]byte, flacBlock*p.channels*p.bits/8),
		md5:      md5.New(),
		frame:    frame.Frame{Header: frame.Header{HasFixedBlockSize: true, SampleRate: p.rate, BitsPerSample: uint8(p.bits)}},
	}
	if e.info.NSamples >= 1<<36 {
		e.info.NSamples = 0 // unknown
	}
	if p.rate > 65535 && p.rate%10 != 0 || p.rate > 655350 {
		e.frame.SampleRate = 0 // A frame cannot say it: STREAMINFO does (RFC 9639 9.1.2).
	}
	for range p.channels {
		e.frame.Subframes = append(e.frame.Subframes, &frame.Subframe{Samples: make([]int32, flacBlock)})
	}
	if e.enc, err = flac.NewEncoder(&e.out, &e.info, e.comments...); err != nil {
		return nil, err
	}
	return e, e.flush()
}

// maskComment tells players where the speakers are; nil when it is not known or
// cannot be another way. It is said even of what FLAC means anyway, for not all
// agree on that (RFC 9639 8.6.2, 9.1.3).
func maskComment(p *pcm) []*meta.Block {
	if p.mask == 0 || p.channels <= 2 {
		return nil
	}
	tag := [2]string{"WAVEFORMATEXTENSIBLE_CHANNEL_MASK", fmt.Sprintf("0x%X", p.mask)}
	return []*meta.Block{{
		Header: meta.Header{Type: meta.TypeVorbisComment, Length: 1}, // not 0: the library counts
		Body:   &meta.VorbisComment{Tags: [][2]string{tag}},
	}}
}

// block is where the next frame's samples are to be put: signed, little-endian,
// interleaved.
func (e *flacEncoder) block(samples int) []byte {
	return e.pcm[:samples*int(e.info.NChannels)*int(e.info.BitsPerSample)/8]
}

// write writes the samples that were put into the block as a frame.
func (e *flacEncoder) write(samples int) error {
	raw := e.block(samples)
	_, _ = e.md5.Write(raw)
	f, width := &e.frame, int(e.info.BitsPerSample)/8
	f.BlockSize = uint16(samples)
	for c, s := range f.Subframes {
		// Verbatim is what the library chooses something better for.
		s.SubHeader, s.NSamples, s.Samples = frame.SubHeader{Pred: frame.PredVerbatim}, samples, s.Samples[:samples]
		for i := range s.Samples {
			v := uint32(0)
			for _, b := range raw[(i*len(f.Subframes)+c)*width:][:width] {
				v = v>>8 | uint32(b)<<24
			}
			s.Samples[i] = int32(v) >> (32 - 8*width)
		}
	}
	f.Channels = frame.Channels(len(f.Subframes) - 1)
	if len(f.Subframes) == 2 {
		f.Channels = stereo(f.Subframes[0].Samples, f.Subframes[1].Samples, 8*width)
	}
	if err := e.enc.WriteFrame(f); err != nil {
		return err
	}
	return e.flush()
}

func (e *flacEncoder) flush() error {
	_, err := e.out.WriteTo(e.dst)
	return err
}

// stereo guesses which two of left, right, middle and side take the fewest bits
// (RFC 9639 4.2), where a channel takes the logarithm of its second differences.
// That is right within 0.2 percent of the size, and trying all takes four times
// as long.
func stereo(left, right []int32, bits int) frame.Channels {
	var l, r, m, s float64 // whole numbers, and so the same on every machine
	for i := 2; i < len(left); i++ {
		dl := left[i] - 2*left[i-1] + left[i-2]
		dr := right[i] - 2*right[i-1] + right[i-2]
		l += float64(max(dl, -dl))
		r += float64(max(dr, -dr))
		m += float64(max(dl+dr, -dl-dr) / 2)
		s += float64(max(dl-dr, dr-dl))
	}
	// Noise stands as it is, and that of the side has a bit more.
	noise := float64(len(left)) * float64(int32(1)<<(bits-2))
	l, r, m, s = min(l, noise), min(r, noise), min(m, noise), min(s, 2*noise)
	best, least := frame.ChannelsLR, l*r
	for i, cost := range [...]float64{l * s, s * r, m * s} {
		if cost < least {
			best, least = frame.ChannelsLeftSide+frame.Channels(i), cost
		}
	}
	return best
}

// close completes STREAMINFO, which stood without what is known only now.
func (e *flacEncoder) close() error {
	end, err := e.dst.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	e.md5.Sum(e.info.MD5sum[:0])
	if _, err := flac.NewEncoder(&e.out, &e.info, e.comments...); err != nil {
		return err
	}
	if _, err := e.dst.Seek(e.base, io.SeekStart); err != nil {
		return err
	}
	if err := e.flush(); err != nil {
		return err
	}
	_, err = e.dst.Seek(end, io.SeekStart)
	return err
}
