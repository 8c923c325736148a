// Package container finds the samples of a media file: where each frame stands,
// how long it sounds, and with which codec configuration. It reads MP4 and
// QuickTime, MP3, ADTS, FLAC and Ogg Opus, and decodes nothing.
//
// An [Index] keeps what is needed to say where segments begin, about 60 bytes a
// segment (600 bytes a minute and track). The frames of one segment are read
// again from the file, by [Index.Frames], when it is first cut.
//
// Files are foreign bytes: no length that one states is believed before the
// bytes behind it were seen, and no file makes the package use more than a few
// megabytes of memory beside its index.
package container

import (
	"fmt"

	"segue/stream/tags"
)

// SegmentTime is how long a segment is meant to sound, in seconds: segment k
// begins at the first frame whose time is k·SegmentTime or more, with video at
// the first sync sample. Apple recommends 6 (HLS Authoring Specification 7.5).
const SegmentTime = 6

// Format is how the file frames its samples.
type Format string

// The formats that are read.
const (
	MP4  Format = "mp4"
	MP3  Format = "mp3"
	ADTS Format = "adts"
	FLAC Format = "flac"
	Ogg  Format = "ogg"
)

// Codec is how the samples are coded.
type Codec string

// The codecs that can be packaged.
const (
	CodecAAC  Codec = "aac"
	CodecMP3  Codec = "mp3"
	CodecFLAC Codec = "flac"
	CodecALAC Codec = "alac"
	CodecOpus Codec = "opus"
	CodecH264 Codec = "h264"
	CodecH265 Codec = "h265"
	CodecAV1  Codec = "av1"
)

// Index says what a file holds. It is not changed once made.
type Index struct {
	Format Format
	Size   int64 // of the file, bytes
	// Content is a hash of what the samples are made of: of all bytes of formats
	// that are walked, of the sample tables and of blocks of the samples in MP4.
	Content uint64
	Audio   *Track // nil when there is none
	Video   *Track // nil when there is none
	Tags    tags.Tags
	// Notes say, in words, what is wrong with a file that plays all the same.
	Notes []string
}

// Track is one stream of samples. Its runs follow each other in time.
type Track struct {
	Codec Codec
	Runs  []Run // one, but in chained files and where the sample rate changes
}

// Run is a stretch of frames of one configuration.
type Run struct {
	Config
	// Rate is the units of time in a second: the sample rate of sound (48000 for
	// Opus), the media timescale of video.
	Rate     uint32
	Frames   int64 // how many
	Duration int64 // of all frames, in Rate
	// Start is the time of the first frame against the beginning of the
	// presentation, in Rate: more than 0 where one track of a film begins later.
	Start int64
	// Delay and Padding are how much of Duration comes before the music and
	// after it, in Rate: what an encoder added. Of pictures Delay is for how long
	// those are shown that only lead up to the first one that is meant to be: an
	// edit list hides them, and their composition times are negative.
	Delay, Padding int64
	// Gapless is what Delay and Padding were taken from: "elst", "iTunSMPB",
	// "LAME", "OpusHead", "exact" for codecs that add nothing, "guess", or empty
	// when nothing is known and both are 0.
	Gapless string
	// Cuts are where segments begin, and after them the end of the run: one more
	// than there are segments.
	Cuts []Cut
}

// Config is what a decoder must know before the first frame.
type Config struct {
	Codecs     string // as in a CODECS attribute (RFC 6381): "mp4a.40.2", "fLaC"
	SampleRate int    // of what comes out of the decoder, Hz
	Channels   int
	Bits       int // of a sample, of lossless codecs; else 0
	// FrameSamples is the duration of every frame but perhaps the last, in Rate,
	// or 0 when they differ.
	FrameSamples uint32
	// Entry is the sample entry for an stsd box, whole; nil where frames stand
	// in segments as they are (packed audio: MP3, ADTS).
	Entry []byte
	// Roll is the roll distance of a 'roll' sample group: how many frames before
	// the wanted one must be decoded, negated; 0 for none.
	Roll          int16
	Width, Height int // of video
}

