package container

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// probeTool runs ffmpeg or ffprobe and returns what it prints.
func probeTool(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing", name)
		}
		t.Skipf("%s is missing", name)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, stderr.String())
	}
	return out
}

// probeMake makes a file with ffmpeg.
func probeMake(t testing.TB, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	args = append([]string{"-v", "error", "-threads", "1"}, args...)
	probeTool(t, "ffmpeg", append(args, "-threads", "1", path)...)
	return path
}

// probeRecipe is a file that ffmpeg makes from a source of lavfi.
type probeRecipe struct{ name, src, args string }

// probeMakeAll makes files, all at once.
func probeMakeAll(t testing.TB, ext string, recipes []probeRecipe) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"-v", "error", "-threads", "1"}
	for _, r := range recipes {
		args = append(args, "-f", "lavfi", "-i", r.src)
	}
	for i, r := range recipes {
		paths = append(paths, filepath.Join(dir, fmt.Sprint(i, ext)))
		args = append(args, "-map", fmt.Sprintf("%d:a", i))
		args = append(append(args, strings.Fields(r.args)...), "-threads", "1", paths[i])
	}
	probeTool(t, "ffmpeg", args...)
	return paths
}

// probePacket is a frame, or what ffprobe calls one.
type probePacket struct {
	size, duration int
	md5            string
}

// probeSeen is what ffmpeg makes of the first audio stream of a file.
type probeSeen struct {
	packets []probePacket
	decoded int64 // bytes of samples of 16 bits
}

// probeSee asks ffmpeg about files, all at once: to start it takes longer than
// what it is asked.
func probeSee(t testing.TB, paths ...string) []probeSeen {
	t.Helper()
	dir := t.TempDir()
	args := []string{"-v", "fatal", "-threads", "1"}
	for _, p := range paths {
		args = append(args, "-i", p)
	}
	for i := range paths {
		audio := fmt.Sprintf("%d:a:0", i)
		args = append(args, "-map", audio, "-c", "copy", "-f", "framemd5", filepath.Join(dir, fmt.Sprint(i, ".md5")))
		args = append(args, "-map", audio, "-f", "s16le", "-threads", "1", filepath.Join(dir, fmt.Sprint(i, ".pcm")))
	}
	probeTool(t, "ffmpeg", args...)
	seen := make([]probeSeen, len(paths))
	for i := range paths {
		for line := range strings.Lines(string(probeRead(t, filepath.Join(dir, fmt.Sprint(i, ".md5"))))) {
			f := strings.Split(line, ",") // stream, dts, pts, duration, size, hash
			if line[0] == '#' || len(f) < 6 {
				continue
			}
			p := probePacket{md5: strings.TrimSpace(f[5])}
			p.duration, _ = strconv.Atoi(strings.TrimSpace(f[3]))
			p.size, _ = strconv.Atoi(strings.TrimSpace(f[4]))
			seen[i].packets = append(seen[i].packets, p)
		}
		st, err := os.Stat(filepath.Join(dir, fmt.Sprint(i, ".pcm")))
		if err != nil {
			t.Fatal(err)
		}
		seen[i].decoded = st.Size()
	}
	return seen
}

// probeJudge holds a file against what ffmpeg sees in it.
func probeJudge(t testing.TB, path string, seen probeSeen) *Index {
	t.Helper()
	data := probeRead(t, path)
	x := probeMustOpen(t, data)
	r := &x.Audio.Runs[0]
	got, want := probeAll(t, data, x, true)[0], seen.packets
	if len(got) != len(want) {
		t.Fatalf("%d frames, ffmpeg sees %d", len(got), len(want))
	}
	for i := range want {
		if i == len(want)-1 {
			want[i].duration = got[i].duration // less padding in ffmpeg
		}
		if got[i] != want[i] {
			t.Fatalf("frame %d is %+v, ffmpeg sees %+v", i, got[i], want[i])
		}
	}
	if n := seen.decoded / 2 / int64(r.Channels); n != r.Music() {
		t.Errorf("%d samples of music, ffmpeg decodes %d", r.Music(), n)
	}
	return x
}

func probeOpen(data []byte) (*Index, error) {
	return Open(context.Background(), bytes.NewReader(data), int64(len(data)))
}

func probeMustOpen(t testing.TB, data []byte) *Index {
	t.Helper()
	x, err := probeOpen(data)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func probeRead(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// probeAll reads the frames of all segments and checks that they are what the
// index says and stand in the file in order. hash turns on the hashes.
func probeAll(t testing.TB, data []byte, x *Index, hash bool) (ps [][]probePacket) {
	t.Helper()
	at := int64(0)
	for i := range x.Audio.Runs {
		r := &x.Audio.Runs[i]
		if r.Cuts[0].Frame != 0 || r.Cuts[0].Time != 0 || r.Cuts[0].Bytes != 0 || r.Segments() < 1 {
			t.Fatalf("run %d begins with %+v", i, r.Cuts[0])
		}
		if r.Delay < 0 || r.Padding < 0 || r.Music() < 0 || r.Rate == 0 || len(r.Entry) == 0 {
			t.Fatalf("run %d is %+v", i, r)
		}
		var run []probePacket
		for k := range r.Segments() {
			f, err := x.Frames(context.Background(), bytes.NewReader(data), r, k)
			if err != nil {
				t.Fatalf("run %d segment %d: %v", i, k, err)
			}
			var body []byte
			for _, e := range f.Extents {
				if e.Off < at || e.Len <= 0 || e.Off+e.Len > int64(len(data)) {
					t.Fatalf("run %d segment %d: extent %+v behind byte %d of %d", i, k, e, at, len(data))
				}
				at = e.Off + e.Len
				if hash {
					body = append(body, data[e.Off:at]...)
				}
			}
			var time int64
			for j, size := range f.Sizes {
				p := probePacket{size: int(size), duration: int(f.Durations[j])}
				if hash {
					sum := md5.Sum(body[:size])
					p.md5, body = hex.EncodeToString(sum[:]), body[size:]
				}
				if size == 0 || p.duration == 0 {
					t.Fatalf("run %d segment %d frame %d: %+v", i, k, j, p)
				}
				if s := r.FrameSamples; s != 0 && s != f.Durations[j] && r.Cuts[k].Frame+int64(j) != r.Frames-1 {
					t.Fatalf("run %d segment %d frame %d: %+v, not of %d samples", i, k, j, p, s)
				}
				time += int64(f.Durations[j])
				run = append(run, p)
			}
			if time != r.Cuts[k+1].Time-r.Cuts[k].Time {
				t.Fatalf("run %d segment %d lasts %d, the index says %d", i, k, time, r.Cuts[k+1].Time-r.Cuts[k].Time)
			}
		}
		if n := r.Cuts[len(r.Cuts)-1]; n.Frame != r.Frames || n.Time != r.Duration || int64(len(run)) != r.Frames {
			t.Fatalf("run %d of %d frames, %d samples ends with %+v", i, r.Frames, r.Duration, n)
		}
		ps = append(ps, run)
	}
	return ps
}

// probeFails opens a file that is to fail, and for this reason.
func probeFails(t *testing.T, data []byte, kind error, reason string) {
	t.Helper()
	_, err := probeOpen(data)
	if !errors.Is(err, kind) || !strings.Contains(err.Error(), reason) {
		t.Errorf("opening gives %v, want %v with %q", err, kind, reason)
	}
}
