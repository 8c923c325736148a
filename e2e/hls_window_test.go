package e2e

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// find looks where in a file's sound that of a window stands, by what is in the
// middle of it. near says that the samples may differ a little.
func find(t *testing.T, got, want []byte, block int, near bool) (offset int) {
	t.Helper()
	middle := len(got) / block / 2
	if !near {
		piece := got[middle*block : (middle+600)*block]
		for at := 0; ; {
			k := bytes.Index(want[at:], piece)
			if k < 0 {
				t.Fatalf("the sound in the middle of the window is nowhere in the file's (%d and %d samples)", len(got)/block, len(want)/block)
			}
			if at += k; at%block == 0 {
				return at/block - middle
			}
			at++
		}
	}
	best, least := 0, math.MaxFloat64
	value := func(b []byte, n int) float64 {
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[n*block:])))
	}
	for at := 0; at+200 < len(want)/block; at++ {
		var sum float64
		for k := 0; k < 200 && sum < least; k++ {
			d := value(got, middle+k) - value(want, at+k)
			sum += d * d
		}
		if sum < least {
			best, least = at, sum
		}
	}
	if least > 200*1e-4 {
		t.Fatalf("the sound in the middle of the window is nowhere in the file's: %g", least)
	}
	return best - middle
}

// window is a stretch of a file, as the path and as the query name it.
type window struct {
	path, query string
	from, to    float64
}

func TestAWindowPlaysWhatTheFileHoldsThere(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	files := map[string]struct {
		of    string
		frame int // samples of a frame, at most
		early int // frames that packed audio begins before, to find in
		near  bool
	}{
		"a.flac": {"cd.flac", 4608, 0, false},
		"b.m4a":  {"alac16.m4a", 4096, 0, false},
		"c.m4a":  {"tail.m4a", 1024, 0, false},
		"d.mp3":  {"cbr44.mp3", 1152, 2, true},
		"e.aac":  {"48.aac", 1024, 1, false},
		"f.opus": {"20.opus", 960, 0, true},
		"g.wav":  {"16.wav", 4608, 0, false},
	}
	for name, f := range files {
		put(t, root, name, f.of)
	}
	e := startEdge(t, root, "--cache-dir="+t.TempDir())
	for name, f := range files {
		t.Run(name, func(t *testing.T) {
			r := recipes[f.of]
			windows := []window{
				{"5.5-7.25", "from=5.5&to=7.25", 5.5, 7.25},
				{"0-3", "to=3", 0, 3},
				{"11.999-13.4", "from=11.999&to=99", 11.999, 13.4},
				{"3.1-3.2", "from=3.10&to=3.200", 3.1, 3.2},
			}
			if name != "a.flac" && name != "d.mp3" {
				windows = windows[:2] // the same code
			}
			from := []string{media(t, f.of)}
			for _, w := range windows {
				from = append(from, "http://"+e.addr+"/"+name+"/hls/"+w.path+"/master.m3u8")
			}
			whole := watch(t, e, "/"+name+"/hls/master.m3u8") // waits for a conversion
			heard := pcm(t, r.lossless(), from...)
			want := heard[0]
			sound := whole.info.Renditions[0]
			block, rate := 4*sound.Channels, sound.SampleRate
			total := len(want) / block
			for i, w := range windows {
				got := heard[1+i]
				target := "/" + name + "/hls/" + w.path + "/master.m3u8"
				v := watch(t, e, target)
				// The query leads to the same segments.
				asked := watch(t, e, "/"+name+"/hls/master.m3u8?"+w.query)
				for n := range v.sound.segments {
					if n < len(asked.sound.segments) && !bytes.Equal(v.sound.segments[n], asked.sound.segments[n]) || len(asked.sound.segments) != len(v.sound.segments) {
						t.Errorf("%s: segment %d is another by the query", w.path, n)
					}
				}
				wantTimes(t, v.sound, nil, r.packed())
				wantBandwidth(t, v)
				wantValid(t, e, target)
				first, last := int(w.from*float64(rate)), min(int(w.to*float64(rate)), total)
				described := v.info.Renditions[0]
				// Where the sample stands that the window is said to begin with.
				offset := find(t, got, want, block, f.near)
				begin := offset + described.Delay
				if r.packed() {
					// The early frames cannot be cut away, nor can the delay be.
					if begin > first || begin < first-(f.early+1)*f.frame-whole.info.Renditions[0].Delay {
						t.Errorf("%s begins with sample %d, want %d less at most %d frames", w.path, begin, first, f.early+1)
					}
				} else if lag := absolute(int64(begin - first)); begin > first || begin <= first-f.frame {
					// ffmpeg may have obeyed the edit list itself.
					if offset > first || offset <= first-f.frame {
						t.Errorf("%s begins with sample %d, %d away; want the frame of %d samples that holds %d", w.path, begin, lag, f.frame, first)
					}
					begin = offset
				}
				end := offset + len(got)/block
				if end < last || end >= last+f.frame+sound.Padding+1 {
					t.Errorf("%s ends before sample %d, want %d, to within a frame", w.path, end, last)
				}
				if n := begin + described.Samples; !r.packed() && (n < last || n >= last+f.frame) {
					t.Errorf("%s is said to end before sample %d, want %d, to within a frame", w.path, n, last)
				}
				// All that is asked for is the file's, sample by sample.
				a, b := got[(first-offset)*block:], want[first*block:]
				n := min(len(a), len(b), (last-first)*block)
				if f.near {
					wantLike(t, a[:n], b[:n])
				} else if !bytes.Equal(a[:n], b[:n]) {
					t.Errorf("%s: %s", w.path, difference(a[:n], b[:n], block))
				}
			}
		})
	}
}

