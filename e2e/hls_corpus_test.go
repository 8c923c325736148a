package e2e

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
)

// recipe says how a file is made and what is to be said of it.
type recipe struct {
	of     recording
	args   string                    // how ffmpeg codes it
	like   string                    // or: another file, changed
	change func(file []byte) []byte  // so
	make   func(t *testing.T) []byte // or: made by hand

	format, codec, codecs string
	gapless               string // what delay and padding are to be known from
	delay                 int    // -1: whatever it is
	rate                  int    // of the sound that comes out, when it is not the recording's
	bits                  int    // of lossless codecs
	loose                 bool   // the number of samples is not known to the file
}

// lossless reports whether the sound is to come out as it went in.
func (r *recipe) lossless() bool { return r.bits != 0 }

func (r *recipe) packed() bool { return r.format == "mp3" || r.format == "adts" }

// samples is how many the recording has at the rate that comes out.
func (r *recipe) samples() int {
	if r.rate != 0 {
		return r.rate * r.of.millis / 1000
	}
	return r.of.frames()
}

func with(r recording, change func(*recording)) recording {
	change(&r)
	return r
}

func at(rate, channels, bits int) recording {
	return recording{rate: rate, channels: channels, bits: bits, millis: usual.millis}
}

// recipes are the files that play over HLS, by name.
var recipes = map[string]recipe{
	// MP3. The encoder's delay is 576 and 529 more are the decoder's.
	"cbr44.mp3": {of: usual, args: "-c:a libmp3lame -b:a 128k -metadata title=Rise -metadata artist=Sweep", format: "mp3", codec: "mp3", codecs: "mp4a.40.34", gapless: "LAME", delay: 1105},
	"cbr48.mp3": {of: at(48000, 2, 16), args: "-c:a libmp3lame -b:a 192k", format: "mp3", codec: "mp3", codecs: "mp4a.40.34", gapless: "LAME", delay: 1105},
	"vbr.mp3":   {of: usual, args: "-c:a libmp3lame -q:a 4", format: "mp3", codec: "mp3", codecs: "mp4a.40.34", gapless: "LAME", delay: 1105},
	"bare.mp3":  {of: usual, args: "-c:a libmp3lame -q:a 5 -write_xing 0 -id3v2_version 0", format: "mp3", codec: "mp3", codecs: "mp4a.40.34", gapless: "guess", delay: 1105, loose: true},
	"vbri.mp3":  {like: "bare.mp3", change: addVBRI, gapless: "-", delay: -1, loose: true},
	"lsf22.mp3": {of: at(22050, 2, 16), args: "-c:a libmp3lame -b:a 56k", format: "mp3", codec: "mp3", codecs: "mp4a.40.34", gapless: "LAME", delay: 1105},
	"lsf11.mp3": {of: at(11025, 1, 16), args: "-c:a libmp3lame -b:a 24k", format: "mp3", codec: "mp3", codecs: "mp4a.40.34", gapless: "LAME", delay: 1105},
	"mono.mp3":  {of: at(44100, 1, 16), args: "-c:a libmp3lame -b:a 64k", format: "mp3", codec: "mp3", codecs: "mp4a.40.34", gapless: "LAME", delay: 1105},
	"art.mp3":   {like: "cbr44.mp3", change: addArt, gapless: "LAME", delay: 1105},
	"tails.mp3": {like: "cbr44.mp3", change: addTails, gapless: "LAME", delay: 1105},
	"junk.mp3":  {like: "cbr48.mp3", change: addJunk, gapless: "LAME", delay: 1105},

	// ADTS knows of no delay.
	"44.aac":   {of: usual, args: "-c:a aac -b:a 128k -f adts", format: "adts", codec: "aac", codecs: "mp4a.40.2", loose: true},
	"48.aac":   {of: at(48000, 2, 16), args: "-c:a aac -aac_pns 0 -b:a 96k -f adts", format: "adts", codec: "aac", codecs: "mp4a.40.2", loose: true},
	"22.aac":   {of: at(22050, 2, 16), args: "-c:a aac -b:a 48k -f adts", format: "adts", codec: "aac", codecs: "mp4a.40.2", loose: true},
	"mono.aac": {of: at(44100, 1, 16), args: "-c:a aac -b:a 64k -f adts", format: "adts", codec: "aac", codecs: "mp4a.40.2", loose: true},
	"51.aac":   {of: at(48000, 6, 16), args: "-c:a aac -b:a 256k -f adts", format: "adts", codec: "aac", codecs: "mp4a.40.2", loose: true},

	// MP4 and QuickTime.
	"tail.m4a":   {of: usual, args: "-c:a aac -aac_pns 0 -b:a 128k -metadata title=Rise", format: "mp4", codec: "aac", codecs: "mp4a.40.2", gapless: "elst", delay: 1024},
	"fast.m4a":   {of: at(48000, 1, 16), args: "-c:a aac -b:a 64k -movflags +faststart", format: "mp4", codec: "aac", codecs: "mp4a.40.2", gapless: "elst", delay: 1024},
	"51.m4a":     {of: at(48000, 6, 16), args: "-c:a aac -b:a 256k", format: "mp4", codec: "aac", codecs: "mp4a.40.2", gapless: "elst", delay: 1024},
	"alac16.m4a": {of: usual, args: "-c:a alac", format: "mp4", codec: "alac", codecs: "alac", gapless: "exact", bits: 16},
	"alac24.m4a": {of: at(96000, 2, 24), args: "-c:a alac", format: "mp4", codec: "alac", codecs: "alac", gapless: "exact", bits: 24},
	"alac.mov":   {of: usual, args: "-c:a alac -f mov", format: "mp4", codec: "alac", codecs: "alac", gapless: "exact", bits: 16},
	"aac.mov":    {of: usual, args: "-c:a aac -b:a 96k -f mov", format: "mp4", codec: "aac", codecs: "mp4a.40.2", gapless: "elst", delay: 1024},
	"flac.mp4":   {of: usual, args: "-c:a flac -strict -2", format: "mp4", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 16},
	"opus.mp4":   {of: at(48000, 2, 16), args: "-c:a libopus -b:a 96k", format: "mp4", codec: "opus", codecs: "Opus", gapless: "elst", delay: 312, rate: 48000},
	"film.mp4":   {of: usual, args: filmArgs, format: "mp4", codec: "aac", codecs: "mp4a.40.2", gapless: "elst", delay: 1024},
	"film44.mov": {of: usual, args: filmArgs + " -f mov", format: "mp4", codec: "aac", codecs: "mp4a.40.2", gapless: "elst", delay: 1024},

	// FLAC.
	"cd.flac":     {of: usual, args: "-c:a flac", format: "flac", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 16},
	"mono.flac":   {of: at(44100, 1, 16), args: "-c:a flac", format: "flac", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 16},
	"96.flac":     {of: at(96000, 2, 24), args: "-c:a flac", format: "flac", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 24},
	"192.flac":    {of: at(192000, 1, 24), args: "-c:a flac", format: "flac", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 24},
	"51.flac":     {of: at(48000, 6, 16), args: "-c:a flac -compression_level 0", format: "flac", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 16},
	"88.flac":     {of: at(88200, 2, 24), args: "-c:a flac", format: "flac", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 24},
	"id3.flac":    {like: "cd.flac", change: addSmallID3, gapless: "exact", bits: 16},
	"stream.flac": {like: "cd.flac", change: forgetTotal, gapless: "exact", bits: 16},
	"cd.mp3":      {like: "cd.flac", change: bytes.Clone, gapless: "exact", bits: 16}, // its name lies

	// Ogg Opus.
	"20.opus":    {of: at(48000, 2, 16), args: "-c:a libopus -b:a 96k", format: "ogg", codec: "opus", codecs: "Opus", gapless: "OpusHead", delay: 312, rate: 48000},
	"60.opus":    {of: usual, args: "-c:a libopus -b:a 64k -frame_duration 60", format: "ogg", codec: "opus", codecs: "Opus", gapless: "OpusHead", delay: 312, rate: 48000},
	"2.5.opus":   {of: at(48000, 1, 16), args: "-c:a libopus -b:a 96k -frame_duration 2.5 -application lowdelay", format: "ogg", codec: "opus", codecs: "Opus", gapless: "OpusHead", delay: -1, rate: 48000},
	"mono.opus":  {of: at(48000, 1, 16), args: "-c:a libopus -b:a 48k", format: "ogg", codec: "opus", codecs: "Opus", gapless: "OpusHead", delay: 312, rate: 48000},
	"51.opus":    {of: at(48000, 6, 16), args: "-c:a libopus -b:a 256k -mapping_family 1", format: "ogg", codec: "opus", codecs: "Opus", gapless: "OpusHead", delay: 312, rate: 48000},
	"20.ogg":     {like: "20.opus", change: bytes.Clone, gapless: "OpusHead", delay: 312},
	"chain.opus": {format: "ogg", codec: "opus", codecs: "Opus", gapless: "OpusHead", delay: 312, rate: 48000},

	// PCM is made into FLAC first.
	"16.wav":    {of: usual, args: "-c:a pcm_s16le", format: "wav", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 16},
	"24.wav":    {of: at(48000, 2, 24), args: "-c:a pcm_s24le", format: "wav", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 24},
	"float.wav": {of: recording{rate: 44100, channels: 2, bits: 32, float: true, millis: 13400}, args: "-c:a pcm_f32le", format: "wav", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 24},
	"51.wav":    {of: at(48000, 6, 16), args: "-c:a pcm_s16le", format: "wav", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 16},
	"16.aiff":   {of: usual, args: "-c:a pcm_s16be", format: "aiff", codec: "flac", codecs: "fLaC", gapless: "exact", bits: 16},
}

