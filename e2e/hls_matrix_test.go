package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// matrixEdge starts the edge that serves the shelf.
func matrixEdge(t *testing.T) *process {
	t.Helper()
	needTool(t, "ffmpeg")
	return startEdge(t, shelf(t), "--cache-dir="+t.TempDir())
}

// Every codec in every container: what a player fetches is the file's own sound,
// whole, in order, at the right times, and it is described as what it is.
func TestEveryFilePlaysOverHLS(t *testing.T) {
	t.Parallel()
	e := matrixEdge(t)
	t.Run("files", func(t *testing.T) { // ends before the edge does
		for _, name := range recipeNames() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := recipes[name]
				file := media(t, name)
				v := watch(t, e, "/"+name+"/hls/master.m3u8")
				wantDescription(t, &r, v)
				wantBandwidth(t, v)
				wantTimes(t, v.sound, &v.info, r.packed())
				if v.video != nil {
					wantTimes(t, v.video, nil, false)
				}
				wantEdits(t, &r, v)
				h := listen(t, e, name, v)
				t.Run("frames", func(t *testing.T) { wantFrames(t, h, &r, v) })
				t.Run("sound", func(t *testing.T) { wantSound(t, h, &r, v) })
				t.Run("alone", func(t *testing.T) { wantAlone(t, h, v.sound) })
				t.Run("inspect", func(t *testing.T) { wantInspected(t, file, v) })
				t.Run("validate", func(t *testing.T) { wantValid(t, e, "/"+name+"/hls/master.m3u8") })
			})
		}
	})
}

func wantDescription(t *testing.T, r *recipe, v *viewing) {
	t.Helper()
	i := &v.info
	sound := &i.Renditions[len(i.Renditions)-1]
	if i.Format != r.format || sound.Codec != r.codec || sound.Codecs != r.codecs || sound.Name != r.codec || sound.Kind != "audio" {
		t.Errorf("described as %+v", i)
	}
	if last := v.variant.codecs[len(v.variant.codecs)-1]; last != r.codecs {
		t.Errorf("CODECS %q", v.variant.codecs)
	}
	rate := r.of.rate
	if r.rate != 0 {
		rate = r.rate
	}
	if sound.SampleRate != rate || sound.Channels != r.of.channels {
		t.Errorf("%d Hz in %d channels, want %d in %d", sound.SampleRate, sound.Channels, rate, r.of.channels)
	}
	if r.lossless() && sound.Bits != r.bits {
		t.Errorf("%d bits, want %d", sound.Bits, r.bits)
	}
	if r.gapless != "-" && sound.Gapless != r.gapless {
		t.Errorf("gapless by %q, want %q", sound.Gapless, r.gapless)
	}
	if r.delay >= 0 && sound.Delay != r.delay {
		t.Errorf("a delay of %d, want %d", sound.Delay, r.delay)
	}
	if !r.loose && sound.Samples != r.samples() {
		t.Errorf("%d samples, the recording has %d", sound.Samples, r.samples())
	}
	if got, want := i.Duration, float64(sound.Samples)/float64(rate); v.video == nil && math.Abs(got-want) > 1e-5 {
		t.Errorf("%v s, the samples are %v", got, want)
	}
	want := map[bool]string{true: "packed", false: "fmp4"}[r.packed()]
	if sound.SegmentFormat != want || sound.Segments != len(v.sound.list.pieces) {
		t.Errorf("%d segments of %s, want %d of %s", sound.Segments, sound.SegmentFormat, len(v.sound.list.pieces), want)
	}
}

