package hls

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/grafov/m3u8"
	"go.uber.org/goleak"

	"segue/stream/container"
	"segue/stream/origin"
	"segue/testdata"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// music are the demo pieces: FLAC, MP3 and AAC in MP4.
func music(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := fs.WalkDir(testdata.Music, "music", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := testdata.Music.ReadFile(name)
		all[filepath.Ext(name)[1:]] = b
		return err
	})
	if err != nil || len(all) != 3 {
		t.Fatal(len(all), err)
	}
	return all
}

func media(t testing.TB, b []byte) *Media {
	t.Helper()
	x, err := container.Open(t.Context(), bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(x, "")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// content is the segment as it is sent.
func content(s *Segment, file []byte) []byte {
	var out []byte
	for _, e := range s.Extents {
		if e.Mem != nil {
			out = append(out, e.Mem...)
		} else {
			out = append(out, file[e.Off:e.Off+e.Len]...)
		}
	}
	return out
}

func cut(t testing.TB, r *Rendition, file []byte, n int, base int64) []byte {
	t.Helper()
	s, err := r.cut(context.Background(), bytes.NewReader(file), n, base)
	if err != nil {
		t.Fatalf("segment %d: %v", n, err)
	}
	b := content(s, file)
	if int64(len(b)) != s.Size {
		t.Fatalf("segment %d has %d bytes and says %d", n, len(b), s.Size)
	}
	return b
}

func TestSegmentsAreAsLongAsThePlaylistCountsOn(t *testing.T) {
	for name, file := range music(t) {
		m := media(t, file)
		for _, r := range m.Renditions {
			var sum int64
			peak := 0.0
			for n := range r.Segments() {
				s := r.ref(n)
				b := cut(t, r, file, n, 0)
				if want := r.size(&s); int64(len(b)) != want {
					t.Errorf("%s segment %d: %d bytes, size says %d", name, n, len(b), want)
				}
				sum += int64(len(b))
				peak = max(peak, float64(len(b)*8)/r.Durations()[n])
			}
			if sum != r.Bytes {
				t.Errorf("%s: %d bytes, Bytes says %d", name, sum, r.Bytes)
			}
			if math.Abs(peak-float64(r.Bandwidth)) > 2 {
				t.Errorf("%s: BANDWIDTH %d, measured %.0f", name, r.Bandwidth, peak)
			}
		}
	}
}

func TestPlaylistsAreReadByAnotherParser(t *testing.T) {
	for name, file := range music(t) {
		m := media(t, file)
		p, kind, err := m3u8.DecodeFrom(bytes.NewReader(m.Master.Body), true)
		if err != nil || kind != m3u8.MASTER {
			t.Fatalf("%s: %v %v\n%s", name, kind, err, m.Master.Body)
		}
		v := p.(*m3u8.MasterPlaylist).Variants
		r := m.Renditions[0]
		if len(v) != 1 || v[0].URI != r.Name+"/index.m3u8" || int64(v[0].Bandwidth) != r.Bandwidth || int64(v[0].AverageBandwidth) != r.Average {
			t.Errorf("%s: %s", name, m.Master.Body)
		}
		p, kind, err = m3u8.DecodeFrom(bytes.NewReader(r.Playlist.Body), true)
		if err != nil || kind != m3u8.MEDIA {
			t.Fatalf("%s: %v %v", name, kind, err)
		}
		l := p.(*m3u8.MediaPlaylist)
		if !l.Closed || l.MediaType != m3u8.VOD || int(l.Count()) != r.Segments() {
			t.Errorf("%s: closed %v, type %v, %d segments of %d", name, l.Closed, l.MediaType, l.Count(), r.Segments())
		}
		var sum float64
		for _, s := range l.Segments[:l.Count()] {
			sum += s.Duration
			if math.Round(s.Duration) > l.TargetDuration {
				t.Errorf("%s: a segment of %f s above the target of %f s", name, s.Duration, l.TargetDuration)
			}
		}
		p0 := r.parts[0]
		if want := float64(p0.duration) / float64(p0.run.Rate); math.Abs(sum-want) > 1e-6*2 {
			t.Errorf("%s: EXTINF add up to %f, there are %f s", name, sum, want)
		}
	}
}

func TestSegmentsHoldTheFramesOfTheFile(t *testing.T) {
	for name, file := range music(t) {
		m := media(t, file)
		r := m.Renditions[0]
		var frames, source []byte
		for n := range r.Segments() {
			b := cut(t, r, file, n, 0)
			if r.Packed() {
				frames = append(frames, b[timestampSize:]...)
			} else {
				at := bytes.Index(b, []byte("mdat"))
				frames = append(frames, b[at+4:]...)
			}
			s := r.ref(n)
			f, err := r.frames(t.Context(), bytes.NewReader(file), &s)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range f.Extents {
				source = append(source, file[e.Off:e.Off+e.Len]...)
			}
		}
		if !bytes.Equal(frames, source) || len(frames) == 0 {
			t.Errorf("%s: %d bytes of frames, the file has %d", name, len(frames), len(source))
		}
	}
}

func TestFragmentsAreReadByAnotherParser(t *testing.T) {
	for name, file := range music(t) {
		m := media(t, file)
		r := m.Renditions[0]
		if r.Packed() {
			continue
		}
		head := content(r.header(0), file)
		next := uint64(0)
		for n := range r.Segments() {
			f, err := mp4.DecodeFile(bytes.NewReader(slices.Concat(head, cut(t, r, file, n, 0))))
			if err != nil {
				t.Fatalf("%s segment %d: %v", name, n, err)
			}
			if f.Init == nil || len(f.Segments) != 1 || len(f.Segments[0].Fragments) != 1 {
				t.Fatalf("%s segment %d: %d segments", name, n, len(f.Segments))
			}
			frag := f.Segments[0].Fragments[0]
			samples, err := frag.GetFullSamples(f.Init.Moov.Mvex.Trex)
			if err != nil {
				t.Fatal(err)
			}
			if len(frag.Moof.Trafs) != 1 || len(frag.Moof.Traf.Truns) != 1 {
				t.Errorf("%s segment %d: not one traf and one trun", name, n)
			}
			for i, s := range samples {
				if s.DecodeTime != next {
					t.Fatalf("%s segment %d sample %d: time %d, want %d", name, n, i, s.DecodeTime, next)
				}
				next += uint64(s.Dur)
			}
		}
		if next != uint64(r.parts[0].duration) {
			t.Errorf("%s: %d samples long, want %d", name, next, r.parts[0].duration)
		}
	}
}

func TestOutputDependsOnTheBytesAlone(t *testing.T) {
	for name, file := range music(t) {
		a, b := media(t, file), media(t, bytes.Clone(file))
		ra, rb := a.Renditions[0], b.Renditions[0]
		if a.Version != b.Version || !bytes.Equal(a.Master.Body, b.Master.Body) || !bytes.Equal(a.Master.Gzip, b.Master.Gzip) || !bytes.Equal(ra.Playlist.Body, rb.Playlist.Body) {
			t.Errorf("%s: two texts", name)
		}
		for n := range ra.Segments() {
			if !bytes.Equal(cut(t, ra, file, n, 0), cut(t, rb, file, n, 0)) {
				t.Errorf("%s: two segments %d", name, n)
			}
		}
	}
}

func TestTimestampIsAppleS(t *testing.T) {
	f := func(sample, rate int64, want uint64) {
		t.Helper()
		b := appendTimestamp(nil, sample, rate)
		if len(b) != 73 || string(b[:10]) != "ID3\x04\x00\x00\x00\x00\x00\x3f" || string(b[10:20]) != "PRIV\x00\x00\x00\x35\x00\x00" ||
			string(b[20:65]) != "com.apple.streaming.transportStreamTimestamp\x00" {
			t.Errorf("%q", b)
		}
		if got := binary.BigEndian.Uint64(b[65:]); got != want {
			t.Errorf("sample %d at %d: %d, want %d", sample, rate, got, want)
		}
	}
	f(0, 44100, 0)
	f(44100, 44100, 90000)
	f(1152, 44100, 2351)       // 2351.02
	f(1152*100, 44100, 235102) // not 100 times 2351
	// The clock of 33 bits starts anew after 26 and a half hours.
	f(1<<33/90000*48000, 48000, 1<<33/90000*90000)
	f(96000*3600*48000/48000, 48000, (96000*3600*90000/48000)&(1<<33-1))
}

func TestTimeIsExactHoweverLong(t *testing.T) {
	f := func(at, rate, want int64) {
		t.Helper()
		if got := micros(at, rate); got != want {
			t.Errorf("micros(%d, %d) = %d, want %d", at, rate, got, want)
		}
	}
	f(0, 44100, 0)
	f(1, 44100, 23) // 22.68
	f(44100*1000, 44100, 1e9)
	f(192000*1_000_000_000+1, 192000, 1_000_000_000_000_005)
}

func TestWindowHoldsWhatSoundsThen(t *testing.T) {
	for name, file := range music(t) {
		m := media(t, file)
		full := m.Renditions[0]
		w, err := m.Window(t.Context(), bytes.NewReader(file), Span{10_000, 20_500})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		r := w.Renditions[0]
		run := full.parts[0].run
		frame := float64(run.FrameSamples) / float64(run.Rate)
		got := float64(r.parts[0].duration-r.parts[0].delay-r.parts[0].padding) / float64(run.Rate)
		if math.Abs(got-10.5) > 3.1*frame {
			t.Errorf("%s: %f s of sound, want 10.5", name, got)
		}
		var bytesOf []byte
		for n := range r.Segments() {
			s := r.ref(n)
			b := cut(t, r, file, n, 0)
			if int64(len(b)) != r.size(&s) {
				t.Errorf("%s segment %d: %d bytes, size says %d", name, n, len(b), r.size(&s))
			}
			if d := r.Durations()[n]; n < r.Segments()-1 && d < 0.5 {
				t.Errorf("%s segment %d lasts %f s", name, n, d)
			}
			if r.Packed() {
				bytesOf = append(bytesOf, b[timestampSize:]...)
			}
		}
		if !bytes.Contains(file, bytesOf) { // frames as they stand, in order
			t.Errorf("%s: frames that the file does not hold so", name)
		}
		if !strings.Contains(string(w.Master.Body), "10-20.5/"+r.Name+"/index.m3u8") || !strings.Contains(string(w.MasterInside.Body), "\n"+r.Name+"/index.m3u8") {
			t.Errorf("%s: %s", name, w.Master.Body)
		}
		if _, err := m.Window(t.Context(), bytes.NewReader(file), Span{3600_000, 3700_000}); err == nil {
			t.Errorf("%s: a window behind the end", name)
		}
	}
}

func TestAlbumGoesOnOnlyWhereNothingWasAdded(t *testing.T) {
	all := music(t)
	flac := media(t, all["flac"])
	track := func(path string, m *Media) AlbumTrack {
		return AlbumTrack{Path: path, Name: filepath.Base(path), Media: m}
	}
	a, err := Join("x", []AlbumTrack{track("/a/1 a.flac", flac), track("/a/2.flac", flac)})
	if err != nil {
		t.Fatal(err)
	}
	text := string(a.Playlist.Body)
	if strings.Contains(text, "DISCONTINUITY") || strings.Count(text, "EXT-X-MAP") != 1 {
		t.Errorf("FLAC does not go on:\n%s", text)
	}
	duration := flac.Renditions[0].parts[0].duration
	if want := fmt.Sprintf("../2.flac/hls/flac/%s/0-%d.m4s\n", flac.Version, duration); !strings.Contains(text, want) {
		t.Errorf("no %s in\n%s", want, text)
	}
	if !strings.Contains(text, "../1%20a.flac/hls/flac/"+flac.Version+"/0.m4s\n") {
		t.Errorf("%s", text)
	}
	// The moved segment begins where the first track ended.
	b := cut(t, flac.Renditions[0], all["flac"], 0, duration)
	at := bytes.Index(b, []byte("tfdt"))
	if got := binary.BigEndian.Uint64(b[at+8:]); got != uint64(duration) {
		t.Errorf("begins at %d, want %d", got, duration)
	}
	m4a := media(t, all["m4a"])
	mp3 := media(t, all["mp3"])
	a, err = Join("x", []AlbumTrack{track("/a/1.m4a", m4a), track("/a/2.m4a", m4a), track("/a/3.flac", flac), track("/a/4.mp3", mp3)})
	if err != nil {
		t.Fatal(err)
	}
	text = string(a.Playlist.Body)
	if strings.Count(text, "EXT-X-DISCONTINUITY\n") != 2 || strings.Count(text, "EXT-X-MAP") != 3 || strings.Contains(text, "4.mp3") {
		t.Errorf("%s", text)
	}
	var info albumJSON
	if err := json.Unmarshal(a.Info.Body, &info); err != nil || len(info.LeftOut) != 1 || info.LeftOut[0].Path != "/a/4.mp3" || len(info.Tracks) != 3 {
		t.Errorf("%v %s", err, a.Info.Body)
	}
	if _, err := Join("x", []AlbumTrack{{Path: "/t", Err: &container.Error{Kind: container.ErrNotMedia, Reason: "r"}}}); err == nil {
		t.Error("an album of nothing")
	}
}

// A rig is a store over a folder of its own.
type rig struct {
	*Store
	t      testing.TB
	folder *origin.Folder
	dir    string
	cfg    StoreConfig
}

func newRig(t testing.TB, change func(*StoreConfig)) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir()}
	var err error
	if r.folder, err = origin.OpenFolder(r.dir, origin.FolderConfig{MaxFiles: 16, InlineBytes: 1 << 10, MemoryBytes: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.folder.Close() })
	r.cfg = StoreConfig{Memory: 8 << 20, Dir: t.TempDir(), Disk: 1 << 30, Wait: 10 * time.Second, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&r.cfg)
	}
	r.restart()
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func (r *rig) restart() {
	r.t.Helper()
	if r.Store != nil {
		if err := r.Close(); err != nil {
			r.t.Fatal(err)
		}
	}
	s, err := NewStore(r.cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	r.Store = s
}

func (r *rig) write(name string, b []byte) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, name), b, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) open(name string) (*Media, *origin.File, error) {
	r.t.Helper()
	f, err := r.folder.Open([]byte("/"+name), 0)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(f.Release)
	m, err := r.Open([]byte("/"+name), f)
	return m, f, err
}

