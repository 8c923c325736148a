package tags

import "encoding/binary"

// mp4 reads the item list of moov/udta/meta (QuickTime metadata; ISO/IEC
// 14496-12 for the boxes).
func (p *parser) mp4(in *input) {
	moov, ok := p.child(in, box{next: in.size}, "moov")
	if !ok {
		return
	}
	udta, ok := p.child(in, moov, "udta")
	if !ok {
		udta = moov
	}
	meta, ok := p.child(in, udta, "meta")
	if !ok {
		return
	}
	// ISO's has a version before its children, QuickTime's has not.
	if b := p.peek(in, meta.body, 8); b != nil && string(b[4:]) != "hdlr" {
		meta.body += 4
	}
	list, ok := p.child(in, meta, "ilst")
	if !ok {
		return
	}
	for off := list.body; ; {
		item, ok := p.boxAt(in, off, list.next)
		if !ok {
			return
		}
		p.item(in, item)
		off = item.next
	}
}

// item reads the first value of a text, and every picture.
func (p *parser) item(in *input, item box) {
	name := string(item.kind[:])
	text := p.field(name)
	if name == "----" {
		text = p.free(in, item)
	}
	if text == nil && name != "covr" && name != "trkn" {
		return
	}
	for off := item.body; ; {
		data, ok := p.boxAt(in, off, item.next)
		if !ok {
			return
		}
		off = data.next
		if string(data.kind[:]) != "data" {
			continue
		}
		value, size := data.body+8, data.next-data.body-8
		if size <= 0 {
			return
		}
		if name == "covr" {
			p.offer(in, value, size, true)
			continue
		}
		b := p.peek(in, data.body, min(data.next-data.body, maxText))
		if b == nil {
			return
		}
		kind, b := b[3], b[8:]
		switch {
		case name == "trkn":
			if len(b) >= 4 {
				p.setNumber(int(binary.BigEndian.Uint16(b[2:])))
			}
		case kind == 2:
			text(decode(encUTF16BE, b))
		default:
			text(decode(encUTF8, b))
		}
		return
	}
}

// free is where the text of a free item belongs, whose name stands within it.
func (p *parser) free(in *input, item box) func(text string) {
	word := func(kind string) string {
		b, ok := p.child(in, item, kind)
		if size := b.next - b.body - 4; ok && size > 0 && size < 64 { // behind version and flags
			return string(p.peek(in, b.body+4, size))
		}
		return ""
	}
	if word("mean") != "com.apple.iTunes" {
		return nil
	}
	return p.described(word("name"))
}

// box is an atom: its content from body to next.
type box struct {
	kind       [4]byte
	body, next int64
}

// boxAt reads the header at off of a box within end. One that claims more than
// there is ends with what it stands in.
func (p *parser) boxAt(in *input, off, end int64) (b box, ok bool) {
	h := p.peek(in, off, 8)
	if off > end-8 || h == nil {
		return b, false
	}
	copy(b.kind[:], h[4:])
	b.body = off + 8
	size := uint64(binary.BigEndian.Uint32(h))
	switch size {
	case 0:
		size = uint64(end - off)
	case 1:
		h = p.peek(in, off+8, 8)
		if off > end-16 || h == nil {
			return b, false
		}
		size = binary.BigEndian.Uint64(h)
		b.body += 8
	}
	if size < uint64(b.body-off) {
		return b, false
	}
	b.next = off + int64(min(size, uint64(end-off)))
	return b, true
}

func (p *parser) child(in *input, of box, kind string) (box, bool) {
	for off := of.body; ; {
		b, ok := p.boxAt(in, off, of.next)
		if !ok || string(b.kind[:]) == kind {
			return b, ok
		}
		off = b.next
	}
}