// wantLike wants sound that was decoded from its middle to differ little: what a
// decoder remembers of the frames before fades within the first ones.
func wantLike(t *testing.T, got, want []byte) {
	t.Helper()
	var noise, signal float64
	for i := 0; i+4 <= len(got); i += 4 {
		a := float64(math.Float32frombits(binary.LittleEndian.Uint32(got[i:])))
		b := float64(math.Float32frombits(binary.LittleEndian.Uint32(want[i:])))
		noise += (a - b) * (a - b)
		signal += b * b
	}
	if noise > signal/1000 {
		t.Errorf("the window is %.1f dB off the file", 10*math.Log10(noise/signal))
	}
}

func TestAWindowOfAFilmShowsItsPictures(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "film.mp4", "film.mp4")
	e := startEdge(t, root)
	v := watch(t, e, "/film.mp4/hls/5-9/master.m3u8")
	if v.video == nil || v.sound == nil {
		t.Fatal("not both")
	}
	// It begins with the sync sample before, which there is each two seconds.
	if n := v.video.list.micros(t); n < 3_900_000 || n > 6_100_000 {
		t.Errorf("the pictures last %d µs", n)
	}
	wantTimes(t, v.video, nil, false)
	wantTimes(t, v.sound, nil, false)
	wantValid(t, e, "/film.mp4/hls/5-9/master.m3u8")
	if _, err := ffmpeg(t, nil, "-threads", "1", "-i", "http://"+e.addr+"/film.mp4/hls/5-9/master.m3u8", "-f", "null", "-"); err != nil {
		t.Error(err)
	}
}

func TestAWindowThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "a.mp3", "cbr44.mp3")
	e := startEdge(t, root)
	c := connect(t, e.addr)
	c.patient("/a.mp3/hls/master.m3u8")
	for _, q := range []string{
		"from=x", "from=-1", "to=-1", "from=5&to=5", "from=9&to=5", "from=1e1", "from=NaN", "to=Inf", "from=", "from=0x5", "from=1_0", "from=+1", "from=%2B1",
		"from=1&from=2", "from=1&to=2&to=3", "from=%zz", "from=1,5", "from=1%3A30", "from=5%00", "from=99999999999999999999", "to=0",
	} {
		for _, tail := range []string{"master.m3u8", "mp3/index.m3u8", "info.json"} {
			if r := c.ask("GET", "/a.mp3/hls/"+tail+"?"+q); r.status != 400 || !strings.Contains(string(r.body), "bad_parameter") {
				t.Errorf("%s?%s: %s", tail, q, r)
			}
		}
	}
	for _, beyond := range []string{"/a.mp3/hls/master.m3u8?from=14&to=20", "/a.mp3/hls/mp3/index.m3u8?from=100", "/a.mp3/hls/100-200/master.m3u8", "/a.mp3/hls/100-200/mp3/index.m3u8"} {
		if r := c.ask("GET", beyond); r.status != 400 && r.status != 404 || r.get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", beyond, r)
		}
	}
	for _, name := range []string{"5-5", "9-5", "-5", "5-", "05-9", "5-09", "5.0-9", "5-9.50", "5.-9", ".5-9", "5-9-11", "5,5-9", "1e1-20", "5--9", "5.1234-9", "99999999999-999999999999"} {
		if r := c.ask("GET", "/a.mp3/hls/"+name+"/master.m3u8"); r.status != 404 {
			t.Errorf("%s: %s", name, r)
		}
	}
	// Other parameters are others' business.
	wantBody(t, c.fetch("/a.mp3/hls/master.m3u8?utm_source=x"), string(c.fetch("/a.mp3/hls/master.m3u8").body))
	// A window is one, however its numbers are written.
	a, b := c.fetch("/a.mp3/hls/master.m3u8?from=2&to=8"), c.fetch("/a.mp3/hls/master.m3u8?to=8.000&from=2.0&x=y")
	if a.get("ETag") != b.get("ETag") {
		t.Errorf("one window has two ETags")
	}
	whole := c.fetch("/a.mp3/hls/master.m3u8")
	if a.get("ETag") == whole.get("ETag") {
		t.Error("the window has the ETag of the whole")
	}
}
