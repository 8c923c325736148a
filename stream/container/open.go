package container

import (
	"context"
	"errors"
	"fmt"
	"io"

	"segue/stream/tags"
)

// Open reads the index of a file of size bytes. What it reads of src depends on
// the format: all of it from front to back, or the tables of an MP4. Its errors
// are an [Error] when the file is to blame, else those of src or of ctx.
func Open(ctx context.Context, src io.ReaderAt, size int64) (*Index, error) {
	w := newWindow(ctx, src, size)
	kind, start, err := sniff(w)
	if err != nil {
		return nil, err
	}
	t, err := tags.Read(src, size)
	if err != nil {
		return nil, fmt.Errorf("read tags: %w", err)
	}
	x := &Index{Format: kind, Size: size, Tags: t}
	switch kind {
	case MP4:
		err = openMP4(w, x)
	case MP3:
		err = openMP3(w, x, start)
	case ADTS:
		err = openADTS(w, x, start)
	case FLAC:
		err = openFLAC(w, x, start)
	case Ogg:
		err = openOgg(w, x, start)
	default:
		panic("BUG: format without a reader: " + string(kind))
	}
	if w.err != nil {
		err = w.err // a disk that fails looks like a file that ends
	}
	if err != nil {
		return nil, err
	}
	if x.Audio == nil && x.Video == nil {
		return nil, unsupported("it holds neither sound nor pictures that can be packaged")
	}
	if w.hash {
		w.hashTo(size)
	}
	if w.err != nil {
		return nil, w.err
	}
	x.Content = w.sum.Sum64()
	return x, nil
}

// Frames reads the frames between cuts k and k+1 of a run of one of the index's
// tracks, from the file that the index was made of.
func (x *Index) Frames(ctx context.Context, src io.ReaderAt, r *Run, k int) (*Frames, error) {
	w := newWindow(ctx, src, x.Size)
	var f *Frames
	var err error
	switch x.Format {
	case MP4:
		f, err = framesMP4(w, r, k)
	case MP3:
		f, err = framesMP3(w, r, k)
	case ADTS:
		f, err = framesADTS(w, r, k)
	case FLAC:
		f, err = framesFLAC(w, r, k)
	case Ogg:
		f, err = framesOgg(w, r, k)
	default:
		panic("BUG: format without a reader: " + string(x.Format))
	}
	if w.err != nil {
		return nil, w.err
	}
	if err != nil {
		return nil, err
	}
	var n int64
	for _, e := range f.Extents {
		n += e.Len
	}
	a, b := &r.Cuts[k], &r.Cuts[k+1]
	if int64(len(f.Sizes)) != b.Frame-a.Frame || n != b.Bytes-a.Bytes {
		return nil, broken("segment %d has %d frames of %d bytes, the index says %d of %d", k, len(f.Sizes), n, b.Frame-a.Frame, b.Bytes-a.Bytes)
	}
	return f, nil
}

// sniff tells the format by the bytes, never by the name, and where its first
// byte stands behind tags.
func sniff(w *window) (Format, int64, error) {
	if w.size == 0 {
		return "", 0, notMedia("it is empty")
	}
	start := skipID3(w, 0)
	head := w.upTo(start, 12)
	switch {
	case len(head) >= 4 && string(head[:4]) == "fLaC":
		return FLAC, start, nil
	case len(head) >= 4 && string(head[:4]) == "OggS":
		return Ogg, start, nil
	case len(head) >= 8 && isTopBox(string(head[4:8])):
		return MP4, start, nil
	case len(head) >= 12 && (string(head[:4]) == "RIFF" || string(head[:4]) == "RF64") && string(head[8:12]) == "WAVE",
		len(head) >= 12 && string(head[:4]) == "FORM" && (string(head[8:12]) == "AIFF" || string(head[8:12]) == "AIFC"):
		return "", 0, &Error{ErrConvert, "it is WAV or AIFF, and made into FLAC first"}
	case len(head) >= 4 && string(head[:4]) == "\x1a\x45\xdf\xa3":
		return "", 0, unsupported("it is Matroska or WebM, which is played by range only")
	}
	if at, ok := findADTS(w, start); ok {
		return ADTS, at, nil
	}
	if at, ok := findMP3(w, start); ok {
		return MP3, at, nil
	}
	if w.err != nil {
		return "", 0, w.err
	}
	if start > 0 {
		return "", 0, broken("no frame of sound follows the ID3 tag of %d bytes", start)
	}
	return "", 0, notMedia("its first bytes are those of no media format")
}

func isTopBox(kind string) bool {
	switch kind {
	case "ftyp", "moov", "mdat", "wide", "skip", "free", "pnot":
		return true
	}
	return false
}

// skipID3 is where the ID3v2 tags at off end (ID3v2.4.0 structure, 3.1).
func skipID3(w *window, off int64) int64 {
	for range 8 {
		h := w.at(off, 10)
		if h == nil || string(h[:3]) != "ID3" || h[3] == 0xff || h[4] == 0xff || (h[6]|h[7]|h[8]|h[9])&0x80 != 0 {
			break
		}
		n := int64(h[6])<<21 | int64(h[7])<<14 | int64(h[8])<<7 | int64(h[9])
		if h[5]&0x10 != 0 {
			n += 10 // the footer
		}
		off = min(off+10+n, w.size)
		for z := 0; z < 1<<16; z++ { // padding that the tag forgot to count
			b := w.at(off, 1)
			if b == nil || b[0] != 0 {
				break
			}
			off++
		}
	}
	return off
}

// isEnd reports whether an error means that the bytes are over.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
