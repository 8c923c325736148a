package container

import (
	"bytes"
	"fmt"
)

// syntax is how the frames of a format begin that has nothing but frames.
type syntax struct {
	head    int // bytes of a header
	longest int // bytes of the longest frame
	// parse reads a header. It is asked at every byte that could begin one.
	parse func([]byte) (header, bool)
}

// header is what the header of a frame says.
type header struct {
	// config is the part that a decoder is set up with, and never 0. Where it
	// changes, another run begins.
	config  uint32
	size    uint32 // of the frame with its header, bytes
	samples uint32
}

// How many headers in a row show that bytes are sound. A lone one occurs by
// chance every few kilobytes.
const (
	chainSame   = 2 // goes on behind junk
	chainChange = 3 // with another configuration, or at the beginning
	chainInTag  = 4 // within what says that it is a tag, or behind junk at the beginning
)

// reach is how many bytes the longest chain needs to be seen.
func (s *syntax) reach() int64 { return int64((chainInTag-1)*s.longest + s.head) }

// chain reports whether the frame at b is the first of n in a row with the same
// configuration, or, when atEnd is set, of fewer of which the last ends exactly
// where b does.
func (s *syntax) chain(b []byte, h header, n int, atEnd bool) bool {
	for config := h.config; ; {
		if n--; n == 0 {
			return true
		}
		if int64(h.size) >= int64(len(b)) {
			return atEnd && int64(h.size) == int64(len(b))
		}
		b = b[h.size:]
		if len(b) < s.head {
			return false
		}
		var ok bool
		if h, ok = s.parse(b); !ok || h.config != config {
			return false
		}
	}
}

// walker goes from frame to frame. What it finds from a frame on depends on that
// frame's place and configuration and on the end, and on nothing before: so a
// second walk from a cut finds what the first one found.
type walker struct {
	*syntax
	w      *window
	pos    int64  // where the next header is expected
	end    int64  // of the sound
	config uint32 // of the frame before

	junk   int64 // bytes between frames that are neither sound nor tags
	places int   // where there was some
	short  int64 // bytes of a last frame that is not whole, or 0
}

// newWalker walks from a frame at off to the tags at the end of the file.
func newWalker(w *window, s *syntax, off int64) *walker {
	k := &walker{syntax: s, w: w, pos: off, end: soundEnd(w, off)}
	// The frame was found by its successors. It need not be doubted again.
	if b := w.at(off, s.head); b != nil {
		h, _ := s.parse(b)
		k.config = h.config
	}
	return k
}

// next returns the next whole frame and its offset. All its bytes are in the
// window. It returns false at the end, and when reading fails.
func (k *walker) next() (header, int64, bool) {
	// Fast path: the frame follows the one before, and is here.
	w, off := k.w, k.pos
	if d := off - w.off; d >= 0 && d+int64(k.head) <= int64(len(w.buf)) && off+int64(k.head) <= k.end {
		h, ok := k.parse(w.buf[d:])
		if n := int64(h.size); ok && h.config == k.config && d+n <= int64(len(w.buf)) && off+n <= k.end {
			k.pos += n
			return h, off, true
		}
	}
	return k.search()
}

// search is next without haste.
func (k *walker) search() (header, int64, bool) {
	for k.pos < k.end {
		if b := k.see(k.pos, int64(k.head)); len(b) >= k.head {
			h, ok := k.parse(b)
			if n := int64(h.size); ok && h.config == k.config {
				off := k.pos
				if n > k.end-off {
					k.short, k.pos = k.end-off, k.end
					break
				}
				if k.w.at(off, int(n)) == nil {
					break
				}
				k.pos += n
				return h, off, true
			}
		}
		if !k.resync() {
			break
		}
	}
	return header{}, 0, false
}

// see returns all that the window holds of the sound from off on, n bytes at
// least unless it ends before.
func (k *walker) see(off, n int64) []byte {
	if k.w.at(off, int(min(n, k.end-off))) == nil {
		return nil
	}
	b := k.w.rest(off)
	return b[:min(int64(len(b)), k.end-off)]
}

