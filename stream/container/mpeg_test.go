package container

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// walkedTool runs ffmpeg or ffprobe and returns what it prints.
func walkedTool(tb testing.TB, name string, args ...string) []byte {
	tb.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatalf("%s is needed in CI: %v", name, err)
		}
		tb.Skipf("%s is not installed", name)
	}
	c := exec.Command(name, args...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	b, err := c.Output()
	if err != nil {
		tb.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.Bytes()[:min(800, stderr.Len())])
	}
	return b
}

// walkedSeconds make three segments.
const walkedSeconds = 13

var walkedMade sync.Map // of arguments to bytes: each is encoded once

// walkedEncode is seconds of music that is loud and quiet in turn, encoded from
// two channels of 16 bits.
func walkedEncode(tb testing.TB, seconds, rate int, args ...string) []byte {
	tb.Helper()
	key := fmt.Sprint(seconds, rate, args)
	if b, ok := walkedMade.Load(key); ok {
		return slices.Clone(b.([]byte))
	}
	pcm := make([]byte, 0, 4*seconds*rate)
	rng := rand.New(rand.NewPCG(7, 8))
	for i := range seconds * rate {
		at := float64(i) / float64(rate)
		left := (13000*math.Sin(at*440*2*math.Pi) + 6000*rng.Float64()) * math.Abs(math.Sin(at/2))
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(left)))
		pcm = binary.LittleEndian.AppendUint16(pcm, uint16(int16(13000*math.Sin(at*660*2*math.Pi))))
	}
	out := filepath.Join(tb.TempDir(), "out") // a file: a Xing header is written last
	a := []string{"-v", "error", "-threads", "1", "-f", "s16le", "-ar", strconv.Itoa(rate), "-ac", "2", "-i", walkedPut(tb, pcm), "-map_metadata", "-1", "-threads", "1"}
	walkedTool(tb, "ffmpeg", append(append(a, args...), out)...)
	b, err := os.ReadFile(out)
	if err != nil {
		tb.Fatal(err)
	}
	walkedMade.Store(key, b)
	return slices.Clone(b)
}

type walkedPacket struct{ pos, size int64 }

// walkedPackets are the packets that ffprobe finds.
func walkedPackets(tb testing.TB, format string, b []byte) []walkedPacket {
	tb.Helper()
	p := walkedPut(tb, b)
	var list []walkedPacket
	out := walkedTool(tb, "ffprobe", "-v", "error", "-f", format, "-show_entries", "packet=size,pos", "-of", "csv=p=0", p)
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if len(f) < 2 {
			continue
		}
		size, err1 := strconv.ParseInt(f[0], 10, 64)
		pos, err2 := strconv.ParseInt(f[1], 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			tb.Fatal(err)
		}
		list = append(list, walkedPacket{pos, size})
	}
	return list
}

func walkedPut(tb testing.TB, b []byte) string {
	tb.Helper()
	p := filepath.Join(tb.TempDir(), "in")
	if err := os.WriteFile(p, b, 0o600); err != nil {
		tb.Fatal(err)
	}
	return p
}

// walkedPCM is what ffmpeg decodes, in 16 bits, and how long its packets are.
func walkedPCM(tb testing.TB, format string, b []byte) (pcm []byte, packets []int64) {
	tb.Helper()
	list := filepath.Join(tb.TempDir(), "list")
	pcm = walkedTool(tb, "ffmpeg", "-v", "error", "-threads", "1", "-f", format, "-i", walkedPut(tb, b), "-f", "s16le", "-", "-c", "copy", "-f", "framecrc", list)
	lines, err := os.ReadFile(list)
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(lines)) {
		if f := strings.Split(line, ","); !strings.HasPrefix(line, "#") && len(f) >= 6 {
			n, err := strconv.ParseInt(strings.TrimSpace(f[4]), 10, 64)
			if err != nil {
				tb.Fatal(err)
			}
			packets = append(packets, n)
		}
	}
	return pcm, packets
}

func walkedOpen(tb testing.TB, b []byte) *Index {
	tb.Helper()
	x, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)))
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

// walkedSound reads all segments of all runs and returns their frames' bytes. It
// checks what must be so of any file.
func walkedSound(tb testing.TB, x *Index, b []byte) []byte {
	tb.Helper()
	sound, err := walkedAll(x, b)
	if err != nil {
		tb.Fatal(err)
	}
	return sound
}

