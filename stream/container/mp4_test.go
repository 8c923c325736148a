package container

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
)

// mp4Make has ffmpeg write a file of a name, and returns its path.
func mp4Make(t testing.TB, name string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	mp4Run(t, dir, append(args, "-threads", "1", name)...)
	return filepath.Join(dir, name)
}

// mp4Run runs ffmpeg in a folder. One run writes several files: ffmpeg takes
// longer to start than to code some seconds.
func mp4Run(t testing.TB, dir string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("ffmpeg is missing")
		}
		t.Skip("ffmpeg is missing")
	}
	cmd := exec.Command("ffmpeg", append([]string{"-v", "error", "-nostdin", "-y", "-threads", "1", "-filter_threads", "1"}, args...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// mp4Packet is what ffprobe says of a packet, its times in the track's timescale.
type mp4Packet struct {
	pts, dts, duration int64
	size               int
	key                bool
	hash               string
}

// mp4Probe has ffprobe list the packets of each stream, without edits.
func mp4Probe(t testing.TB, path string) (streams [3][]mp4Packet) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-threads", "1", "-ignore_editlist", "1",
		"-show_packets", "-show_data_hash", "md5", "-of", "json", path).Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v", path, err)
	}
	var list struct {
		Packets []struct {
			Stream             int `json:"stream_index"`
			PTS, DTS, Duration int64
			Size, Flags        string
			Hash               string `json:"data_hash"`
		}
	}
	if err := json.Unmarshal(out, &list); err != nil {
		t.Fatal(err)
	}
	for _, p := range list.Packets {
		size, _ := strconv.Atoi(p.Size)
		streams[p.Stream] = append(streams[p.Stream], mp4Packet{p.PTS, p.DTS, p.Duration, size, strings.HasPrefix(p.Flags, "K"), strings.TrimPrefix(strings.ToLower(p.Hash), "md5:")})
	}
	return streams
}

func mp4Open(t testing.TB, path string) (*Index, []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	x, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	return x, b
}

// mp4Read reads all frames of a run, and holds the cuts against them.
func mp4Read(t testing.TB, x *Index, b []byte, r *Run) (packets []mp4Packet) {
	t.Helper()
	time, total := int64(0), int64(0)
	for k := range r.Segments() {
		f, err := x.Frames(context.Background(), bytes.NewReader(b), r, k)
		if err != nil {
			t.Fatalf("segment %d: %v", k, err)
		}
		if len(f.Sizes) == 0 {
			t.Fatalf("segment %d is empty", k)
		}
		if c := r.Cuts[k]; c.Time != time || c.Bytes != total || c.Frame != int64(len(packets)) {
			t.Fatalf("cut %d is at frame %d, %d, %d bytes; the frames before it make %d, %d, %d bytes", k, c.Frame, c.Time, c.Bytes, len(packets), time, total)
		}
		var data []byte
		for i, e := range f.Extents {
			if i > 0 && f.Extents[i-1].Off+f.Extents[i-1].Len == e.Off {
				t.Fatalf("extents of segment %d are not joined", k)
			}
			data = append(data, b[e.Off:e.Off+e.Len]...)
		}
		for i, size := range f.Sizes {
			p := mp4Packet{dts: time, pts: time, duration: int64(f.Durations[i]), size: int(size), key: true}
			if f.Offsets != nil {
				p.pts += int64(f.Offsets[i])
			}
			if f.Sync != nil {
				p.key = f.Sync[i]
			}
			sum := md5.Sum(data[:size])
			p.hash = hex.EncodeToString(sum[:])
			data = data[size:]
			packets = append(packets, p)
			time += p.duration
			total += int64(size)
		}
	}
	if r.Duration != time || r.Frames != int64(len(packets)) {
		t.Fatalf("the run has %d frames of %d, its segments %d of %d", r.Frames, r.Duration, len(packets), time)
	}
	return packets
}

// mp4Same holds what was read against ffprobe's list, from packet first of it on.
// The difference of pts must be the same for all.
func mp4Same(t testing.TB, got, want []mp4Packet, first int) {
	t.Helper()
	if len(got) != len(want)-first {
		t.Fatalf("%d frames, want %d", len(got), len(want)-first)
	}
	want = want[first:]
	shift := got[0].pts - want[0].pts
	for i, w := range want {
		g := got[i]
		if i+1 < len(want) {
			w.duration = want[i+1].dts - w.dts // ffprobe's own is from a frame rate
		}
		if g.size != w.size || g.hash != w.hash {
			t.Fatalf("frame %d has %d bytes (%s), want %d (%s)", i, g.size, g.hash, w.size, w.hash)
		}
		if g.dts != w.dts-want[0].dts || g.pts-w.pts != shift || g.duration != w.duration {
			t.Fatalf("frame %d: dts %d pts %d duration %d, want %d %d %d", i, g.dts, g.pts-shift, g.duration, w.dts-want[0].dts, w.pts, w.duration)
		}
		if g.key != w.key {
			t.Fatalf("frame %d: sync is %v, want %v", i, g.key, w.key)
		}
	}
}