// resync moves on to the next frame that others confirm. Tags between frames, as
// joined files and recorded radio have them, are no junk.
func (k *walker) resync() bool {
	for k.pos < k.end && k.w.err == nil {
		from := k.pos
		tag := tagSize(k.w, from)
		if tag == 0 || tag > k.end-from {
			ok := k.scan(k.end, chainSame, chainChange, true)
			k.skipped(k.pos - from)
			return ok
		}
		// A tag that was cut off says more than it has: frames end it.
		if k.scan(from+tag, chainInTag, chainInTag, true) {
			k.skipped(k.pos - from)
			return true
		}
	}
	return false
}

func (k *walker) skipped(n int64) {
	if n > 0 {
		k.junk += n
		k.places++
	}
}

// scan moves on to a frame before limit that is the first of a chain, of same
// frames when it is like the last one, else of other. Without one it moves to
// the limit.
func (k *walker) scan(limit int64, same, other int, atEnd bool) bool {
	for k.pos < limit {
		// Candidates are looked for where all that confirms them is seen, too:
		// the window never goes back.
		b := k.see(k.pos, k.reach())
		if b == nil {
			return false
		}
		n := int64(len(b))
		if k.pos+n < k.end {
			n -= k.reach() - 1
		}
		n = min(n, limit-k.pos)
		for i := 0; ; i++ {
			j := bytes.IndexByte(b[i:n], 0xff)
			if j < 0 {
				break
			}
			if i += j; len(b)-i < k.head {
				break
			}
			h, ok := k.parse(b[i:])
			if !ok {
				continue
			}
			need := other
			if h.config == k.config {
				need = same
			}
			if k.chain(b[i:], h, need, atEnd) {
				k.pos += int64(i)
				k.config = h.config
				return true
			}
		}
		k.pos += n
	}
	return false
}

// notes say what the walk left out.
func (k *walker) notes() []string {
	var n []string
	if k.junk > 0 {
		n = append(n, fmt.Sprintf("%s of junk at %s, left out", count(k.junk, "byte"), count(int64(k.places), "place")))
	}
	if k.short > 0 {
		n = append(n, "its last frame is cut off and left out")
	}
	return n
}

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// findFrames looks for the first of three frames in a row at off, or of four at
// most junk bytes behind it. A file that ends before must begin with a whole one.
func findFrames(w *window, s *syntax, off, junk int64) (int64, bool) {
	if isOther(w.upTo(off, 12)) {
		return 0, false
	}
	k := walker{syntax: s, w: w, pos: off, end: w.size}
	if b := k.see(off, s.reach()); len(b) >= s.head {
		if h, ok := s.parse(b); ok && (s.chain(b, h, chainChange, false) || k.fewFrames(h)) {
			return off, true
		}
	}
	k.pos = off
	ok := k.scan(min(off+junk+1, w.size), chainInTag, chainInTag, false)
	return k.pos, ok
}

// fewFrames reports whether there are frames from here to the end, the last of
// which may be cut off, and too few of them to be found by their number.
func (k *walker) fewFrames(h header) bool {
	if k.end-k.pos > k.reach() {
		return false
	}
	k.end = soundEnd(k.w, k.pos)
	defer func() { k.end = k.w.size }()
	b := k.see(k.pos, k.reach())
	for config := h.config; int64(h.size) <= int64(len(b)); {
		if b = b[h.size:]; len(b) < k.head {
			return true
		}
		var ok bool
		if h, ok = k.parse(b); !ok || h.config != config {
			return false
		}
		if int64(h.size) > int64(len(b)) {
			return true // cut off
		}
	}
	return false
}

// isOther reports whether a file begins as one of another kind, which may well
// have frames of sound in it.
func isOther(b []byte) bool {
	for _, magic := range []string{
		"RIFF", "RIFX", "FORM", "FLV\x01", "\x00\x00\x01\xba", "\x00\x00\x01\xb3", "\x30\x26\xb2\x75", ".RMF",
		"PK\x03\x04", "Rar!", "7z\xbc\xaf", "\x1f\x8b\x08", "%PDF", "\x89PNG", "GIF8", "\xff\xd8\xff", "\x7fELF", "MZ",
	} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	return false
}
