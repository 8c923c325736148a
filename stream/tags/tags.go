// Package tags reads what a media file says of itself: title, artist, album,
// loudness and picture.
//
// It reads ID3 (v1, v2.2 to v2.4), APE, Vorbis comments in FLAC and Ogg, the
// item list of MP4, and the tags of WAV and AIFF. Tags are foreign bytes: no
// length that a file states is believed, and a broken tag is one that says
// nothing. Of what is said twice the first stands.
//
// The package writes nothing and decodes no sound. WebM carries tags that it
// does not read, nor does it look for ID3v2 at the end of a file.
package tags

import (
	"errors"
	"io"
)

// Tags is what a file says. Empty or 0 is unknown. Texts are clean UTF-8 of one
// line and at most 512 characters.
type Tags struct {
	// Artist is the album's where a track has none of its own.
	Title, Artist, Album string
	AlbumArtist          string
	Number, Year         int
	Picture              bool // one that can be served
	// Gain is the loudness, or nil.
	Gain *Gain
	// ITunSMPB is the text of iTunes' gapless comment, or empty.
	ITunSMPB string
}

// Limits bound what is read of a file.
type Limits struct {
	// Bytes is the most that is read of a file for its tags, and once more for
	// its picture.
	Bytes int64
	// MaxPicture is the size in bytes of the largest picture that counts as one.
	// In Ogg it takes 4/3 of that from Bytes, for it stands in base64.
	MaxPicture int64
}

// defaultLimits let through every picture that is not a poster.
var defaultLimits = Limits{Bytes: 24 << 20, MaxPicture: 16 << 20}

// ErrNoPicture says that a file holds no picture that can be served.
var ErrNoPicture = errors.New("tags: no picture")

// Read reads the tags of a file of size bytes, within limits that suit music.
// It fails only when src does.
func Read(src io.ReaderAt, size int64) (Tags, error) { return defaultLimits.Read(src, size) }

// Read reads the tags of a file of size bytes. It fails only when src does.
func (l Limits) Read(src io.ReaderAt, size int64) (t Tags, err error) {
	// A bug of ours must cost one track its tags, not everybody the server.
	defer func() {
		if r := recover(); r != nil {
			t, err = Tags{}, nil
		}
	}()
	m := &meter{r: src, left: l.Bytes}
	p := newParser(l)
	p.parse(newInput(m, size))
	return p.result(), m.err
}