// Cut is a place between two frames.
type Cut struct {
	Frame  int64 // number of the frame that follows, in its run
	Time   int64 // durations of the frames before it, in Rate
	Bytes  int64 // bytes of the frames before it
	Offset int64 // where the frame that follows stands, or the page that holds it
	// Pos is where the frame stands in the tables of its format. The format alone
	// knows what is in it.
	Pos [6]uint32
}

// Extent is a run of bytes of the file.
type Extent struct{ Off, Len int64 }

// Frames are the frames between two cuts. The extents, one behind the other, are
// the bytes of the frames, one behind the other.
type Frames struct {
	Sizes     []uint32
	Durations []uint32 // in Rate
	Offsets   []int32  // composition time minus decoding time; nil when all are 0
	Sync      []bool   // nil when every frame can be decoded first
	Extents   []Extent // in order, neighbours joined
}

// Segments is how many segments the run makes.
func (r *Run) Segments() int { return len(r.Cuts) - 1 }

// Music is the duration without delay and padding, in Rate.
func (r *Run) Music() int64 { return r.Duration - r.Delay - r.Padding }

// Seconds is how long the music is, over all runs.
func (t *Track) Seconds() float64 {
	var s float64
	for i := range t.Runs {
		s += float64(t.Runs[i].Music()) / float64(t.Runs[i].Rate)
	}
	return s
}

// add joins an extent to the one before when they touch.
func (f *Frames) add(off, n int64) {
	if n == 0 {
		return
	}
	if k := len(f.Extents) - 1; k >= 0 && f.Extents[k].Off+f.Extents[k].Len == off {
		f.Extents[k].Len += n
		return
	}
	f.Extents = append(f.Extents, Extent{off, n})
}

// Slice are frames lo to hi, hi not included, of f.
func (f *Frames) Slice(lo, hi int) *Frames {
	s := &Frames{Sizes: f.Sizes[lo:hi], Durations: f.Durations[lo:hi]}
	if f.Offsets != nil {
		s.Offsets = f.Offsets[lo:hi]
	}
	if f.Sync != nil {
		s.Sync = f.Sync[lo:hi]
	}
	var skip, want int64
	for _, n := range f.Sizes[:lo] {
		skip += int64(n)
	}
	for _, n := range s.Sizes {
		want += int64(n)
	}
	for _, e := range f.Extents {
		d := min(skip, e.Len)
		skip -= d
		n := min(e.Len-d, want)
		want -= n
		s.add(e.Off+d, n)
	}
	return s
}

// Append are the frames of f and, behind them, of g.
func (f *Frames) Append(g *Frames) *Frames {
	n, m := len(f.Sizes), len(g.Sizes)
	s := &Frames{
		Sizes:     append(append(make([]uint32, 0, n+m), f.Sizes...), g.Sizes...),
		Durations: append(append(make([]uint32, 0, n+m), f.Durations...), g.Durations...),
	}
	if f.Offsets != nil || g.Offsets != nil {
		s.Offsets = make([]int32, n+m)
		copy(s.Offsets, f.Offsets)
		copy(s.Offsets[n:], g.Offsets)
	}
	if f.Sync != nil || g.Sync != nil {
		s.Sync = make([]bool, n+m)
		for i := range s.Sync {
			switch {
			case i < n:
				s.Sync[i] = f.Sync == nil || f.Sync[i]
			default:
				s.Sync[i] = g.Sync == nil || g.Sync[i-n]
			}
		}
	}
	for _, e := range f.Extents {
		s.add(e.Off, e.Len)
	}
	for _, e := range g.Extents {
		s.add(e.Off, e.Len)
	}
	return s
}

func (x *Index) note(format string, args ...any) {
	x.Notes = append(x.Notes, fmt.Sprintf(format, args...))
}

// counted is "1 frame" or "2 frames".
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}