func walkedAll(x *Index, b []byte) ([]byte, error) {
	var all []byte
	end := int64(0) // of the extent before
	for n := range x.Audio.Runs {
		r := &x.Audio.Runs[n]
		if r.Segments() < 1 || r.Cuts[0].Frame != 0 || r.Cuts[0].Time != 0 || r.Frames < 1 {
			return nil, fmt.Errorf("run %d begins with %+v, has %d segments, %d frames", n, r.Cuts[0], r.Segments(), r.Frames)
		}
		if r.Delay < 0 || r.Padding < 0 || r.Music() < 0 {
			return nil, fmt.Errorf("run %d: delay %d, padding %d of %d", n, r.Delay, r.Padding, r.Duration)
		}
		var time, before int64 // before: how long the frame before is
		for k := range r.Segments() {
			f, err := x.Frames(context.Background(), bytes.NewReader(b), r, k)
			if err != nil {
				return nil, fmt.Errorf("run %d: %w", n, err)
			}
			c := r.Cuts[k]
			if c.Time != time {
				return nil, fmt.Errorf("segment %d of run %d begins at %d, the frames before it end at %d", k, n, c.Time, time)
			}
			if over := c.Time - int64(k)*SegmentTime*int64(r.Rate); over < 0 || over > 0 && over >= before {
				return nil, fmt.Errorf("segment %d of run %d begins %d samples late", k, n, over)
			}
			if f.Extents[0].Off != c.Offset {
				return nil, fmt.Errorf("segment %d of run %d begins at %d, not at %d", k, n, f.Extents[0].Off, c.Offset)
			}
			var size int64
			for i, s := range f.Sizes {
				size += int64(s)
				before = int64(f.Durations[i])
				time += before
				if r.FrameSamples != 0 && f.Durations[i] != r.FrameSamples {
					return nil, fmt.Errorf("a frame lasts %d, the run says %d", f.Durations[i], r.FrameSamples)
				}
			}
			for _, e := range f.Extents {
				if e.Off < end || e.Off+e.Len > int64(len(b)) {
					return nil, fmt.Errorf("extent %+v is behind %d or over the end %d", e, end, len(b))
				}
				end = e.Off + e.Len
				size -= e.Len
				all = append(all, b[e.Off:end]...)
			}
			if size != 0 {
				return nil, fmt.Errorf("sizes and extents of segment %d differ by %d", k, size)
			}
		}
		last := r.Cuts[len(r.Cuts)-1]
		if last.Time != r.Duration || last.Frame != r.Frames || time != r.Duration || last.Offset != end {
			return nil, fmt.Errorf("run %d ends with %+v after %d samples at %d; it has %d frames, %d samples", n, last, time, end, r.Frames, r.Duration)
		}
	}
	return all, nil
}

// walkedJunk is random, without the bytes that a frame begins with.
func walkedJunk(n int, seed uint64) []byte {
	b := make([]byte, n)
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range b {
		b[i] = byte(rng.UintN(255))
	}
	return b
}

// walkedMP3 are n frames with this header and no 0xff in them.
func walkedMP3(v uint32, n int) []byte {
	var b []byte
	for i := range n {
		h, ok := parseMP3(binary.BigEndian.AppendUint32(nil, v))
		if !ok {
			panic("BUG: no header")
		}
		b = binary.BigEndian.AppendUint32(b, v)
		b = append(b, walkedJunk(int(h.size)-4, uint64(i))...)
	}
	return b
}

// walkedADTS are n frames of size bytes with these blocks, rate and channels.
func walkedADTS(n, size, blocks, rate, channels int) []byte {
	var b []byte
	for i := range n {
		h := []byte{0xff, 0xf1, 1<<6 | byte(rate)<<2 | byte(channels>>2), byte(channels&3)<<6 | byte(size>>11), byte(size >> 3), byte(size&7)<<5 | 0x1f, 0xfc | byte(blocks-1)}
		b = append(b, h...)
		b = append(b, walkedJunk(size-7, uint64(i))...)
	}
	return b
}

func walkedID3(n int) []byte {
	b := append([]byte("ID3\x04\x00\x00"), byte(n>>21&0x7f), byte(n>>14&0x7f), byte(n>>7&0x7f), byte(n&0x7f))
	return append(b, walkedJunk(n, 9)...)
}