// mp4Entry has mp4ff read a sample entry.
func mp4Entry(t testing.TB, entry []byte) mp4.Box {
	t.Helper()
	b, err := mp4.DecodeBox(0, bytes.NewReader(entry))
	if err != nil {
		t.Fatalf("sample entry %x: %v", entry, err)
	}
	if int(b.Size()) != len(entry) {
		t.Fatalf("sample entry of %d bytes says %d", len(entry), b.Size())
	}
	return b
}

func TestSoundOfMP4IsWhatFFprobeSees(t *testing.T) {
	t.Parallel()
	list := []struct {
		name     string
		args     string
		seconds  float64
		codecs   string
		rate     int
		channels int
		bits     int
		frame    uint32
		delay    int64
		gapless  string
		segments int
	}{
		{"aac.m4a", "-c:a aac -ac 2", 19, "mp4a.40.2", 44100, 2, 0, 1024, 1024, "elst", 4},
		{"aac.mov", "-c:a aac -ac 2", 7, "mp4a.40.2", 48000, 2, 0, 1024, 1024, "elst", 2},
		{"aac.m4b", "-c:a aac -f ipod", 13, "mp4a.40.2", 22050, 1, 0, 1024, 1024, "elst", 3},
		{"5.1.mp4", "-c:a aac -af pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0", 7, "mp4a.40.2", 48000, 6, 0, 1024, 1024, "elst", 2},
		{"pce.mp4", "-c:a aac -af pan=quad|c0=c0|c1=c0|c2=c0|c3=c0", 1, "mp4a.40.2", 48000, 4, 0, 1024, 1024, "elst", 1},
		{"alac.m4a", "-c:a alac -ac 2", 13, "alac", 44100, 2, 16, 4096, 0, "exact", 3},
		{"alac.mov", "-c:a alac", 13, "alac", 44100, 1, 16, 4096, 0, "exact", 3},
		{"alac96.mov", "-c:a alac -sample_fmt s32p -ac 2", 7, "alac", 96000, 2, 24, 4096, 0, "exact", 2},
		{"alac96.m4a", "-c:a alac -sample_fmt s32p", 7, "alac", 96000, 1, 24, 4096, 0, "exact", 2},
		{"flac.mp4", "-c:a flac -ac 2 -strict -2", 13, "fLaC", 44100, 2, 16, 4608, 0, "exact", 3},
		{"flac96.mp4", "-c:a flac -sample_fmt s32 -strict -2", 7, "fLaC", 96000, 1, 24, 8192, 0, "exact", 2},
		{"opus.mp4", "-c:a libopus -ac 2 -strict -2", 13, "Opus", 48000, 2, 0, 960, 312, "elst", 3},
		{"opus60.mp4", "-c:a libopus -frame_duration 60 -strict -2", 7, "Opus", 48000, 1, 0, 2880, 312, "elst", 2},
		{"short.m4a", "-c:a aac", 0.01, "mp4a.40.2", 44100, 1, 0, 1024, 1024, "elst", 1},
	}
	rates := []int{44100, 48000, 96000, 22050}
	var args []string
	for _, rate := range rates {
		args = append(args, "-f", "lavfi", "-i", fmt.Sprintf("sine=sample_rate=%d:duration=20", rate))
	}
	for _, c := range list {
		args = append(args, "-map", fmt.Sprintf("%d:a", slices.Index(rates, c.rate)), "-t", fmt.Sprint(c.seconds))
		args = append(append(args, strings.Fields(c.args)...), "-threads", "1", c.name)
	}
	dir := t.TempDir()
	mp4Run(t, dir, args...)
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.name)
			x, b := mp4Open(t, path)
			if x.Video != nil || x.Audio == nil || len(x.Notes) > 0 {
				t.Fatalf("video %v, audio %v, notes %q", x.Video, x.Audio, x.Notes)
			}
			r := &x.Audio.Runs[0]
			mp4Same(t, mp4Read(t, x, b, r), mp4Probe(t, path)[0], 0)
			if r.Codecs != c.codecs || r.SampleRate != c.rate || r.Channels != c.channels || r.Bits != c.bits || int(r.Rate) != c.rate {
				t.Errorf("%s %d Hz (%d) %d channels %d bits", r.Codecs, r.SampleRate, r.Rate, r.Channels, r.Bits)
			}
			music := int64(c.seconds * float64(c.rate))
			if r.FrameSamples != c.frame && r.Frames > 1 || r.Delay != c.delay || r.Music() != music || r.Gapless != c.gapless || r.Start != 0 {
				t.Errorf("frames of %d, delay %d, padding %d, music %d, want %d; %q", r.FrameSamples, r.Delay, r.Padding, r.Music(), music, r.Gapless)
			}
			if r.Segments() != c.segments {
				t.Errorf("%d segments, want %d", r.Segments(), c.segments)
			}
			for k := 1; k < r.Segments(); k++ {
				if d := r.Cuts[k].Time - int64(k)*6*int64(r.Rate); d < 0 || d >= int64(c.frame) {
					t.Errorf("segment %d begins %d samples from %d s", k, d, 6*k)
				}
			}
			e, ok := mp4Entry(t, r.Entry).(*mp4.AudioSampleEntryBox)
			if !ok { // it knows no alac and no fLaC: their rates stand where those of mp4a do
				e = &mp4.AudioSampleEntryBox{ChannelCount: uint16(r.Entry[25]), SampleRate: binary.BigEndian.Uint16(r.Entry[32:])}
			}
			if int(e.ChannelCount) != c.channels || c.rate < 65536 && int(e.SampleRate) != c.rate || c.rate == 96000 && e.SampleRate != 48000 {
				t.Errorf("entry says %d channels, %d Hz", e.ChannelCount, e.SampleRate)
			}
		})
	}
}

