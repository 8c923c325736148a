package container

import (
	"context"
	"io"
)

// PCM reports whether a file of size bytes is WAV or AIFF, by its first bytes,
// and which: "wav" or "aiff". A file that cannot be read is neither.
func PCM(src io.ReaderAt, size int64) (format string, ok bool) {
	format, _ = sniffPCM(newWindow(context.Background(), src, size))
	return format, format != ""
}

// PCMNotes says, in words, what [Convert] changes in the file or takes for
// granted, as [Index.Notes] do. It reads the headers only, and says nothing of
// what Convert refuses.
func PCMNotes(ctx context.Context, src io.ReaderAt, size int64) []string {
	p, err := openPCM(newWindow(ctx, src, size))
	if err != nil {
		return nil
	}
	return p.notes()
}

// Convert writes the WAV or AIFF file src of size bytes to dst as FLAC (RFC
// 9639): the same samples, without the tags. The same bytes give the same bytes
// on every machine. dst is written from where it stands, and stands behind the
// FLAC in the end; what it holds after an error is of no use.
//
// WAV is PCM of 8 to 32 bits or floats, also as WAVE_FORMAT_EXTENSIBLE and RF64
// (EBU Tech 3306); a length of its sound that is 0, 0xffffffff or beyond the
// file means the end of the file. AIFF is PCM of 1 to 32 bits; AIFC the same in
// either order, or floats.
//
// Two kinds of samples do not fit. Floats are rounded to 24 bits, ties to even,
// and clipped at full scale: FLAC has no floats. Integers of 32 bits become 24
// where the low 8 bits of every sample are zero, else they are refused: few
// players decode FLAC of more than 24 bits, and rounding would not be lossless.
//
// Errors: an [Error] when the file is to blame, else those of src, dst or ctx.
// It reads src once, from front to back, and keeps less than 2 MB in memory.
func Convert(ctx context.Context, dst io.WriteSeeker, src io.ReaderAt, size int64) error {
	w := newWindow(ctx, src, size)
	err := convert(w, dst)
	if w.err != nil {
		return w.err // a disk that fails looks like a file that ends
	}
	return err
}

func convert(w *window, dst io.WriteSeeker) error {
	p, err := openPCM(w)
	if err != nil {
		return err
	}
	e, err := newFLACEncoder(dst, p)
	if err != nil {
		return err
	}
	frame := p.width * p.channels
	for at := p.off; at < p.end; {
		n := int(min(int64(flacBlock*frame), p.end-at))
		raw := w.at(at, n) // at most a window: 4096 samples of 8 bytes in 8 channels
		if raw == nil {
			return broken("it ended while it was read")
		}
		if err := p.samples(e.block(n/frame), raw); err != nil {
			return err
		}
		if err := e.write(n / frame); err != nil {
			return err
		}
		at += int64(n)
	}
	return e.close()
}

// pcm is where the sound of a WAV or AIFF file stands, and how.
type pcm struct {
	format   string // "wav" or "aiff"
	coding   coding
	rate     uint32 // Hz
	channels int
	width    int    // bytes of a sample in the file
	bits     int    // of a sample in FLAC: 8, 16 or 24
	mask     uint32 // of the speakers, as WAVE_FORMAT_EXTENSIBLE has them; 0 when unknown
	off, end int64  // of whole frames
	stated   int64  // bytes of sound that the file says it has; -1 when it does not say
}

// coding is how a sample stands in the file.
type coding int

const (
	signedLittle coding = iota
	signedBig
	unsigned // one byte, 128 is silence
	floatLittle
	floatBig
)

func (c coding) isFloat() bool { return c == floatLittle || c == floatBig }

// sniffPCM tells the format and where it begins, behind ID3 tags.
func sniffPCM(w *window) (format string, start int64) {
	start = skipID3(w, 0)
	h := w.at(start, 12)
	if h == nil {
		return "", 0
	}
	switch kind := string(h[8:12]); string(h[:4]) {
	case "RIFF", "RF64":
		if kind == "WAVE" {
			return "wav", start
		}
	case "FORM":
		if kind == "AIFF" || kind == "AIFC" {
			return "aiff", start
		}
	}
	return "", 0
}

func openPCM(w *window) (*pcm, error) {
	format, start := sniffPCM(w)
	p := &pcm{format: format, stated: -1}
	var err error
	switch format {
	case "wav":
		err = p.openWAV(w, start)
	case "aiff":
		err = p.openAIFF(w, start)
	default:
		err = notMedia("it is neither WAV nor AIFF")
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// maxFLACRate is the greatest rate that STREAMINFO holds (RFC 9639 8.2).
const maxFLACRate = 1<<20 - 1

// check is what both formats must have. bits are those of a sample in the file.
func (p *pcm) check(bits int) error {
	switch {
	case p.channels < 1:
		return broken("it says that it has no channels")
	case p.channels > 8:
		return unsupported("it has %d channels, FLAC at most 8", p.channels)
	case p.rate < 1:
		return broken("it says that its sample rate is 0")
	case p.rate > maxFLACRate:
		return unsupported("its sample rate is %d Hz, more than FLAC can say", p.rate)
	case p.coding.isFloat() && bits != 32 && bits != 64:
		return broken("it says that its samples are floats of %d bits", bits)
	case !p.coding.isFloat() && (bits < 1 || bits > 32):
		return broken("it says that its samples have %d bits", bits)
	}
	p.width = (bits + 7) / 8
	p.bits = min(p.width*8, 24)
	return nil
}

// place sets where the sound stands: size bytes from off on as the file says,
// or to its end where that cannot be. A broken frame at the end is left out.
func (p *pcm) place(off, size, fileSize int64) error {
	rest := fileSize - off
	if size > 0 && size != 0xffffffff {
		p.stated = size
	}
	if p.stated < 0 || size > rest {
		size = rest
	}
	frame := int64(p.width * p.channels)
	if size < frame {
		return broken("it holds no sound")
	}
	p.off, p.end = off, off+size/frame*frame
	return nil
}

func (p *pcm) notes() []string {
	var notes []string
	if p.coding.isFloat() {
		notes = append(notes, "its samples are floats, which FLAC has not: they are rounded to 24 bits, and clipped at full scale")
	}
	switch {
	case p.stated < 0:
		notes = append(notes, "it does not say how long its sound is, which is taken to reach the end of the file")
	case p.end-p.off <= p.stated-int64(p.width*p.channels):
		notes = append(notes, "it ends before its sound does")
	}
	return notes
}