func walkedAPE(items []byte, header bool) []byte {
	field := func(flags uint32) []byte {
		b := []byte("APETAGEX\xd0\x07\x00\x00")
		b = binary.LittleEndian.AppendUint32(b, uint32(len(items)+32))
		b = binary.LittleEndian.AppendUint32(b, 1)
		b = binary.LittleEndian.AppendUint32(b, flags)
		return append(b, make([]byte, 8)...)
	}
	if !header {
		return slices.Concat(items, field(0))
	}
	return slices.Concat(field(0xa0000000), items, field(0x80000000))
}

const mp3Test uint32 = 0xfffb9044 // MPEG-1, 128 kbit/s, 44100 Hz, joint stereo: 417 bytes

func TestTagsAroundFramesAreNoSound(t *testing.T) {
	item := append([]byte("\x05\x00\x00\x00\x00\x00\x00\x00Title\x00"), "\xff\xfb\x90\x44\x00"...)
	v1 := append([]byte("TAG"), make([]byte, 125)...)
	v1x := append(append([]byte("TAG+"), make([]byte, 223)...), v1...)
	lyrics := []byte("LYRICSBEGININD0000200\xff\xfb\x90\x44")
	lyrics2 := append(slices.Clone(lyrics), fmt.Sprintf("%06dLYRICS200", len(lyrics))...)
	foot := walkedID3(1000)
	foot[5] = 0x10
	foot = append(foot, append([]byte("3DI"), foot[3:10]...)...)
	for name, tail := range map[string][]byte{
		"none":            nil,
		"ID3v1":           v1,
		"ID3v1 enhanced":  v1x,
		"APE 1":           walkedAPE(item, false),
		"APE 2":           walkedAPE(item, true),
		"APE and ID3v1":   append(walkedAPE(item, true), v1...),
		"Lyrics3 1":       []byte("LYRICSBEGIN la la \xff\xfb\x90\x44 LYRICSEND"),
		"Lyrics3 2, v1":   append(lyrics2, v1...),
		"ID3v2 at end":    foot,
		"two ID3v1":       append(slices.Clone(v1), v1...),
		"APE, ID3v2 foot": append(walkedAPE(item, true), foot...),
	} {
		for _, head := range [][]byte{nil, walkedID3(3000), append(walkedID3(200), walkedID3(300)...), append(walkedID3(100), make([]byte, 5000)...)} {
			for kind, sound := range map[Format][]byte{MP3: walkedMP3(mp3Test, 40), ADTS: walkedADTS(40, 300, 1, 4, 2)} {
				file := slices.Concat(head, sound, tail)
				x := walkedOpen(t, file)
				if x.Format != kind || !bytes.Equal(walkedSound(t, x, file), sound) || len(x.Notes) != 0 {
					t.Errorf("%s with %s behind: %s, %d of 40 frames, notes %q", kind, name, x.Format, x.Audio.Runs[0].Frames, x.Notes)
				}
			}
		}
	}
}

func TestTagThatStatesTooMuchHidesNoSound(t *testing.T) {
	sound := walkedMP3(mp3Test, 40)
	// An APE footer and an ID3v2 footer without what they say is before them.
	ape := walkedAPE(nil, true)[32:]
	binary.LittleEndian.PutUint32(ape[12:], 9000)
	for name, tail := range map[string][]byte{"APE": ape, "ID3v2": []byte("3DI\x04\x00\x10\x00\x00\x40\x00"), "Lyrics3": []byte("009000LYRICS200")} {
		file := slices.Concat(sound, tail)
		x := walkedOpen(t, file)
		if x.Audio.Runs[0].Frames != 40 {
			t.Errorf("%s: %d frames", name, x.Audio.Runs[0].Frames)
		}
	}
	// An ID3v2 tag in the middle that was cut off: it says 100000 and has 500.
	tag := walkedID3(100000)[:510]
	file := slices.Concat(sound, tag, walkedMP3(mp3Test, 400))
	x := walkedOpen(t, file)
	if n := x.Audio.Runs[0].Frames; n != 440 {
		t.Errorf("%d frames around a cut tag, want 440", n)
	}
	if want := "510 bytes of junk at 1 place, left out"; !slices.Contains(x.Notes, want) {
		t.Errorf("notes are %q, want %q", x.Notes, want)
	}
}