func TestMoovInFrontOrBehindGivesTheSameRun(t *testing.T) {
	t.Parallel()
	behind := mp4Make(t, "a.m4a", "-f", "lavfi", "-i", "sine=duration=9", "-c:a", "aac")
	dir := filepath.Dir(behind)
	mp4Run(t, dir, "-i", behind, "-c", "copy", "-movflags", "+faststart", "b.m4a", "-c", "copy", "-movflags", "+faststart", "-metadata", "title=A longer title", "c.m4a")
	front, titled := filepath.Join(dir, "b.m4a"), filepath.Join(dir, "c.m4a")
	x, _ := mp4Open(t, behind)
	a := x.Audio.Runs[0]
	for _, path := range []string{front, titled} {
		y, _ := mp4Open(t, path)
		b := y.Audio.Runs[0]
		if !bytes.Equal(a.Entry, b.Entry) || a.Duration != b.Duration || len(a.Cuts) != len(b.Cuts) || x.Content != y.Content {
			t.Errorf("%x %d %d %x, %x %d %d %x", a.Entry, a.Duration, len(a.Cuts), x.Content, b.Entry, b.Duration, len(b.Cuts), y.Content)
		}
	}
	f := func(b []byte, reason string) {
		t.Helper()
		_, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)))
		if !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v, want %q", err, reason)
		}
	}
	b, _ := os.ReadFile(behind)
	f(b[:len(b)/2], "moov")
	f(b[:bytes.Index(b, []byte("stsz"))], "cut short")
	f(b[:32], "moov")
	b, _ = os.ReadFile(front)
	f(b[:len(b)/2], "cut short")
	f(b[:len(b)-1], "cut short")
	f(b[:bytes.Index(b, []byte("stsz"))], "cut short")
}

