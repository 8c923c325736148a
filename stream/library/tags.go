package library

// tags is what is kept of a file. Empty or 0 is unknown.
type tags struct {
	title, artist, album string
	number, year         int
	artwork              bool // a picture that can be served
}

// picture is where a picture stands, not its bytes.
type picture struct {
	src       *input
	off, size int64
	front     bool
}

// parser collects tags from one file. What is found first stands, but for a
// front cover, which goes before other pictures. At the first thing that makes
// no sense the rest of a container is left alone: nothing here fails.
type parser struct {
	tags
	albumArtist string
	pic         picture
	maxArtwork  int64
	steps       int
	inputs      int
}

// A file of nothing but tiny pieces must not keep a core busy. No real one has
// as many.
const (
	maxSteps  = 1 << 16
	maxInputs = 64
)

// maxText is how much is read of one text: more than maxRunes of any encoding.
const maxText = 2 << 10

// parse goes by the first bytes; names lie.
func (p *parser) parse(in *input) {
	off := p.id3(in, 0, in.size)
	if head := p.peek(in, off, 12); head != nil {
		switch {
		case string(head[:4]) == "fLaC":
			p.flac(in, off+4)
		case string(head[:4]) == "OggS":
			p.ogg(in)
		case string(head[4:8]) == "ftyp":
			p.mp4(in)
		case string(head[8:12]) == "WAVE":
			p.wave(in)
		case string(head[:4]) == "FORM":
			p.aiff(in)
		}
	}
	if p.title == "" {
		p.id3v1(in)
	}
}

func (p *parser) result() tags {
	t := p.tags
	if t.artist == "" {
		t.artist = p.albumArtist
	}
	t.artwork = p.pic.src != nil
	return t
}

// peek is in's, as often as a file may ask for it.
func (p *parser) peek(in *input, off, n int64) []byte {
	if p.steps++; p.steps > maxSteps {
		return nil
	}
	return in.peek(off, n)
}

// within makes an input of bytes that stand in the file in another form. It is empty where a
// file has too many.
func (p *parser) within(src func() source, size int64) *input {
	if p.inputs++; p.inputs > maxInputs {
		return &nothing
	}
	return newInput(src(), size)
}

// field is where the text called by one of the containers' names belongs.
func (p *parser) field(name string) func(text string) {
	text := func(to *string) func(string) {
		return func(s string) {
			if *to == "" {
				*to = s
			}
		}
	}
	switch name {
	case "TIT2", "TT2", "\xa9nam", "TITLE", "INAM", "NAME":
		return text(&p.title)
	case "TPE1", "TP1", "\xa9ART", "ARTIST", "IART", "AUTH":
		return text(&p.artist)
	case "TPE2", "TP2", "aART", "ALBUMARTIST", "ALBUM ARTIST":
		return text(&p.albumArtist)
	case "TALB", "TAL", "\xa9alb", "ALBUM", "IPRD":
		return text(&p.album)
	case "TRCK", "TRK", "TRACKNUMBER", "ITRK", "IPRT":
		return func(s string) { p.setNumber(trackNumber(s)) }
	case "TDRC", "TYER", "TYE", "\xa9day", "DATE", "YEAR", "ICRD":
		return func(s string) { p.setYear(year(s)) }
	}
	return nil
}

func (p *parser) setNumber(n int) {
	if p.number == 0 {
		p.number = n
	}
}

func (p *parser) setYear(n int) {
	if p.year == 0 {
		p.year = n
	}
}

// offer takes the size bytes at off for the picture, if they are one.
func (p *parser) offer(src *input, off, size int64, front bool) {
	if p.pic.src != nil && (p.pic.front || !front) {
		return
	}
	if size < sniffLen || size > p.maxArtwork || off > src.size-size {
		return
	}
	if imageType(p.peek(src, off, sniffLen)) != "" {
		p.pic = picture{src: src, off: off, size: size, front: front}
	}
}