func TestTagBetweenFramesIsNoJunk(t *testing.T) {
	for kind, sound := range map[Format][]byte{MP3: walkedMP3(mp3Test, 40), ADTS: walkedADTS(40, 300, 1, 4, 2)} {
		v1 := append([]byte("TAG"), make([]byte, 125)...)
		file := slices.Concat(sound, walkedID3(400), sound, v1, walkedID3(100), walkedAPE(nil, true), sound, walkedID3(90))
		x := walkedOpen(t, file)
		if len(x.Notes) != 0 || x.Audio.Runs[0].Frames != 120 || len(x.Audio.Runs) != 1 {
			t.Errorf("%s: %d runs, %d frames, notes %q", kind, len(x.Audio.Runs), x.Audio.Runs[0].Frames, x.Notes)
		}
		if !bytes.Equal(walkedSound(t, x, file), slices.Concat(sound, sound, sound)) {
			t.Errorf("%s: the tags are in the sound", kind)
		}
	}
}

func TestHugeTagIsSkipped(t *testing.T) {
	sound := walkedMP3(mp3Test, 4000)
	file := slices.Concat(walkedID3(20<<20), sound)
	src := &walkedReader{b: file}
	x, err := Open(context.Background(), src, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if x.Audio.Runs[0].Frames != 4000 || len(x.Notes) != 0 {
		t.Errorf("%d frames, notes %q", x.Audio.Runs[0].Frames, x.Notes)
	}
	if limit := int64(len(sound)) + 5*windowSize; src.read > limit {
		t.Errorf("%d bytes were read, want %d at most: the tag is of no interest", src.read, limit)
	}
}

// walkedReader counts what is read.
type walkedReader struct {
	b    []byte
	read int64
}

func (r *walkedReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := bytes.NewReader(r.b).ReadAt(p, off)
	r.read += int64(n)
	return n, err
}

func TestFileIsReadOnceAndHashedWhole(t *testing.T) {
	for kind, sound := range map[Format][]byte{MP3: walkedMP3(mp3Test, 8000), ADTS: walkedADTS(8000, 431, 1, 4, 2)} {
		v1 := append([]byte("TAG"), make([]byte, 125)...)
		head := walkedID3(70000)
		// The junk is longer than a window.
		file := slices.Concat(head, sound, walkedJunk(600000, 1), sound, v1)
		src := &walkedReader{b: file}
		x, err := Open(context.Background(), src, int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if limit := int64(len(file)) + 4*windowSize; src.read > limit {
			t.Errorf("%s: %d bytes of %d were read", kind, src.read, len(file))
		}
		if want := xxhash.Sum64(file[len(head):]); x.Content != want {
			t.Errorf("%s: content is %x, want %x", kind, x.Content, want)
		}
	}
}

func TestJunkBetweenFramesIsLeftOut(t *testing.T) {
	for kind, sound := range map[Format][]byte{MP3: walkedMP3(mp3Test, 1200), ADTS: walkedADTS(1200, 417, 1, 4, 2)} {
		for _, n := range []int{1, 100, 100000} {
			// At a frame's beginning in the middle, and where segment 1 begins, which
			// is frame 230 of MP3, 259 of ADTS.
			var file []byte
			for i := 0; i < 1200; i++ {
				if i == 230 || i == 259 || i == 700 {
					file = append(file, walkedJunk(n, uint64(i))...)
				}
				file = append(file, sound[i*417:(i+1)*417]...)
			}
			x := walkedOpen(t, file)
			if !bytes.Equal(walkedSound(t, x, file), sound) {
				t.Errorf("%s: %d frames around %d bytes of junk", kind, x.Audio.Runs[0].Frames, n)
			}
			if want := fmt.Sprintf("%s of junk at 3 places, left out", count(int64(3*n), "byte")); !slices.Contains(x.Notes, want) {
				t.Errorf("notes are %q, want %q", x.Notes, want)
			}
		}
	}
}

func TestSegmentsSoundAsTheFileWithoutJunk(t *testing.T) {
	t.Parallel()
	file := walkedEncode(t, walkedSeconds, 44100, append([]string{"-q:a", "4"}, mp3Lame...)...)
	r := &walkedOpen(t, file).Audio.Runs[0]
	var dirty []byte
	at := int64(0)
	for _, c := range r.Cuts {
		dirty = slices.Concat(dirty, file[at:c.Offset], walkedJunk(700, uint64(at)))
		at = c.Offset
	}
	x := walkedOpen(t, dirty)
	clean := file[r.Cuts[0].Offset:]
	got, _ := walkedPCM(t, "mp3", walkedSound(t, x, dirty))
	if want, _ := walkedPCM(t, "mp3", clean); !bytes.Equal(got, want) {
		t.Error("the segments sound otherwise than the file")
	}
	if len(x.Notes) != 1 {
		t.Errorf("notes %q", x.Notes)
	}
}

func TestJunkBeforeTheFirstFrameIsLeftOut(t *testing.T) {
	for _, n := range []int{1, 100, 8000} {
		for kind, sound := range map[Format][]byte{MP3: walkedMP3(mp3Test, 40), ADTS: walkedADTS(40, 417, 1, 4, 2)} {
			file := slices.Concat(walkedJunk(n, 3), sound)
			x := walkedOpen(t, file)
			if want := count(int64(n), "byte") + " of junk at 1 place, left out"; x.Format != kind || !slices.Contains(x.Notes, want) || !bytes.Equal(walkedSound(t, x, file), sound) {
				t.Errorf("%s behind %d bytes: notes %q", x.Format, n, x.Notes)
			}
		}
	}
}

func TestLoneHeaderInJunkIsNoFrame(t *testing.T) {
	sound := walkedMP3(mp3Test, 50)
	junk := walkedJunk(3000, 5)
	for i := 100; i < 2900; i += 91 { // never a frame's length apart
		binary.BigEndian.PutUint32(junk[i:], mp3Test)
	}
	// Two of another rate in a row change nothing either.
	binary.BigEndian.PutUint32(junk[110:], 0xfffb9444)
	binary.BigEndian.PutUint32(junk[110+384:], 0xfffb9444)
	file := slices.Concat(sound, junk, sound)
	x := walkedOpen(t, file)
	if !bytes.Equal(walkedSound(t, x, file), slices.Concat(sound, sound)) || len(x.Audio.Runs) != 1 {
		t.Errorf("%d runs, the first of %d frames, notes %q", len(x.Audio.Runs), x.Audio.Runs[0].Frames, x.Notes)
	}
}

func TestChangesOfConfigurationAreBounded(t *testing.T) {
	var file []byte
	a, b := walkedMP3(mp3Test, 3), walkedMP3(0xfffb9444, 3)
	for range 500 {
		file = append(append(file, a...), b...)
	}
	if x := walkedOpen(t, file); len(x.Audio.Runs) != 1000 {
		t.Errorf("%d runs", len(x.Audio.Runs))
	}
	file = append(file, a...)
	if _, err := Open(context.Background(), bytes.NewReader(file), int64(len(file))); !errors.Is(err, ErrUnsupported) {
		t.Errorf("1001 runs: %v", err)
	}
}

func TestNothingAndNoiseAreNoMedia(t *testing.T) {
	f := func(name string, b []byte) {
		t.Helper()
		w := newWindow(context.Background(), bytes.NewReader(b), int64(len(b)))
		if at, ok := findADTS(w, 0); ok {
			t.Errorf("%s is ADTS from %d", name, at)
		}
		if at, ok := findMP3(w, 0); ok {
			t.Errorf("%s is MPEG audio from %d", name, at)
		}
	}
	f("nothing", nil)
	f("a byte", []byte{0xff})
	f("a header", []byte{0xff, 0xfb, 0x90, 0x44})
	f("zeros", make([]byte, 1<<17))
	f("ones", bytes.Repeat([]byte{0xff}, 1<<17))
	f("text", bytes.Repeat([]byte("The quick brown fox jumps over the lazy dog.\n"), 4000))
	utf16 := []byte{0xff, 0xfe}
	for range 40000 {
		utf16 = append(utf16, 'a', 0)
	}
	f("UTF-16", utf16)
	rng := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 64<<10)
	fill := func(b []byte) {
		for i := 0; i+8 <= len(b); i += 8 {
			binary.LittleEndian.PutUint64(b[i:], rng.Uint64())
		}
	}
	for i := range 1000 {
		fill(b)
		f(fmt.Sprint("noise ", i), b)
		// Bytes in which sync words are common.
		for j := 0; j+1 < len(b); j += 2 + int(b[j]&3) {
			b[j], b[j+1] = 0xff, b[j+1]|0xe0
		}
		f(fmt.Sprint("sync noise ", i), b)
	}
	for _, magic := range []string{"\x89PNG\r\n\x1a\n", "%PDF-1.7\n", "PK\x03\x04\x14\x00", "\xff\xd8\xff\xe0\x00\x10JFIF"} {
		fill(b)
		f(magic[:4], append([]byte(magic), b...))
	}
	// Sound in a file of another kind does not make it a file of sound.
	for _, magic := range []string{"RIFF\x00\x00\x00\x00AVI ", "PK\x03\x04\x14\x00", "%PDF-1.7\n", "\x00\x00\x01\xba"} {
		f(magic[:4]+" with MP3", append([]byte(magic), walkedMP3(mp3Test, 100)...))
		f(magic[:4]+" with ADTS", append([]byte(magic), walkedADTS(100, 300, 1, 4, 2)...))
	}
}

// What a segment reads again is what was indexed, whatever is between the frames.
func TestSecondWalkFindsWhatTheFirstFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	headers := []uint32{mp3Test, 0xfffb9244, 0xfffb5044, 0xfffb9444, 0xfffb90c4, 0xfff340c4, 0xffe320c4, 0xfffa9044}
	for round := range 200 {
		adts := round&1 == 1
		var file []byte
		for range 1 + rng.IntN(30) {
			n := rng.IntN(1 + 1<<rng.IntN(9))
			var part []byte
			switch rng.IntN(10) {
			case 0:
				part = walkedJunk(n*rng.IntN(200), rng.Uint64())
			case 1: // junk in which sync words are common
				part = walkedJunk(n*rng.IntN(100)+8, rng.Uint64())
				for i := 0; i+8 < len(part); i += 1 + rng.IntN(40) {
					binary.BigEndian.PutUint32(part[i:], headers[rng.IntN(len(headers))])
					if adts {
						copy(part[i:], walkedADTS(1, 8+rng.IntN(90), 1, 4, 2)[:7])
					}
				}
			case 2:
				part = walkedID3(n * 10)
				part = part[:len(part)-rng.IntN(1+len(part)/4)]
			case 3:
				part = append([]byte("TAG"), make([]byte, 125)...)
			case 4:
				part = walkedAPE(make([]byte, n), true)
			default:
				if adts {
					part = walkedADTS(1+n, 8+rng.IntN(1000), 1+rng.IntN(4)*rng.IntN(2), 4+rng.IntN(8)/7, 2)
				} else {
					part = walkedMP3(headers[rng.IntN(len(headers))*rng.IntN(2)], 1+n)
				}
				if rng.IntN(3) == 0 {
					part = part[:len(part)-rng.IntN(min(len(part), 400))]
				}
			}
			file = append(file, part...)
		}
		x, err := Open(context.Background(), bytes.NewReader(file), int64(len(file)))
		if err != nil {
			continue
		}
		if _, err := walkedAll(x, file); err != nil {
			t.Fatalf("file %d: %v", round, err)
		}
	}
}