func TestPicturesOfMP4AreWhatFFprobeSees(t *testing.T) {
	t.Parallel()
	const x264 = "-c:v libx264 -preset ultrafast -bf 2 -g 50 -pix_fmt yuv420p -x264-params b-adapt=0:scenecut=0"
	list := []struct {
		name   string
		args   string
		codecs string
		rate   uint32
		cuts   []float64 // seconds
	}{
		{"b.mp4", x264 + " -c:a aac", "avc1.4D400A", 12800, []float64{0, 6, 12}},
		{"b.mov", x264 + " -c:a alac", "avc1.4D400A", 12800, []float64{0, 6, 12}},
		{"odd.mp4", x264 + " -c:a libopus -strict -2 -video_track_timescale 1001", "avc1.4D400A", 1001, []float64{0, 6, 12}},
		{"gop.mp4", "-c:v libx264 -preset ultrafast -g 125 -keyint_min 125 -sc_threshold 0 -pix_fmt yuv420p -c:a flac -strict -2", "avc1.42C00A", 12800, []float64{0, 10}},
		{"signed.mp4", x264 + " -c:a aac -movflags +negative_cts_offsets -video_track_timescale 90000", "avc1.4D400A", 90000, []float64{0, 6, 12}},
		{"h265.mp4", "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -x265-params keyint=50:pools=1:frame-threads=1:log-level=0:open-gop=0 -tag:v hvc1 -c:a aac", "hvc1.1.6.L30.90", 12800, []float64{0, 6, 12}},
		{"av1.mp4", "-c:v libsvtav1 -preset 12 -g 50 -svtav1-params lp=1 -c:a aac", "av01.0.00M.08", 12800, nil},
	}
	args := []string{"-f", "lavfi", "-i", "testsrc=size=128x96:rate=25:duration=13", "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=13"}
	for _, c := range list {
		args = append(append(args, "-map", "0:v", "-map", "1:a"), strings.Fields(c.args)...)
		args = append(args, "-threads", "1", c.name)
	}
	dir := t.TempDir()
	mp4Run(t, dir, args...)
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(dir, c.name)
			x, b := mp4Open(t, path)
			if x.Video == nil || x.Audio == nil || len(x.Notes) > 0 {
				t.Fatalf("video %v, audio %v, notes %q", x.Video, x.Audio, x.Notes)
			}
			v, a := &x.Video.Runs[0], &x.Audio.Runs[0]
			got, want := mp4Read(t, x, b, v), mp4Probe(t, path)
			mp4Same(t, got, want[0], 0)
			first := got[0].pts
			for _, p := range got {
				first = min(first, p.pts)
			}
			if first != 0 || got[0].pts != 0 || v.Start != 0 {
				t.Errorf("presentation begins at %d, start %d", first, v.Start)
			}
			mp4Same(t, mp4Read(t, x, b, a), want[1], 0)
			if v.Rate != c.rate || v.Width != 128 || v.Height != 96 || c.codecs != "" && v.Codecs != c.codecs {
				t.Errorf("%d units a second, %dx%d, %s", v.Rate, v.Width, v.Height, v.Codecs)
			}
			if v.Segments() != a.Segments() || c.cuts != nil && v.Segments() != len(c.cuts) {
				t.Fatalf("%d segments of pictures, %d of sound", v.Segments(), a.Segments())
			}
			for k := range v.Segments() {
				cut, sound := v.Cuts[k], a.Cuts[k]
				if !got[cut.Frame].key {
					t.Errorf("segment %d begins with no sync sample", k)
				}
				shown := float64(got[cut.Frame].pts) / float64(v.Rate)
				if c.cuts != nil && (shown < c.cuts[k]-.001 || shown > c.cuts[k]+.001) {
					t.Errorf("segment %d begins at %f s, want %f", k, shown, c.cuts[k])
				}
				heard := float64(sound.Time-a.Delay) / float64(a.Rate)
				if d := heard - shown; k > 0 && (d < 0 || d > .11) {
					t.Errorf("the sound of segment %d begins %f s after its pictures", k, d)
				}
			}
			e := mp4Entry(t, v.Entry).(*mp4.VisualSampleEntryBox)
			if e.Width != 128 || e.Height != 96 || e.AvcC == nil && e.HvcC == nil && e.Av1C == nil {
				t.Errorf("entry %+v", e)
			}
		})
	}
}

