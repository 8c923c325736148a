package tags

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// flac reads the metadata blocks from off on (RFC 9639 8).
func (p *parser) flac(in *input, off int64) {
	for {
		h := p.peek(in, off, 4)
		if h == nil {
			return
		}
		off += 4
		kind, end := h[0], off+int64(binary.BigEndian.Uint32(h)&0xff_ffff)
		if end > in.size {
			return
		}
		switch kind & 0x7f {
		case 4:
			p.comments(in, off, end)
		case 6:
			p.pictureBlock(in, off, end)
		}
		if kind&0x80 != 0 {
			return
		}
		off = end
	}
}

// comments reads a Vorbis comment header between off and end (Vorbis I 5.2.1).
func (p *parser) comments(in *input, off, end int64) {
	length := func() (int64, bool) {
		n := p.peek(in, off, 4)
		if off > end-4 || n == nil {
			return 0, false
		}
		off += 4
		return int64(binary.LittleEndian.Uint32(n)), true
	}
	vendor, ok := length()
	if off += vendor; !ok || off > end {
		return
	}
	count, ok := length()
	for ; ok && count > 0; count-- {
		var size int64
		if size, ok = length(); !ok || size > end-off {
			return
		}
		p.comment(in, off, size)
		off += size
	}
}

func (p *parser) comment(in *input, off, size int64) {
	b := p.peek(in, off, min(size, 32))
	i := bytes.IndexByte(b, '=')
	if i < 0 {
		return // or too long a name to be one of ours
	}
	name := strings.ToUpper(string(b[:i]))
	off, size = off+int64(i)+1, size-int64(i)-1
	if name == "METADATA_BLOCK_PICTURE" {
		for size > 0 && string(p.peek(in, off+size-1, 1)) == "=" {
			size--
		}
		raw := size / 4 * 3
		if rest := size % 4; rest > 0 {
			raw += rest - 1
		}
		p.pictureBlock(p.within(func() source { return &base64Source{src: in, off: off, size: size} }, raw), 0, raw)
		return
	}
	if text := p.field(name); text != nil {
		text(decode(encUTF8, p.peek(in, off, min(size, maxText))))
	}
}

// pictureBlock reads a FLAC picture between off and end (RFC 9639 8.8).
func (p *parser) pictureBlock(in *input, off, end int64) {
	number := func() (int64, bool) {
		n := p.peek(in, off, 4)
		if off > end-4 || n == nil {
			return 0, false
		}
		off += 4
		return int64(binary.BigEndian.Uint32(n)), true
	}
	kind, _ := number()
	mime, _ := number()
	off += mime
	description, _ := number()
	off += description + 16 // width, height, depth and colours
	size, ok := number()
	if ok && size <= end-off {
		p.offer(in, off, size, kind == 3)
	}
}

// oggPage is what the header of a page says (RFC 3533 6).
type oggPage struct {
	first      bool // of its stream
	serial     uint32
	body, size int64
	packet     int64 // of the body, what belongs to the packet that it begins with
	done       bool  // that packet ends here
}

func (p *parser) oggPage(in *input, off int64) (g oggPage, ok bool) {
	h := p.peek(in, off, 27)
	if h == nil || string(h[:4]) != "OggS" {
		return g, false
	}
	segments := int64(h[26])
	g = oggPage{first: h[5]&0x02 != 0, serial: binary.LittleEndian.Uint32(h[14:]), body: off + 27 + segments}
	lacing := p.peek(in, off+27, segments)
	if lacing == nil {
		return g, false
	}
	for _, n := range lacing {
		g.size += int64(n)
		if !g.done {
			g.packet, g.done = g.size, n < 255
		}
	}
	return g, true
}

// maxParts is more pages than a comment header with the largest picture has.
const maxParts = 1 << 14

// ogg reads the comment header of the first stream of music: its second packet,
// which begins its second page.
func (p *parser) ogg(in *input) {
	var serial uint32
	prefix := "" // what the comment packet begins with; empty before the stream is found
	packet := &pieces{src: in}
	var size int64
	for off := int64(0); len(packet.parts) < maxParts; {
		g, ok := p.oggPage(in, off)
		if !ok {
			return
		}
		off = g.body + g.size
		switch {
		case g.first && prefix == "":
			prefix, serial = commentPrefix(p.peek(in, g.body, min(g.size, 8))), g.serial
		case g.first: // of another stream
		case prefix == "":
			return
		case g.serial == serial:
			n := min(g.packet, in.size-g.body)
			if n > 0 {
				packet.parts = append(packet.parts, part{off: size, at: g.body, size: n})
			}
			size += n
			if g.done || n < g.packet {
				p.commentPacket(p.within(func() source { return packet }, size), prefix)
				return
			}
		}
	}
}

// commentPrefix tells a stream of music by its first packet.
func commentPrefix(first []byte) string {
	switch {
	case bytes.HasPrefix(first, []byte("\x01vorbis")):
		return "\x03vorbis"
	case bytes.HasPrefix(first, []byte("OpusHead")):
		return "OpusTags"
	case bytes.HasPrefix(first, []byte("\x7fFLAC")):
		return "\x04" // a metadata block, with its length behind
	}
	return ""
}

func (p *parser) commentPacket(in *input, prefix string) {
	n := int64(len(prefix))
	b := p.peek(in, 0, n)
	if prefix == "\x04" {
		if b != nil && b[0]&0x7f == 4 {
			p.comments(in, 4, in.size)
		}
		return
	}
	if string(b) == prefix {
		p.comments(in, n, in.size)
	}
}