func TestPicturesAreNoSound(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-c:v", "mjpeg", "-f", "mjpeg"}, {"-c:v", "png", "-f", "image2pipe"}} {
		a := append([]string{"-v", "error", "-threads", "1", "-f", "lavfi", "-i", "testsrc2=s=640x480:d=1:r=5,noise=alls=40"}, args...)
		b := walkedTool(t, "ffmpeg", append(a, "-")...)
		if _, err := Open(context.Background(), bytes.NewReader(b), int64(len(b))); !errors.Is(err, ErrNotMedia) {
			t.Errorf("%v of %d bytes: %v", args, len(b), err)
		}
		// Without what names it, too.
		b = b[64:]
		if _, err := Open(context.Background(), bytes.NewReader(b), int64(len(b))); !errors.Is(err, ErrNotMedia) {
			t.Errorf("%v from byte 64: %v", args, err)
		}
	}
}

func TestDiskThatFailsIsNotTheFilesFault(t *testing.T) {
	for _, sound := range [][]byte{walkedMP3(mp3Test, 3000), walkedADTS(3000, 417, 1, 4, 2)} {
		for _, at := range []int64{0, 1000, 300000, 1000000, int64(len(sound)) - 10} {
			_, err := Open(context.Background(), walkedBroken{bytes.NewReader(sound), at}, int64(len(sound)))
			if !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("a disk that fails at %d: %v", at, err)
			}
		}
	}
}

type walkedBroken struct {
	io.ReaderAt
	at int64
}

func (r walkedBroken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > r.at {
		return 0, io.ErrClosedPipe
	}
	return r.ReaderAt.ReadAt(p, off)
}