func TestCutWithoutRecodingKeepsItsEdit(t *testing.T) {
	t.Parallel()
	whole := mp4Make(t, "a.mp4", "-f", "lavfi", "-i", "testsrc=size=128x96:rate=25:duration=13", "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=13",
		"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "100", "-keyint_min", "100", "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-x264-params", "b-adapt=0", "-c:a", "aac")
	cut := mp4Make(t, "b.mp4", "-ss", "5.5", "-i", whole, "-c", "copy")
	x, b := mp4Open(t, cut)
	v, a := &x.Video.Runs[0], &x.Audio.Runs[0]
	got, want := mp4Read(t, x, b, v), mp4Probe(t, cut)
	mp4Same(t, got, want[0], 0)
	// The sync sample at 4 s is 1.5 s before the first picture that is shown.
	if s := float64(got[0].pts) / float64(v.Rate); s > -1.4 || s < -1.6 {
		t.Errorf("the first picture is at %f s", s)
	}
	// Of the sound before it, two frames are left: one of pre-roll, and the one
	// that is heard from its middle on.
	frames, packets := mp4Read(t, x, b, a), want[1]
	mp4Same(t, frames, packets, len(packets)-len(frames))
	if n := len(packets) - len(frames); n < 60 || n > 80 || a.Delay < 1024 || a.Delay >= 2048 {
		t.Errorf("%d frames are left out, delay %d", n, a.Delay)
	}
	if v.Segments() != a.Segments() {
		t.Errorf("%d segments of pictures, %d of sound", v.Segments(), a.Segments())
	}
	if d := float64(a.Music())/float64(a.Rate) - 7.5; d < -.05 || d > .05 {
		t.Errorf("music of %d/%d s, delay %d", a.Music(), a.Rate, a.Delay)
	}
}

func TestSoundThatBeginsLaterHasAStart(t *testing.T) {
	t.Parallel()
	path := mp4Make(t, "a.mp4", "-f", "lavfi", "-i", "testsrc=size=128x96:rate=25:duration=13", "-itsoffset", "2.5", "-f", "lavfi", "-i", "sine=sample_rate=48000:duration=10.5",
		"-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-pix_fmt", "yuv420p", "-c:a", "aac")
	x, b := mp4Open(t, path)
	v, a := &x.Video.Runs[0], &x.Audio.Runs[0]
	if d := a.Start - 2.5*48000; d < -1100 || d > 1100 || v.Start != 0 {
		t.Errorf("sound begins at %d/48000 s, pictures at %d", a.Start, v.Start)
	}
	want := mp4Probe(t, path)
	mp4Same(t, mp4Read(t, x, b, v), want[0], 0)
	mp4Same(t, mp4Read(t, x, b, a), want[1], 0)
	if v.Segments() != 3 || a.Segments() != 3 {
		t.Errorf("%d segments of pictures, %d of sound", v.Segments(), a.Segments())
	}
	for k := 1; k < 3; k++ {
		heard := float64(a.Start+a.Cuts[k].Time-a.Delay) / 48000
		if d := heard - 6*float64(k); d < 0 || d > .05 {
			t.Errorf("the sound of segment %d begins at %f s", k, heard)
		}
	}
}

func TestUnsupportedMP4SaysWhy(t *testing.T) {
	t.Parallel()
	list := []struct{ name, args, reason string }{
		{"a.mov", "-c:a pcm_s16le", "sowt"},
		{"b.mp4", "-c:a libmp3lame", "MP3"},
		{"c.mp4", "-c:a aac -movflags +frag_keyframe+empty_moov", "fragmented"},
		{"d.mp4", "-c:a aac -encryption_scheme cenc-aes-ctr -encryption_key 76a6c65c5ea762046bd749a2e632ccbb -encryption_kid a7e61c373e219033c21091fa607bf3b8", "enca"},
	}
	args := []string{"-f", "lavfi", "-i", "sine=duration=1"}
	for _, c := range list {
		args = append(append(args, strings.Fields(c.args)...), "-threads", "1", c.name)
	}
	dir := t.TempDir()
	mp4Run(t, dir, args...)
	for _, c := range list {
		b, _ := os.ReadFile(filepath.Join(dir, c.name))
		_, err := Open(context.Background(), bytes.NewReader(b), int64(len(b)))
		if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v, want %q", c.name, err, c.reason)
		}
	}
}

func TestAnotherTrackThatCanBePackagedIsUsed(t *testing.T) {
	t.Parallel()
	path := mp4Make(t, "a.mp4", "-f", "lavfi", "-i", "sine=duration=2", "-f", "lavfi", "-i", "testsrc=size=64x64:duration=1", "-map", "1:v", "-map", "0:a", "-map", "0:a", "-c:v", "mpeg4", "-c:a:0", "ac3", "-c:a:1", "aac")
	x, b := mp4Open(t, path)
	if x.Audio == nil || x.Audio.Codec != CodecAAC || x.Video != nil {
		t.Fatalf("%+v", x)
	}
	mp4Same(t, mp4Read(t, x, b, &x.Audio.Runs[0]), mp4Probe(t, path)[2], 0)
	if len(x.Notes) != 1 || !strings.Contains(x.Notes[0], "mp4v") {
		t.Errorf("notes %q", x.Notes)
	}
	cover := mp4Make(t, "b.mp4", "-f", "lavfi", "-i", "sine=duration=2", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=1:duration=1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "aac")
	if x, _ := mp4Open(t, cover); x.Video != nil || x.Audio == nil || len(x.Notes) > 0 {
		t.Errorf("with a cover: %+v", x)
	}
}
