package container

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// silentTool runs ffmpeg or ffprobe, which must find nothing to complain of.
func silentTool(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is needed in CI", name)
		}
		t.Skipf("no %s", name)
	}
	c := exec.Command(name, append([]string{"-v", "error"}, args...)...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s %v: %v\n%.800s", name, args, err, stderr.String())
	}
	return out
}

func TestFFmpegHearsTheSameInWhatWasConverted(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	left, right := "0.5*sin(440*2*PI*t)+0.05*random(0)", "0.5*sin(440*2*PI*t+1)*sin(9*t)+0.05*random(1)"
	surround := left + "|" + right + "|0|0.9*sin(50*t)|random(2)|0.01*sin(999*t)"
	sources := []string{ // of a second
		left + "|" + right + ":d=1:c=stereo:s=44100", right + ":d=1:c=mono:s=22050", left + "|" + right + ":d=1:c=stereo:s=96000",
		surround + ":d=1:c=5.1:s=48000", surround + ":d=1:c=5.1(side):s=48000",
	}
	cases := []struct {
		file   string
		source int
		args   []string
		raw    string // what both are compared in; empty for floats
	}{
		{"u8.wav", 0, []string{"-c:a", "pcm_u8"}, "u8"},
		{"s16le.wav", 0, []string{"-c:a", "pcm_s16le"}, "s16le"},
		{"s24le.wav", 0, []string{"-c:a", "pcm_s24le"}, "s24le"},
		{"s32le.wav", 0, []string{"-af", "aformat=s16", "-c:a", "pcm_s32le"}, "s32le"},
		{"f32le.wav", 0, []string{"-c:a", "pcm_f32le"}, ""},
		{"f64le.wav", 0, []string{"-c:a", "pcm_f64le"}, ""},
		{"loud.wav", 0, []string{"-af", "aformat=flt,volume=9", "-c:a", "pcm_f32le"}, ""},
		{"mono.wav", 1, []string{"-c:a", "pcm_s16le"}, "s16le"},
		{"96k.wav", 2, []string{"-c:a", "pcm_s24le"}, "s24le"},
		{"six.wav", 3, []string{"-c:a", "pcm_s16le"}, "s16le"},
		{"side.wav", 4, []string{"-c:a", "pcm_s24le"}, "s24le"},
		{"rf64.wav", 0, []string{"-c:a", "pcm_s16le", "-rf64", "always", "-metadata", "title=odd"}, "s16le"},
		{"s16be.aiff", 0, []string{"-c:a", "pcm_s16be", "-metadata", "title=odd"}, "s16le"},
		{"s24be.aiff", 0, []string{"-c:a", "pcm_s24be"}, "s24le"},
		{"s32be.aiff", 0, []string{"-af", "aformat=s16", "-c:a", "pcm_s32be"}, "s32le"},
		{"s8.aiff", 0, []string{"-c:a", "pcm_s8"}, "s8"},
		{"sowt.aiff", 0, []string{"-c:a", "pcm_s16le"}, "s16le"},
		{"f32be.aiff", 0, []string{"-c:a", "pcm_f32be"}, ""},
		{"f64be.aiff", 0, []string{"-c:a", "pcm_f64be"}, ""},
	}
	// All files of one kind with one run each: starting ffmpeg takes longest.
	var encode, before, after []string
	for _, s := range sources {
		encode = append(encode, "-f", "lavfi", "-i", "aevalsrc="+s)
	}
	for _, c := range cases {
		encode = append(append(append(encode, "-map", strconv.Itoa(c.source)), c.args...), path(c.file))
		before = append(before, "-i", path(c.file))
		after = append(after, "-i", path(c.file+".flac"))
	}
	piped := silentTool(t, "ffmpeg", append(append([]string{"-nostdin", "-threads", "1"}, encode...), "-map", "0", "-f", "wav", "-")...)
	for i, c := range cases {
		raw, plain := c.raw, c.raw
		if raw == "" {
			raw, plain = "f64le", "s24le"
		}
		before = append(before, "-map", strconv.Itoa(i), "-f", raw, "-c:a", "pcm_"+raw, path(c.file+".before"))
		after = append(after, "-map", strconv.Itoa(i), "-f", plain, "-c:a", "pcm_"+plain, path(c.file+".after"))
		convertFile(t, path(c.file), path(c.file+".flac"))
	}
	silentTool(t, "ffmpeg", append([]string{"-nostdin", "-threads", "1"}, before...)...)
	silentTool(t, "ffmpeg", append([]string{"-nostdin", "-xerror", "-threads", "1"}, after...)...)

	read := func(name string) []byte {
		b, err := os.ReadFile(path(name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range cases {
		got, want := read(c.file+".after"), read(c.file+".before")
		if c.raw == "" {
			want = roundTo24(want)
		}
		if len(got) < 20_000 || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes of sound, want %d, or others", c.file, len(got), len(want))
		}
	}
	for file, want := range map[string]string{"six.wav.flac": "5.1", "side.wav.flac": "5.1(side)", "mono.wav.flac": "mono"} {
		got := silentTool(t, "ffprobe", "-show_entries", "stream=channel_layout", "-of", "csv=p=0", path(file))
		if strings.TrimSpace(string(got)) != want {
			t.Errorf("%s: layout %s, want %s", file, got, want)
		}
	}

	// What a recorder leaves that lost its power, and what a pipe gets.
	whole := read("s24le.wav")
	cut, err := convertBytes(t, whole[:len(whole)/3])
	if err != nil {
		t.Fatal(err)
	}
	sound, _, err := decodeFLAC(cut)
	if n := len(whole)/3 - len(sound); err != nil || n < 40 || n > 120 || !bytes.HasPrefix(read("s24le.wav.before"), sound) {
		t.Errorf("of %d bytes %d became sound, %v", len(whole)/3, len(sound), err)
	}
	if cut, err = convertBytes(t, piped); err != nil {
		t.Fatal(err)
	}
	if sound, _, err = decodeFLAC(cut); err != nil || !bytes.Equal(sound, read("s16le.wav.before")) {
		t.Errorf("of a pipe %d bytes became sound, %v", len(sound), err)
	}
}

// roundTo24 does to floats what [Convert] says.
func roundTo24(f64 []byte) (s24 []byte) {
	for i := 0; i < len(f64); i += 8 {
		v := math.RoundToEven(math.Float64frombits(binary.LittleEndian.Uint64(f64[i:])) * (1 << 23))
		v = min(max(v, -1<<23), 1<<23-1)
		s24 = append(s24, binary.LittleEndian.AppendUint32(nil, uint32(int32(v)))[:3]...)
	}
	return s24
}

func convertFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	info, err := in.Stat()
	if err == nil {
		err = Convert(t.Context(), out, in, info.Size())
	}
	if cerr := out.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		t.Fatal(err)
	}
}