// wantEdits wants what an encoder put in front of the music to be skipped, and
// pictures to begin with it.
func wantEdits(t *testing.T, r *recipe, v *viewing) {
	t.Helper()
	if r.packed() {
		return
	}
	init := v.sound.inits[v.sound.list.pieces[0].init]
	first := takeApart(t, init, v.sound.segments[0])
	if got, want := skipped(t, init), int64(v.info.Renditions[len(v.info.Renditions)-1].Delay); first.shown+want != got {
		t.Errorf("the edit list skips %d samples, the delay is %d and the first begins at %d", got, want, first.shown)
	}
	// RFC 7845 4.2 by Xiph's mapping, QuickTime's appendix G: these need a roll group.
	if needs := r.codec == "aac" || r.codec == "opus"; first.roll != needs {
		t.Errorf("a roll group: %v", first.roll)
	}
	if v.video != nil {
		init := v.video.inits[v.video.list.pieces[0].init]
		if first := takeApart(t, init, v.video.segments[0]); first.shown != skipped(t, init) {
			t.Errorf("the first picture is shown at %d, the edit list begins at %d", first.shown, skipped(t, init))
		}
	}
}

// wantBandwidth holds the figures of the master playlist and of info.json against
// the bytes that came (RFC 8216bis 4.4.6.2 and 4.4.4.8).
func wantBandwidth(t *testing.T, v *viewing) {
	t.Helper()
	var peak, average float64
	for _, s := range []*stream{v.video, v.sound} {
		if s == nil {
			continue
		}
		var most, bits float64
		for n, p := range s.list.pieces {
			size := float64(len(s.segments[n]) * 8)
			rate := size / (float64(p.micros(t)) / 1e6)
			most, bits = max(most, rate), bits+size
			if p.kbits != 0 && math.Abs(rate/1000-float64(p.kbits)) > 0.1*rate/1000 {
				t.Errorf("segment %d is of %.0f kbit/s, BITRATE says %d", n, rate/1000, p.kbits)
			}
		}
		peak, average = peak+most, average+bits/(float64(s.list.micros(t))/1e6)
	}
	if b := float64(v.variant.bandwidth); b < peak-1 || b > peak*1.01+10 {
		t.Errorf("BANDWIDTH %.0f, it takes %.0f", b, peak)
	}
	if a := float64(v.variant.average); math.Abs(a-average) > average/100+10 {
		t.Errorf("AVERAGE-BANDWIDTH %.0f, it is %.0f", a, average)
	}
}

// wantTimes holds what is said of time against what the segments hold. info is
// nil where no delay is spoken of.
func wantTimes(t *testing.T, s *stream, info *description, packed bool) {
	t.Helper()
	var at int64 // microseconds of the playlist
	var offset, total, scale uint64
	part := ""
	for n, p := range s.list.pieces {
		if p.broken {
			at, offset, total = 0, 0, 0
		}
		if n == 0 || p.broken || p.init != part {
			part = p.init
			if !packed {
				scale = timescale(t, s.inits[p.init])
			}
		}
		if packed {
			ticks, _ := unpack(t, s.segments[n])
			// 90 kHz against microseconds: both are rounded from the sample.
			if want := at * 9 / 100; absolute(int64(ticks)-want) > 1 {
				t.Errorf("segment %d begins at tick %d, the playlist says %d", n, ticks, want)
			}
		} else {
			f := takeApart(t, s.inits[p.init], s.segments[n])
			if n == 0 || p.broken {
				offset = f.begin
			}
			if f.begin != offset+total {
				t.Errorf("segment %d begins at %d, want %d", n, f.begin, offset+total)
			}
			total += f.duration
			if got := micros(int64(f.begin-offset), int64(scale)); absolute(got-at) > 1 {
				t.Errorf("segment %d begins at %d µs, the playlist says %d", n, got, at)
			}
			if f.boxes != "styp moof mdat" && f.boxes != "moof mdat" {
				t.Errorf("segment %d is %s", n, f.boxes)
			}
		}
		at += p.micros(t)
		if micro := p.micros(t); n < len(s.list.pieces)-1 && (micro < 5_500_000 || micro > 6_500_000) && !s.list.pieces[n+1].broken && info != nil {
			t.Errorf("segment %d of %s s", n, p.seconds)
		}
	}
	if info == nil {
		return
	}
	sound := info.Renditions[len(info.Renditions)-1]
	want := micros(int64(sound.Samples+sound.Delay+sound.Padding), int64(sound.SampleRate))
	if got := s.list.micros(t); !hasBreaks(s.list) && absolute(got-want) > 1 {
		t.Errorf("the segments last %d µs, delay, music and padding %d", got, want)
	}
}