// filmArgs code pictures beside the sound, with B-frames and a sync sample each
// two seconds.
const filmArgs = "-f lavfi -i testsrc2=size=160x120:rate=25:duration=13.4 ; -map 1:v -map 0:a -c:v libx264 -preset veryfast -bf 2 -g 50 -sc_threshold 0 -pix_fmt yuv420p -c:a aac -b:a 96k"

func init() {
	for name, r := range recipes { // what is like another is so in all else too
		if r.like == "" {
			continue
		}
		of := recipes[r.like]
		of.like, of.change, of.args = r.like, r.change, ""
		of.delay, of.gapless, of.loose = r.delay, r.gapless, r.loose
		recipes[name] = of
	}
	chained := recipes["chain.opus"]
	chained.of = with(at(48000, 2, 16), func(r *recording) { r.millis += recipes["60.opus"].of.millis })
	chained.make = chain
	recipes["chain.opus"] = chained
}

func recipeNames() []string {
	names := make([]string, 0, len(recipes))
	for n := range recipes {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// workshop is the folder that sound is made in. It is gone with the binaries.
func workshop(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(bin, "sound")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shelf is the folder of the finished files.
func shelf(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(workshop(t), "shelf")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

var made sync.Map // of functions, by what they make

// once does something once in a run of the tests, however many ask for it.
func once(what string, do func() error) error {
	f, _ := made.LoadOrStore(what, sync.OnceValue(do))
	return f.(func() error)()
}

// media makes a file of the recipes, if nobody did before, and returns its path.
func media(t *testing.T, name string) string {
	t.Helper()
	r, ok := recipes[name]
	if !ok {
		t.Fatalf("no recipe for %s", name)
	}
	needTool(t, "ffmpeg")
	file := filepath.Join(shelf(t), name)
	if err := once(file, func() error {
		switch {
		case r.make != nil:
			return os.WriteFile(file, r.make(t), 0o644)
		case r.like != "":
			b, err := os.ReadFile(media(t, r.like))
			if err != nil {
				return err
			}
			return os.WriteFile(file, r.change(b), 0o644)
		}
		return codeAll(t, &r)
	}); err != nil {
		t.Fatalf("make %s: %v", name, err)
	}
	return file
}

// content is the bytes of a file of the recipes.
func content(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(media(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// codeAll codes all that is made of r's recording, but films each for itself:
// ffmpeg takes longer to start than to code.
func codeAll(t *testing.T, r *recipe) error {
	what, outputs := r.of.String(), []coded{}
	film := strings.Contains(r.args, "-i ")
	for name, other := range recipes {
		if other.of == r.of && other.args != "" && (film && other.args == r.args || !film && !strings.Contains(other.args, "-i ")) {
			outputs = append(outputs, coded{filepath.Join(shelf(t), name), other.args})
		}
	}
	if film {
		what += r.args
	}
	return once(what, func() error { return code(t, []recording{r.of}, outputs...) })
}

// coded is a file that ffmpeg codes, and how.
type coded struct{ file, args string }

// code codes recordings into files.
func code(t *testing.T, of []recording, files ...coded) error {
	t.Helper()
	var line, outputs []string
	for _, r := range of {
		line = append(line, "-i", r.file(t))
	}
	for _, o := range files {
		// An input of its own stands among the options.
		more, options, own := strings.Cut(o.args, inputEnds)
		if own {
			line = append(line, strings.Fields(more)...)
		} else {
			options = o.args
		}
		outputs = append(outputs, strings.Fields(options)...)
		outputs = append(outputs, "-threads", "1", "-fflags", "+bitexact", o.file)
	}
	_, err := ffmpeg(t, nil, append(line, outputs...)...)
	return err
}

// inputEnds parts an input of ffmpeg's own from what is done with it.
const inputEnds = " ; "

// two lets as many programs of others run side by side as the tests may take.
var two = make(chan struct{}, 2)

// ffmpeg runs it, and returns what it prints. What it complains about is an
// error.
func ffmpeg(t *testing.T, stdin []byte, args ...string) ([]byte, error) {
	t.Helper()
	return tool(t, "ffmpeg", stdin, append([]string{"-v", "error", "-nostdin", "-y"}, args...)...)
}

func tool(t *testing.T, name string, stdin []byte, args ...string) ([]byte, error) {
	t.Helper()
	path := needTool(t, name)
	two <- struct{}{}
	defer func() { <-two }()
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if stdin != nil {
		cmd.Stdin = bytes.NewReader(stdin)
	}
	err := cmd.Run()
	if err == nil && complaint.Len() > 0 {
		err = fmt.Errorf("%s complains", name)
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %.2000s", name, strings.Join(args, " "), err, complaint.String())
	}
	return out.Bytes(), err
}

// id3 is an ID3v2.3 tag (id3.org, 3.1) with a frame.
func id3(frame string, body []byte) []byte {
	b := []byte("ID3\x03\x00\x00")
	n := len(body) + 10
	b = append(b, byte(n>>21)&0x7f, byte(n>>14)&0x7f, byte(n>>7)&0x7f, byte(n)&0x7f)
	b = append(b, frame...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	return append(append(b, 0, 0), body...)
}

// addArt puts a picture of 20 MB in front, in which things look like frames.
func addArt(file []byte) []byte {
	_, sound := cutID3(file)
	art := append([]byte("\x00image/jpeg\x00\x03\x00"), 0xff, 0xd8, 0xff, 0xe0)
	for n := uint64(0); len(art) < 20<<20; n++ {
		art = binary.LittleEndian.AppendUint64(art, (n+1)*0x9e3779b97f4a7c15)
		if n%1000 == 0 {
			art = append(art, 0xff, 0xfb, 0x90, 0x64)
		}
	}
	return append(id3("APIC", art), sound...)
}

func addSmallID3(file []byte) []byte {
	return append(id3("TIT2", []byte("\x00in front")), file...)
}

// cutID3 parts a file that begins with an ID3v2 tag.
func cutID3(file []byte) (tag, rest []byte) {
	if !bytes.HasPrefix(file, []byte("ID3")) {
		return nil, file
	}
	n := 10 + (int(file[6])<<21 | int(file[7])<<14 | int(file[8])<<7 | int(file[9]))
	return file[:n], file[n:]
}

// addTails puts an APEv2 tag with header and footer (APEv2 specification) and an
// ID3v1 tag at the end.
func addTails(file []byte) []byte {
	item := append([]byte("\x09\x00\x00\x00\x00\x00\x00\x00Publisher\x00"), 0xff, 0xfb, 0x90, 0x64, 'l', 'a', 'b', 'e', 'l')
	tag := func(flags uint32) []byte {
		b := []byte("APETAGEX")
		for _, v := range []uint32{2000, uint32(len(item) + 32), 1, flags, 0, 0} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		return b
	}
	b := bytes.Clone(file)
	b = append(b, tag(0xa0000000)...)
	b = append(b, item...)
	b = append(b, tag(0x80000000)...)
	v1 := make([]byte, 128)
	copy(v1, "TAGat the end")
	return append(b, v1...)
}

// addJunk puts bytes that are no frames between two frames, in two places. The
// frames of the file are all of 576 bytes.
func addJunk(file []byte) []byte {
	tag, sound := cutID3(file)
	const frame = 192000 * 1152 / 8 / 48000
	b := bytes.Clone(tag)
	b = append(b, sound[:100*frame]...)
	b = append(b, bytes.Repeat([]byte{0}, 1500)...)
	b = append(b, sound[100*frame:400*frame]...)
	b = append(b, "no frame, but it holds \xff\xfb and \xff\xe0 all the same"...)
	return append(b, sound[400*frame:]...)
}

// addVBRI puts the frame in front that Fraunhofer's encoder writes: it is no
// sound, and its header stands 32 bytes behind the frame's.
func addVBRI(file []byte) []byte {
	frame := make([]byte, 417) // of 128 kbit/s at 44.1 kHz
	copy(frame, file[:4])
	frame[2] = 0x90 | file[2]&0x0c
	b := append(frame[:36], "VBRI\x00\x01\x04\x50\x00\x46"...) // version, delay, quality
	b = binary.BigEndian.AppendUint32(b, uint32(len(file)+417))
	b = binary.BigEndian.AppendUint32(b, 514)
	b = append(b, "\x00\x01\x00\x01\x00\x02\x00\x01\x02\x00"...) // a table of one entry
	b = append(b, make([]byte, 417-len(b))...)
	return append(b, file...)
}

// forgetTotal clears the number of samples and the MD5 of STREAMINFO, as what
// encodes into a pipe does (RFC 9639 8.2).
func forgetTotal(file []byte) []byte {
	b := bytes.Clone(file)
	info := b[8:]
	info[13] &= 0xf0
	clear(info[14:34])
	return b
}

// chain is two Ogg streams, one behind the other (RFC 3533 4).
func chain(t *testing.T) []byte {
	return append(content(t, "20.opus"), content(t, "60.opus")...)
}
