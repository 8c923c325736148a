package tags

import "encoding/binary"

// wave reads the INFO list and the ID3 tag of a RIFF file.
func (p *parser) wave(in *input) {
	p.chunks(in, 12, in.size, binary.LittleEndian, func(id string, off, end int64) {
		switch id {
		case "LIST":
			if string(p.peek(in, off, 4)) == "INFO" {
				p.chunks(in, off+4, end, binary.LittleEndian, func(id string, off, end int64) { p.chunk(in, id, off, end) })
			}
		case "id3 ", "ID3 ":
			p.id3(in, off, end)
		}
	})
}

// aiff reads the text chunks and the ID3 tag of an AIFF file.
func (p *parser) aiff(in *input) {
	p.chunks(in, 12, in.size, binary.BigEndian, func(id string, off, end int64) {
		switch id {
		case "NAME", "AUTH":
			p.chunk(in, id, off, end)
		case "ID3 ", "id3 ":
			p.id3(in, off, end)
		}
	})
}

func (p *parser) chunk(in *input, id string, off, end int64) {
	if text := p.field(id); text != nil {
		text(decode(encUTF8, p.peek(in, off, min(end-off, maxText))))
	}
}

// chunks goes through what stands between off and end. A chunk that claims more
// than there is, as that of the sound does while a file is recorded, is the
// last.
func (p *parser) chunks(in *input, off, end int64, order binary.ByteOrder, visit func(id string, off, end int64)) {
	for off <= end-8 {
		h := p.peek(in, off, 8)
		if h == nil {
			return
		}
		body, size := off+8, int64(order.Uint32(h[4:]))
		visit(string(h[:4]), body, min(body+size, end))
		off = body + size + size&1
	}
}