func hasBreaks(l *listing) bool {
	for _, p := range l.pieces {
		if p.broken {
			return true
		}
	}
	return false
}

func absolute(n int64) int64 { return max(n, -n) }

// micros is n/rate in microseconds, to the nearest.
func micros(n, rate int64) int64 {
	v := new(big.Int).Mul(big.NewInt(n), big.NewInt(2_000_000))
	v.Add(v, big.NewInt(rate))
	return v.Div(v, big.NewInt(2*rate)).Int64()
}

// wantFrames wants each frame of the file in the segments, once and untouched.
func wantFrames(t *testing.T, h *hearing, r *recipe, v *viewing) {
	if r.format == "wav" || r.format == "aiff" {
		t.Skip("the frames are made by conversion; what they sound like is compared")
	}
	sameFrames(t, framesOf(t, v.sound, r.packed(), h.frames), h.frames)
	if v.video != nil {
		sameFrames(t, framesOf(t, v.video, false, nil), h.pictures)
		sameFrames(t, h.shown[0], h.shown[1])
	}
}

func framesOf(t *testing.T, s *stream, packed bool, like []frame) (all []frame) {
	t.Helper()
	if packed {
		var b []byte
		for _, segment := range s.segments {
			_, frames := unpack(t, segment)
			b = append(b, frames...)
		}
		return slice(t, b, like)
	}
	for n, segment := range s.segments {
		all = append(all, takeApart(t, s.inits[s.list.pieces[n].init], segment).frames...)
	}
	return all
}

// hearing is what ffmpeg hears, each sample in 4 bytes.
type hearing struct {
	hls              []byte
	files            [][]byte   // the file, or the files that it is made of
	frames, pictures []frame    // of the file, as they are coded
	shown            [2][]frame // pictures of our HLS and of the file, decoded
	alone            [][]byte
}

// sources are the files that a file sounds like: itself, or those of which it was
// made by hand, where ffmpeg finds all without leaping.
func sources(t *testing.T, name string) []string {
	t.Helper()
	switch r := recipes[name]; {
	case name == "chain.opus":
		return []string{media(t, "20.opus"), media(t, "60.opus")}
	case r.like != "":
		return []string{media(t, r.like)}
	}
	return []string{media(t, name)}
}

