package container

import (
	"encoding/binary"
	"errors"
	"math"
)

// movie is an MP4 (ISO/IEC 14496-12 and -14) or QuickTime file whose moov was
// found. Of its tables nothing is kept: they are read where they stand, as they
// are walked.
type movie struct {
	w          *window
	pane       *pane // onto box headers
	scale      uint32
	tracks     []mp4Track
	fragmented bool
}

// openMP4 indexes an MP4 or QuickTime file: its first track of sound and its
// first of pictures that can be packaged, each as one run.
func openMP4(w *window, x *Index) error {
	err := indexMovie(w, x)
	if w.err != nil {
		return w.err // what a failing disk keeps back looks like a broken file
	}
	return err
}

func indexMovie(w *window, x *Index) error {
	m, err := openMovie(w)
	if err != nil {
		return err
	}
	picture, noPicture := m.choose(pictures)
	sound, noSound := m.choose(sounds)
	switch {
	case sound == nil && picture == nil && noSound != nil:
		return noSound
	case sound == nil && picture == nil && noPicture != nil:
		return noPicture
	case sound == nil && picture == nil && m.fragmented:
		return unsupported("it is a fragmented MP4 (moof), whose index is spread over the file: remux it without fragments")
	case sound == nil && picture == nil:
		return unsupported("it holds neither sound nor pictures that can be packaged")
	}
	if m.fragmented {
		x.Notes = append(x.Notes, "fragments (moof) follow its index, and are left out")
	}
	x.leftOut(sound == nil, noSound)
	x.leftOut(picture == nil, noPicture)
	var lead *lead
	span := extremes{math.MaxInt64, 0}
	if picture != nil {
		run, l, err := m.pictureRun(picture, x, &span)
		if err != nil {
			return err
		}
		x.Video, lead = &Track{picture.codec, []Run{run}}, l
	}
	if sound != nil {
		run, err := m.soundRun(sound, lead, x, &span)
		if err != nil {
			return err
		}
		x.Audio = &Track{sound.codec, []Run{run}}
	}
	span.hash(w)
	return nil
}

// leftOut notes why a track of sound or pictures is not played.
func (x *Index) leftOut(none bool, why error) {
	var e *Error
	if none && errors.As(why, &e) {
		x.Notes = append(x.Notes, "left out: "+e.Reason)
	}
}

// openMovie finds the moov, wherever it stands, and what it says of its tracks.
// It leaps from box to box, so that gigabytes of samples before it cost nothing.
func openMovie(w *window) (*movie, error) {
	m := &movie{w: w, pane: newPane(w, w.size, 4<<10)}
	var off int64
	for range maxTopBoxes {
		if w.size-off < 8 {
			break
		}
		b, ok := m.header(off, w.size)
		if !ok {
			return nil, broken("the box at byte %d makes no sense", off)
		}
		if b.is("moov") {
			if b.end > w.size {
				return nil, broken("its index (moov) at byte %d goes on behind its end: the file is cut short", off)
			}
			return m, m.read(b)
		}
		off = b.end
	}
	return nil, broken("its index (moov) is missing: the file is cut short")
}

// read reads the moov's boxes (ISO/IEC 14496-12, 8.2).
func (m *movie) read(moov box) error {
	for b := range m.in(moov) {
		switch {
		case b.is("mvhd"):
			m.scale, _ = m.timescale(b)
		case b.is("trak"):
			m.tracks = append(m.tracks, m.track(b))
		case b.is("mvex"):
			m.fragmented = true
		case b.is("cmov"):
			return unsupported("its index is compressed (cmov)")
		case b.is("rmra"):
			return unsupported("it is a reference movie, whose samples are in other files")
		}
	}
	if m.scale == 0 {
		return broken("its movie header (mvhd) is missing or states no timescale")
	}
	return nil
}

// timescale reads the units in a second of an mvhd or mdhd box, which begin
// alike (ISO/IEC 14496-12, 8.2.2 and 8.4.2).
func (m *movie) timescale(b box) (uint32, bool) {
	h := m.body(b, 24)
	switch {
	case len(h) >= 16 && h[0] == 0:
		return binary.BigEndian.Uint32(h[12:]), true
	case len(h) >= 24 && h[0] == 1:
		return binary.BigEndian.Uint32(h[20:]), true
	}
	return 0, false
}
