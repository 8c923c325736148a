package tags

import "strings"

// parser collects tags from one file. What is found first stands, but for a
// front cover, which goes before other pictures. At the first thing that makes
// no sense the rest of a container is left alone: nothing here fails.
type parser struct {
	Tags
	replayGain Gain
	r128       Gain // towards the same loudness; without peaks
	pic        place
	maxPicture int64
	steps      int
	inputs     int
}

func newParser(l Limits) *parser {
	return &parser{maxPicture: l.MaxPicture, replayGain: noGain, r128: noGain}
}

// A file of nothing but tiny pieces must not keep a core busy. No real one has
// as many.
const (
	maxSteps  = 1 << 16
	maxInputs = 256
)

// maxText is how much is read of one text: more than maxRunes of any encoding.
const maxText = 2 << 10

// parse goes by the first bytes; names lie.
func (p *parser) parse(in *input) {
	off := p.id3(in, 0, in.size)
	switch head := p.peek(in, off, 12); {
	case head == nil:
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
	default:
		p.ape(in)
	}
	if p.Title == "" {
		p.id3v1(in)
	}
}

func (p *parser) result() Tags {
	t := p.Tags
	if t.Artist == "" {
		t.Artist = t.AlbumArtist
	}
	t.Picture = p.pic.src != nil
	t.Gain = p.loudness()
	return t
}

// peek is in's, as often as a file may ask for it.
func (p *parser) peek(in *input, off, n int64) []byte {
	if p.steps++; p.steps > maxSteps {
		return nil
	}
	return in.peek(off, n)
}

// within makes an input of bytes that stand in the file in another form. It is
// empty where a file has too many.
func (p *parser) within(src func() source, size int64) *input {
	if p.inputs++; p.inputs > maxInputs {
		return &nothing
	}
	return newInput(src(), size)
}

// field is where the text called by one of the containers' names belongs.
func (p *parser) field(name string) func(text string) {
	switch name {
	case "TIT2", "TT2", "\xa9nam", "TITLE", "INAM", "NAME":
		return once(&p.Title)
	case "TPE1", "TP1", "\xa9ART", "ARTIST", "IART", "AUTH":
		return once(&p.Artist)
	case "TPE2", "TP2", "aART", "ALBUMARTIST", "ALBUM ARTIST":
		return once(&p.AlbumArtist)
	case "TALB", "TAL", "\xa9alb", "ALBUM", "IPRD":
		return once(&p.Album)
	case "TRCK", "TRK", "TRACKNUMBER", "TRACK", "ITRK", "IPRT":
		return func(s string) { p.setNumber(trackNumber(s)) }
	case "TDRC", "TYER", "TYE", "\xa9day", "DATE", "YEAR", "ICRD":
		return func(s string) { p.setYear(year(s)) }
	}
	return p.gain(name)
}

// described is where a text belongs that has its name within: a comment or a
// text of ID3, a free item of MP4.
func (p *parser) described(name string) func(text string) {
	name = strings.ToUpper(name)
	if name == "ITUNSMPB" {
		return once(&p.ITunSMPB)
	}
	return p.gain(name)
}

func once(to *string) func(string) {
	return func(s string) {
		if *to == "" {
			*to = s
		}
	}
}

func (p *parser) setNumber(n int) {
	if p.Number == 0 {
		p.Number = n
	}
}

func (p *parser) setYear(n int) {
	if p.Year == 0 {
		p.Year = n
	}
}

// offer takes the size bytes at off for the picture, if they are one.
func (p *parser) offer(src *input, off, size int64, front bool) {
	if p.pic.src != nil && (p.pic.front || !front) {
		return
	}
	if size < PictureHead || size > p.maxPicture || off > src.size-size {
		return
	}
	if PictureType(p.peek(src, off, PictureHead)) != "" {
		p.pic = place{src: src, off: off, size: size, front: front}
	}
}