// listen decodes our HLS, the file, and each segment by itself. ffmpeg takes
// longer to start than to decode, so it is started once.
func listen(t *testing.T, e *process, name string, v *viewing) *hearing {
	t.Helper()
	r := recipes[name]
	dir := t.TempDir()
	format := "f32le"
	if r.lossless() {
		format = "s32le"
	}
	var inputs, outputs []string
	n := 0
	input := func(from string, out ...string) {
		inputs = append(inputs, "-threads", "1", "-i", from)
		for i, o := range out {
			out[i] = strings.ReplaceAll(o, "N:", strconv.Itoa(n)+":")
		}
		outputs = append(outputs, out...)
		n++
	}
	sound := func(to string, more ...string) []string {
		out := append([]string{"-map", "N:a:0", "-c:a", "pcm_" + format}, more...)
		return append(out, "-f", format, filepath.Join(dir, to))
	}
	var counted []string
	if r.packed() {
		// ffmpeg stamps the frames that it has still in hand with the time of the
		// next segment, and then complains; wantTimes looks at the times.
		counted = []string{"-af", "asetpts=N/SR/TB"}
	}
	files := sources(t, name)
	shown := func(to string) []string {
		if v.video == nil {
			return nil
		}
		return []string{"-map", "N:v:0", "-vsync", "passthrough", "-f", "framemd5", filepath.Join(dir, to)}
	}
	input("http://"+e.addr+"/"+name+"/hls/master.m3u8", append(sound("hls", counted...), shown("shown0")...)...)
	for i, file := range files {
		k := strconv.Itoa(i)
		out := append(sound("file"+k), "-map", "N:a:0", "-c", "copy", "-f", "framemd5", filepath.Join(dir, "frames"+k))
		if v.video != nil {
			out = append(out, "-map", "N:v:0", "-c", "copy", "-f", "framemd5", filepath.Join(dir, "pictures"))
			out = append(out, shown("shown1")...)
		}
		input(file, out...)
	}
	for i := range v.sound.segments {
		file := filepath.Join(dir, "segment"+strconv.Itoa(i))
		if err := os.WriteFile(file, v.sound.alone(i), 0o644); err != nil {
			t.Fatal(err)
		}
		input(file, sound("alone"+strconv.Itoa(i))...)
	}
	if _, err := ffmpeg(t, nil, append(inputs, outputs...)...); err != nil {
		t.Error(err)
	}
	heard := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	h := &hearing{hls: heard("hls")}
	for i := range files {
		k := strconv.Itoa(i)
		h.files = append(h.files, heard("file"+k))
		h.frames = append(h.frames, packets(t, filepath.Join(dir, "frames"+k))...)
	}
	if v.video != nil {
		h.pictures = packets(t, filepath.Join(dir, "pictures"))
		h.shown = [2][]frame{packets(t, filepath.Join(dir, "shown0")), packets(t, filepath.Join(dir, "shown1"))}
	}
	for i := range v.sound.segments {
		h.alone = append(h.alone, heard("alone"+strconv.Itoa(i)))
	}
	return h
}

// wantSound wants ffmpeg to hear in our HLS what it hears in the file.
func wantSound(t *testing.T, h *hearing, r *recipe, v *viewing) {
	got, want := h.hls, h.files[0]
	sound := v.info.Renditions[len(v.info.Renditions)-1]
	block := 4 * sound.Channels
	if len(h.files) > 1 {
		wantChain(t, h, block, sound.Delay, sound.Samples)
		return
	}
	if r.lossless() && !r.of.float {
		if !bytes.Equal(got, want) {
			t.Fatalf("%s", difference(got, want, block))
		}
		return
	}
	if r.of.float { // to 24 bits
		wantNear(t, got, want, 1<<8)
		return
	}
	// A lossy codec's first samples are the encoder's. Who plays HLS may hear
	// them, if it does not obey the edit list.
	lag := -1
	for _, l := range []int{0, sound.Delay} {
		if at := l * block; at <= len(got) && bytes.HasPrefix(got[at:], want[:min(len(want), len(got)-at)]) {
			lag = l
		}
	}
	if lag < 0 {
		t.Fatalf("not the same sound behind a delay of %d: %s", sound.Delay, difference(got[min(len(got), sound.Delay*block):], want, block))
	}
	missing := len(want)/block - (len(got)/block - lag)
	if missing > 0 {
		t.Errorf("the last %d samples are missing", missing)
	}
	frame := map[string]int{"mp3": 0, "aac": 1024, "opus": 2880}[r.codec]
	if -missing > sound.Padding+sound.Delay+frame {
		t.Errorf("%d samples are too many behind the end; padding is %d", -missing, sound.Padding)
	}
	// ffmpeg 5.1 does not cut the last frame of an MP4 by the edit list, nor by its
	// duration.
	surplus := len(want)/block - sound.Samples
	if !r.loose && (surplus < 0 || surplus > 0 && (r.format != "mp4" || surplus >= 1024)) {
		t.Errorf("ffmpeg hears %d samples in the file, we say %d", len(want)/block, sound.Samples)
	}
}