func TestManyRequestsMakeOneIndex(t *testing.T) {
	r := newRig(t, nil)
	r.write("a.mp3", music(t)["mp3"])
	f, err := r.folder.Open([]byte("/a.mp3"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if _, err := r.Open([]byte("/a.mp3"), f); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := r.Stats().Indexed.Load(); n != 1 {
		t.Errorf("%d indexes", n)
	}
}

func TestIndexesOutliveTheProcessAndDamage(t *testing.T) {
	r := newRig(t, nil)
	r.write("a.mp3", music(t)["mp3"])
	m, _, err := r.open("a.mp3")
	if err != nil {
		t.Fatal(err)
	}
	r.restart()
	again, f, err := r.open("a.mp3")
	if err != nil || r.Stats().Loaded.Load() != 1 || r.Stats().Indexed.Load() != 0 || again.Version != m.Version || !bytes.Equal(again.Master.Body, m.Master.Body) {
		t.Fatalf("%v: %d loaded", err, r.Stats().Loaded.Load())
	}
	name := r.disk.indexFile("/a.mp3", f.ETag)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, damage := range []func([]byte) []byte{
		func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		func(b []byte) []byte { return b[:len(b)-1] },
		func(b []byte) []byte { return b[:5] },
		func([]byte) []byte { return nil },
		func(b []byte) []byte { return append([]byte("segue index 0\n"), b[len(magic):]...) },
	} {
		if err := os.WriteFile(name, damage(bytes.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		r.restart()
		again, _, err := r.open("a.mp3")
		if err != nil || r.Stats().Loaded.Load() != 0 || r.Stats().Indexed.Load() != 1 || again.Version != m.Version {
			t.Errorf("damaged: %v, %d loaded", err, r.Stats().Loaded.Load())
		}
		if b, err := os.ReadFile(name); err != nil || !bytes.Equal(b, whole) {
			t.Errorf("not written again: %v", err)
		}
	}
}

// wav is some seconds of noise.
func wav(seconds int) []byte {
	n := seconds * 44100 * 2
	b := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x44\xac\x00\x00\x88\x58\x01\x00\x02\x00\x10\x00data"), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(b[4:], uint32(36+n))
	binary.LittleEndian.PutUint32(b[40:], uint32(n))
	v := uint32(1)
	for range n / 2 {
		v = v*1664525 + 1013904223
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(v>>16)/4))
	}
	return b
}

func TestConversionsThatAreDamagedAreMadeAgain(t *testing.T) {
	r := newRig(t, nil)
	r.write("a.wav", wav(20))
	m, _, err := r.open("a.wav")
	if err != nil || m.Format != "wav" {
		t.Fatal(err)
	}
	name := filepath.Join(r.cfg.Dir, pcmDir, m.converted)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	hurt := bytes.Clone(whole)
	copy(hurt[len(hurt)/2:], "damaged")
	// Between two processes, with the index and without.
	for _, index := range []bool{true, false} {
		if err := os.WriteFile(name, hurt, 0o600); err != nil {
			t.Fatal(err)
		}
		if !index {
			if err := os.RemoveAll(filepath.Join(r.cfg.Dir, indexDir)); err != nil {
				t.Fatal(err)
			}
		}
		r.restart()
		again, _, err := r.open("a.wav")
		if err != nil || again.Version != m.Version {
			t.Fatalf("%v, version %s, want %s", err, again.Version, m.Version)
		}
		if b, _ := os.ReadFile(name); !bytes.Equal(b, whole) {
			t.Error("not made again")
		}
	}
	// Under a process that has it in memory.
	if err := os.WriteFile(name, hurt, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := r.folder.Open([]byte("/a.wav"), 0)
	if err != nil {
		t.Fatal(err)
	}
	m, err = r.Open([]byte("/a.wav"), f)
	if err != nil {
		t.Fatal(err)
	}
	src, err := r.Source(m, []byte("/a.wav"), f, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Release()
	rend := m.Renditions[0]
	failed := false
	for n := range rend.Segments() {
		var p *PendingError
		if _, err := r.Segment(rend, n, 0, src); err != nil {
			failed = true
			if !errors.As(err, &p) {
				t.Errorf("segment %d: %v", n, err)
			}
		}
	}
	if _, err := os.Stat(name); failed && err == nil {
		t.Error("the damaged one is still there")
	}
}

func TestFoldersOfKilledProcessesAreRemoved(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	killed := filepath.Join(os.TempDir(), "segue-hls-1")
	if err := os.MkdirAll(killed, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(killed, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	living, err := openDisk("", 1)
	if err != nil {
		t.Fatal(err)
	}
	other, err := openDisk("", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(killed); err == nil {
		t.Error("the killed one's is there")
	}
	if _, err := os.Stat(living.dir); err != nil {
		t.Error("the living one's is gone")
	}
	for _, d := range []*disk{living, other} {
		if err := d.close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(d.dir); err == nil {
			t.Error("it stays")
		}
	}
}

func FuzzIndexFile(f *testing.F) {
	f.Add([]byte(magic))
	f.Add(encode(&record{Path: "/a", Index: &container.Index{Format: container.MP3}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if rec := decode(b); rec != nil && rec.Index == nil {
			t.Error("a record of nothing")
		}
	})
}

func TestRefusalsAreRemembered(t *testing.T) {
	r := newRig(t, nil)
	r.write("a.mp3", []byte(strings.Repeat("no media at all ", 1000)))
	for range 3 {
		if _, _, err := r.open("a.mp3"); err == nil {
			t.Fatal("text was packaged")
		}
	}
	if n := r.Stats().NotMedia.Load(); n != 1 {
		t.Errorf("read %d times", n)
	}
}

func TestSlowWalkAnswersPending(t *testing.T) {
	r := newRig(t, func(c *StoreConfig) { c.Wait = 1 })
	r.write("a.mp3", music(t)["mp3"])
	for {
		_, _, err := r.open("a.mp3")
		if err == nil {
			break // the walk went on
		}
		var p *PendingError
		if p, _ = err.(*PendingError); p == nil || p.RetryAfter < time.Second {
			t.Fatal(err)
		}
	}
	if r.Stats().Indexed.Load() != 1 {
		t.Error("more than one walk")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	r := newRig(t, func(c *StoreConfig) { c.Memory = 200 << 10 })
	r.write("a.flac", music(t)["flac"])
	m, f, err := r.open("a.flac")
	if err != nil {
		t.Fatal(err)
	}
	rend := m.Renditions[0]
	for i := range 2000 {
		if _, err := r.Segment(rend, i%rend.Segments(), int64(i), f); err != nil {
			t.Fatal(err)
		}
	}
	if _, n := r.Size(); n > 200<<10 {
		t.Errorf("%d bytes", n)
	}
	if n := len(r.shifted.segs); n > 400 {
		t.Errorf("%d moved segments", n)
	}
}

func TestHitsAllocateNothing(t *testing.T) {
	r := newRig(t, nil)
	r.write("a.mp3", music(t)["mp3"])
	m, f, err := r.open("a.mp3")
	if err != nil {
		t.Fatal(err)
	}
	rend := m.Renditions[0]
	path := []byte("/a.mp3")
	if _, err := r.Segment(rend, 3, 0, f); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		m, err := r.Open(path, f)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Segment(m.Renditions[0], 3, 0, f); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAnHourOfMusicTakesLittleMemory(t *testing.T) {
	// An hour of cuts and playlist, as every format keeps them.
	run := container.Run{Config: container.Config{Codecs: "mp4a.40.34", SampleRate: 44100, FrameSamples: 1152}, Rate: 44100}
	for k := range int64(601) {
		run.Cuts = append(run.Cuts, container.Cut{Frame: k * 230, Time: k * 230 * 1152, Bytes: k * 240000, Offset: k * 240000})
	}
	last := run.Cuts[600]
	run.Frames, run.Duration = last.Frame, last.Time
	m, err := New(&container.Index{Format: container.MP3, Audio: &container.Track{Codec: container.CodecMP3, Runs: []container.Run{run}}}, "")
	if err != nil {
		t.Fatal(err)
	}
	if n := m.bytes(); n > 100_000 {
		t.Errorf("%d bytes", n)
	}
}

// A film cut without coding anew begins with pictures that its edit list hides.
func TestSoundWaitsForPicturesThatLeadUp(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("ffmpeg is missing")
		}
		t.Skip("ffmpeg is missing")
	}
	dir := t.TempDir()
	film, part := filepath.Join(dir, "film.mp4"), filepath.Join(dir, "part.mp4")
	for _, args := range [][]string{
		{"-f", "lavfi", "-i", "testsrc=d=10:s=64x48:r=25", "-f", "lavfi", "-i", "sine=d=10", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-c:a", "aac", film},
		{"-ss", "3.3", "-i", film, "-c", "copy", part},
	} {
		if out, err := exec.CommandContext(t.Context(), ffmpeg, append([]string{"-v", "error", "-nostdin", "-y", "-threads", "1"}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	file, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	m := media(t, file)
	pictures, sound := m.Renditions[0], m.Renditions[1]
	p, s := &pictures.parts[0], &sound.parts[0]
	lead := float64(p.ahead) / float64(p.run.Rate)
	if lead < 1 || lead > 1.5 || math.Abs(float64(s.lead)/float64(s.run.Rate)-lead) > 0.001 {
		t.Errorf("pictures lead by %f s, sound waits %d samples", lead, s.lead)
	}
	f, err := mp4.DecodeFile(bytes.NewReader(slices.Concat(content(pictures.header(0), file), cut(t, pictures, file, 0, 0))))
	if err != nil {
		t.Fatal(err)
	}
	samples, err := f.Segments[0].Fragments[0].GetFullSamples(f.Init.Moov.Mvex.Trex)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range samples {
		if x.PresentationTime() < 0 || i == 0 && x.PresentationTime() != 0 {
			t.Errorf("picture %d is shown at %d", i, x.PresentationTime())
		}
	}
}
