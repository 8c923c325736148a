package container

// audioConfig is an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).
type audioConfig struct {
	object   int    // audio object type of the core: 2 is AAC LC, 42 xHE-AAC
	rate     int    // of the core, Hz
	output   int    // with SBR, Hz
	channels int    // that come out
	frame    uint32 // samples, in rate
	sbr, ps  bool
	config   []byte // written anew: SBR is said at once, and nothing else is left
}

// codecs is its name in a CODECS attribute (RFC 6381, 3.3).
func (a *audioConfig) codecs() string {
	switch {
	case a.ps:
		return "mp4a.40.29"
	case a.sbr:
		return "mp4a.40.5"
	case a.object == 42:
		return "mp4a.40.42"
	}
	return "mp4a.40." + string(rune('0'+a.object))
}

// The rates of samplingFrequencyIndex (ISO/IEC 14496-3, table 1.18).
var samplingRates = [...]int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// The channels of channelConfiguration (ISO/IEC 14496-3, table 1.19); 0 where the
// stream says it itself, or where it is reserved.
var aacChannels = [16]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 11: 7, 12: 8, 13: 24, 14: 8}

// readAudioConfig reads the configuration of AAC Main, LC, SSR, LTP, HE, HE v2
// and xHE.
func readAudioConfig(b []byte) (audioConfig, error) {
	var a audioConfig
	r := &configBits{b: b}
	a.object = r.object()
	a.rate = r.rate()
	channels := r.get(4)
	if a.object == 5 || a.object == 29 {
		a.sbr, a.ps = true, a.object == 29
		a.output = r.rate()
		a.object = r.object()
	}
	a.channels = aacChannels[channels]
	switch a.object {
	case 1, 2, 3, 4:
	case 42:
		return a, a.usac(r, b)
	default:
		return a, unsupported("its sound is MPEG-4 audio of object type %d", a.object)
	}
	// GASpecificConfig (4.4.1)
	a.frame = 1024
	short := r.get(1)
	if short == 1 {
		a.frame = 960
	}
	if r.get(1) == 1 {
		return a, unsupported("its AAC is scalable")
	}
	extended := r.get(1)
	var elements configWriter
	if channels == 0 {
		a.channels = programConfig(r, &elements)
	}
	if extended == 1 {
		r.get(1)
	}
	// SBR may be said behind the rest (1.6.6), for decoders that know nothing of it.
	denied := false
	if !a.sbr && r.left() >= 17 && r.get(11) == 0x2b7 && r.object() == 5 {
		if a.sbr = r.get(1) == 1; a.sbr {
			a.output = r.rate()
			if r.left() >= 12 && r.get(11) == 0x548 {
				a.ps = r.get(1) == 1
			}
		}
		denied = !a.sbr
	}
	if !a.sbr {
		a.output = a.rate
	}
	switch {
	case r.over || a.rate == 0 || a.output < a.rate:
		return a, broken("its AudioSpecificConfig makes no sense")
	case a.channels == 0:
		return a, unsupported("its AAC has channels that no decoder knows (configuration %d)", channels)
	}
	if a.ps && a.channels == 1 {
		a.channels = 2
	}
	var w configWriter
	if a.sbr {
		w.object(5 + b2i(a.ps)*24)
		w.rate(a.rate)
		w.put(channels, 4)
		w.rate(a.output)
		w.object(a.object)
	} else {
		w.object(a.object)
		w.rate(a.rate)
		w.put(channels, 4)
	}
	w.put(short, 1)
	w.put(0, 2)
	if channels == 0 {
		w.copy(&elements)
		w.align()
		w.put(0, 8) // no comment
	}
	if denied && a.rate <= 24000 { // or decoders might expect it
		w.put(0x2b7, 11)
		w.object(5)
		w.put(0, 1)
	}
	a.config = w.b
	return a, nil
}

// usac reads the beginning of a UsacConfig (ISO/IEC 23003-3, 5.2), which counts
// in samples that come out. It is kept as it is.
func (a *audioConfig) usac(r *configBits, b []byte) error {
	if i := r.get(5); i == 31 {
		a.rate = r.get(24)
	} else if i < len(samplingRates) {
		a.rate = samplingRates[i]
	}
	length := r.get(3)
	if i := r.get(5); a.channels == 0 && i < len(aacChannels) {
		a.channels = aacChannels[i]
	}
	if r.over || a.rate == 0 || length > 4 || a.sbr {
		return broken("its UsacConfig makes no sense")
	}
	if a.channels == 0 {
		return unsupported("its xHE-AAC has channels of its own")
	}
	a.output = a.rate
	a.frame = [...]uint32{768, 1024, 2048, 2048, 4096}[length]
	a.config = append([]byte(nil), b...)
	return nil
}

// programConfig copies a program_config_element up to its comment (ISO/IEC
// 14496-3, 4.4.1.1), and counts its channels.
func programConfig(r *configBits, w *configWriter) int {
	copyBits := func(n int) int {
		v := r.get(n)
		w.put(v, n)
		return v
	}
	copyBits(4 + 2 + 4) // tag, object type, rate
	var n [6]int        // elements in front, at the side, back, LFE, data, coupled
	for i, width := range []int{4, 4, 4, 2, 3, 4} {
		n[i] = copyBits(width)
	}
	for range 2 { // mixdown to mono, to stereo
		if copyBits(1) == 1 {
			copyBits(4)
		}
	}
	if copyBits(1) == 1 { // matrix mixdown
		copyBits(3)
	}
	channels := n[3]
	for range n[0] + n[1] + n[2] {
		channels += 1 + copyBits(1)
		copyBits(4)
	}
	for range n[3] + n[4] {
		copyBits(4)
	}
	for range n[5] {
		copyBits(5)
	}
	r.align()
	for range r.get(8) {
		r.get(8)
	}
	return channels
}

// configBits reads bits, and zeros behind the end.
type configBits struct {
	b    []byte
	pos  int
	over bool
}

func (r *configBits) left() int { return len(r.b)*8 - r.pos }

func (r *configBits) get(n int) int {
	v := 0
	for range n {
		v <<= 1
		if r.pos < len(r.b)*8 {
			v |= int(r.b[r.pos/8]>>(7-r.pos%8)) & 1
		} else {
			r.over = true
		}
		r.pos++
	}
	return v
}

func (r *configBits) align() { r.pos = (r.pos + 7) &^ 7 }

// object reads an audio object type.
func (r *configBits) object() int {
	if v := r.get(5); v != 31 {
		return v
	}
	return 32 + r.get(6)
}

// rate reads a sample rate; 0 when it is reserved.
func (r *configBits) rate() int {
	switch i := r.get(4); {
	case i == 15:
		return r.get(24)
	case i < len(samplingRates):
		return samplingRates[i]
	}
	return 0
}

// configWriter writes what configBits reads.
type configWriter struct {
	b []byte
	n int // bits
}

func (w *configWriter) put(v, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

func (w *configWriter) align() { w.n = (w.n + 7) &^ 7 }

func (w *configWriter) copy(from *configWriter) {
	r := configBits{b: from.b}
	for range from.n {
		w.put(r.get(1), 1)
	}
}

func (w *configWriter) object(v int) {
	if v < 31 {
		w.put(v, 5)
		return
	}
	w.put(31, 5)
	w.put(v-32, 6)
}

func (w *configWriter) rate(v int) {
	for i, r := range samplingRates {
		if r == v {
			w.put(i, 4)
			return
		}
	}
	w.put(15, 4)
	w.put(v, 24)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
