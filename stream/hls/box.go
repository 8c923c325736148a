package hls

import "encoding/binary"

// boxes writes nested boxes of ISO/IEC 14496-12, each length filled in when the
// box is closed.
type boxes struct {
	b    []byte
	open []int
}

func (w *boxes) begin(kind string) {
	w.open = append(w.open, len(w.b))
	w.b = append(w.b, 0, 0, 0, 0)
	w.b = append(w.b, kind...)
}

// full begins a FullBox (4.2).
func (w *boxes) full(kind string, version byte, flags uint32) {
	w.begin(kind)
	w.u32(uint32(version)<<24 | flags)
}

func (w *boxes) end() {
	at := w.open[len(w.open)-1]
	w.open = w.open[:len(w.open)-1]
	binary.BigEndian.PutUint32(w.b[at:], uint32(len(w.b)-at))
}

func (w *boxes) u16(v uint16)   { w.b = binary.BigEndian.AppendUint16(w.b, v) }
func (w *boxes) u32(v uint32)   { w.b = binary.BigEndian.AppendUint32(w.b, v) }
func (w *boxes) u64(v uint64)   { w.b = binary.BigEndian.AppendUint64(w.b, v) }
func (w *boxes) zero(n int)     { w.b = append(w.b, make([]byte, n)...) }
func (w *boxes) text(s string)  { w.b = append(w.b, s...) }
func (w *boxes) bytes(p []byte) { w.b = append(w.b, p...) }
