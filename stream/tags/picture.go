package tags

import "io"

// Picture is a picture, whole.
type Picture struct {
	Type string // image/jpeg, image/png, image/webp or image/gif, by the bytes
	Data []byte
}

// place is where a picture stands, not its bytes.
type place struct {
	src       *input
	off, size int64
	front     bool
}

// Picture reads the picture within the tags of a file of size bytes: the front
// cover, else the first. Its error is [ErrNoPicture] or that of src.
func (l Limits) Picture(src io.ReaderAt, size int64) (pic Picture, err error) {
	defer func() {
		if r := recover(); r != nil {
			pic, err = Picture{}, ErrNoPicture
		}
	}()
	m := &meter{r: src, left: l.Bytes}
	none := func() (Picture, error) {
		if m.err != nil {
			return Picture{}, m.err
		}
		return Picture{}, ErrNoPicture
	}
	p := newParser(l)
	p.parse(newInput(m, size))
	if p.pic.src == nil {
		return none()
	}
	m.left = l.Bytes
	data := make([]byte, p.pic.size) // at most l.MaxPicture
	if p.pic.src.read(data, p.pic.off) != nil {
		return none()
	}
	if pic = (Picture{Type: PictureType(data), Data: data}); pic.Type == "" { // rewritten since it was found
		return Picture{}, ErrNoPicture
	}
	return pic, nil
}

// PictureHead is how many bytes tell the type of a picture.
const PictureHead = 16

// PictureType is the media type of a picture by its signature (WHATWG MIME
// Sniffing 6.1), or empty. What a tag or a name says does not count, and a
// drawing that may hold a script is no picture here.
func PictureType(b []byte) string {
	at := func(off int, s string) bool { return len(b) >= off+len(s) && string(b[off:off+len(s)]) == s }
	switch {
	case at(0, "\xff\xd8\xff"):
		return "image/jpeg"
	case at(0, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case at(0, "RIFF") && at(8, "WEBPVP"):
		return "image/webp"
	case at(0, "GIF87a"), at(0, "GIF89a"):
		return "image/gif"
	}
	return ""
}
