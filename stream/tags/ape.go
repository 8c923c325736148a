package tags

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// maxKey is more than the longest name of an APE item, 255 letters, with its NUL.
const maxKey = 256

// ape reads the APE tag at the end of a file, by its footer, which stands before
// the ID3v1 tag where there is one (APEv2 specification: footer, items).
func (p *parser) ape(in *input) {
	end := in.size
	if b := p.peek(in, end-128, 3); string(b) == "TAG" {
		end -= 128
	}
	f := p.peek(in, end-32, 32)
	if f == nil || string(f[:8]) != "APETAGEX" {
		return
	}
	size := int64(binary.LittleEndian.Uint32(f[12:])) // with the footer, without a header
	if size < 32 || size > end {
		return
	}
	at, stop := end-size, end-32
	for count := binary.LittleEndian.Uint32(f[16:]); count > 0 && at <= stop-8; count-- {
		h := p.peek(in, at, 8)
		if h == nil {
			return
		}
		size, kind := int64(binary.LittleEndian.Uint32(h)), h[4]>>1&3
		at += 8
		key := p.peek(in, at, min(stop-at, maxKey))
		n := bytes.IndexByte(key, 0)
		if n < 0 {
			return
		}
		name := strings.ToUpper(string(key[:n]))
		if at += int64(n) + 1; size > stop-at {
			return
		}
		if text := p.field(name); text != nil && kind == 0 { // not bytes, not a link
			text(decode(encUTF8, p.peek(in, at, min(size, maxText))))
		}
		at += size
	}
}