// wantChain wants the parts of a chained file one after the other, each with no
// more around it than an encoder put there. ffmpeg goes on with one decoder, whose
// memory of the part before is left out of the comparison.
func wantChain(t *testing.T, h *hearing, block, around, samples int) {
	t.Helper()
	const fading, last = 48000, 2880 // samples: a second, and the longest frame
	got, end, sum := h.hls, 0, 0
	for i, part := range h.files {
		skip := min(i, 1) * fading * block
		k := bytes.Index(got[end:], part[skip:len(part)-last*block]) - skip
		if k < 0 || k > (around+2*last)*block {
			t.Fatalf("part %d of %d samples stands %d samples behind the part before", i, len(part)/block, k/block)
		}
		end += k + len(part) - last*block
		sum += len(part) / block
	}
	if sum != samples {
		t.Errorf("ffmpeg hears %d samples in the parts, we say %d", sum, samples)
	}
}

// difference says where two sounds part.
func difference(got, want []byte, block int) string {
	n := 0
	for n < min(len(got), len(want)) && got[n] == want[n] {
		n++
	}
	return fmt.Sprintf("%d samples, the file has %d; they part at %d", len(got)/block, len(want)/block, n/block)
}

// wantNear compares samples of 32 bits.
func wantNear(t *testing.T, got, want []byte, within int64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d bytes, want %d", len(got), len(want))
	}
	for i := 0; i < len(got); i += 4 {
		a := int64(int32(uint32(got[i]) | uint32(got[i+1])<<8 | uint32(got[i+2])<<16 | uint32(got[i+3])<<24))
		b := int64(int32(uint32(want[i]) | uint32(want[i+1])<<8 | uint32(want[i+2])<<16 | uint32(want[i+3])<<24))
		if absolute(a-b) > within {
			t.Fatalf("sample %d is %d, want %d", i/4, a, b)
		}
	}
}

// wantAlone wants each segment to be heard by itself.
func wantAlone(t *testing.T, h *hearing, s *stream) {
	for n, p := range s.list.pieces {
		if len(h.alone[n]) == 0 {
			t.Errorf("nothing is heard of segment %d (%s s)", n, p.seconds)
		}
	}
}

// edgeTool runs the edge's other commands.
func edgeTool(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "edge"), args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent"}
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), complaint.String(), cmd.ProcessState.ExitCode()
}

// wantInspected wants `edge inspect` to say what info.json says.
func wantInspected(t *testing.T, file string, v *viewing) {
	out, complaint, status := edgeTool(t, "inspect", "--json", file)
	if status != 0 {
		t.Fatalf("status %d: %s", status, complaint)
	}
	var i description
	if err := json.Unmarshal([]byte(out), &i); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got, want := fmt.Sprintf("%+v", i), fmt.Sprintf("%+v", v.info); got != want {
		t.Errorf("inspect says\n%s\ninfo.json\n%s", got, want)
	}
}

// wantValid wants `edge validate` to find nothing that must not be.
func wantValid(t *testing.T, e *process, target string) {
	t.Helper()
	out, complaint, status := edgeTool(t, "validate", "http://"+e.addr+target)
	if status != 0 {
		t.Errorf("status %d:\n%s%s", status, out, complaint)
	}
}

// pcm are files or addresses decoded by ffmpeg, each sample in 4 bytes.
func pcm(t *testing.T, lossless bool, from ...string) (heard [][]byte) {
	t.Helper()
	format, dir := map[bool]string{true: "s32le", false: "f32le"}[lossless], t.TempDir()
	var line, outputs []string
	for i, f := range from {
		line = append(line, "-threads", "1", "-i", f)
		outputs = append(outputs, "-map", fmt.Sprintf("%d:a:0", i), "-af", "asetpts=N/SR/TB", "-c:a", "pcm_"+format, "-f", format, filepath.Join(dir, strconv.Itoa(i)))
	}
	if _, err := ffmpeg(t, nil, append(line, outputs...)...); err != nil {
		t.Error(err)
	}
	for i := range from {
		b, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			t.Fatal(err)
		}
		heard = append(heard, b)
	}
	return heard
}
