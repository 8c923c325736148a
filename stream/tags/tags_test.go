package tags

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// read does not recover, as [Limits.Read] does.
func read(b []byte, l Limits) Tags {
	p := newParser(l)
	p.parse(newInput(&meter{r: bytes.NewReader(b), left: l.Bytes}, int64(len(b))))
	return p.result()
}

// picture is of a file that lies in memory.
func picture(b []byte) (Picture, error) {
	return defaultLimits.Picture(bytes.NewReader(b), int64(len(b)))
}

func TestEveryContainerGivesItsTags(t *testing.T) {
	for name, s := range samples() {
		t.Run(name, func(t *testing.T) {
			want := Tags{Title: "Tït", Artist: "Ann", Album: "Café", Number: 3, Year: 2024, Picture: s.picture != nil}
			got := read(s.file, defaultLimits)
			if got.Gain = nil; got != want {
				t.Fatalf("tags = %+v, want %+v", got, want)
			}
			a, err := picture(s.file)
			if s.picture == nil {
				if !errors.Is(err, ErrNoPicture) {
					t.Fatalf("picture: %v, want ErrNoPicture", err)
				}
				return
			}
			// ID3v2.4 without a length indicator may leave padding behind.
			if err != nil || !bytes.HasPrefix(a.Data, s.picture) || len(bytes.Trim(a.Data[len(s.picture):], "\x00")) > 0 {
				t.Fatalf("picture: %d bytes, %v, want %d", len(a.Data), err, len(s.picture))
			}
			if want := PictureType(s.picture); a.Type != want || want == "" {
				t.Fatalf("content type %q, want %q", a.Type, want)
			}
		})
	}
}

func TestTruncatedFilesGiveWhatIsLeft(t *testing.T) {
	for name, s := range samples() {
		for n := range len(s.file) {
			if n > 500 && n%197 != 0 {
				continue
			}
			tg := read(s.file[:n], defaultLimits)
			if strings.ContainsRune(tg.Title, utf8.RuneError) && !strings.HasSuffix(name, "v1.mp3") {
				t.Fatalf("%s cut to %d: title %q", name, n, tg.Title)
			}
			if !tg.Picture {
				continue
			}
			if _, err := picture(s.file[:n]); err != nil {
				t.Fatalf("%s cut to %d: a picture was promised: %v", name, n, err)
			}
		}
	}
}

// sparse is a file of head, then zeros up to any size.
type sparse struct{ head []byte }

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(s.head)) {
		copy(p, s.head[off:])
	}
	return len(p), nil
}

// looped is a file of one pattern over and over behind its head.
type looped struct{ head, pattern []byte }

func (l looped) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		if at := off + int64(i); at < int64(len(l.head)) {
			p[i] = l.head[at]
		} else {
			p[i] = l.pattern[(at-int64(len(l.head)))%int64(len(l.pattern))]
		}
	}
	return len(p), nil
}

func TestLyingLengthsCostNoMemory(t *testing.T) {
	const huge = int64(1) << 40
	huge32 := "\xff\xff\xff\xff"
	block := func(b []byte) []byte { return cat("METADATA_BLOCK_PICTURE=", base64.StdEncoding.EncodeToString(b)) }
	lie := cat(be32(3), be32(0), be32(0), make([]byte, 16), huge32, jpegPicture)
	mp3Bytes := cat("\xff\xfb\x90\x00", make([]byte, 600))
	items := bytes.Repeat(cat(le32(0), le32(0), "Title", 0), 100_000)
	manyItems := bytes.NewReader(cat(mp3Bytes, items, "APETAGEX", le32(2000), le32(len(items)+32), huge32, le32(0), make([]byte, 8)))
	nested := bytes.Repeat([]byte("\x00\x00\x00\x08moov"), 1000)
	for name, f := range map[string]struct {
		r    io.ReaderAt
		size int64
	}{
		"id3 size":           {sparse{cat("ID3\x03\x00\x00\x7f\x7f\x7f\x7fTIT2", huge32, "\x00\x00\x00x")}, 300},
		"id3 frame":          {sparse{cat("ID3\x03\x00\x00\x7f\x7f\x7f\x7fTIT2\x0f\xff\xff\x00\x00\x00\x00x")}, huge},
		"id3 picture":        {sparse{cat("ID3\x03\x00\x00\x7f\x7f\x7f\x7fAPIC\x0f\x00\x00\x00\x00\x00\x00a\x00\x03\x00", jpegPicture)}, huge},
		"id3 extended":       {sparse{cat("ID3\x03\x00\x40\x7f\x7f\x7f\x7f", huge32)}, huge},
		"id3 stuffed":        {looped{cat("ID3\x03\x00\x80\x7f\x7f\x7f\x7f"), cat("TIT2\x00\x00\x00\x01\x00\x00A")}, huge},
		"id3 many frames":    {looped{cat("ID3\x04\x00\x00\x7f\x7f\x7f\x7f"), cat("TIT2\x00\x00\x00\x01\x00\x00A")}, huge},
		"id3 empty frames":   {looped{cat("ID3\x02\x00\x00\x7f\x7f\x7f\x7f"), cat("TT2\x00\x00\x00")}, huge},
		"id3 stuffed frames": {looped{cat("ID3\x04\x00\x80\x7f\x7f\x7f\x7f"), cat("APIC\x00\x00\x10\x00\x00\x00", make([]byte, 2048))}, huge},
		"flac comment":       {sparse{cat("fLaC\x84\xff\xff\xff", huge32)}, huge},
		"flac count":         {sparse{cat("fLaC\x84\xff\xff\xff", le32(0), huge32)}, huge},
		"flac text":          {sparse{cat("fLaC\x84\xff\xff\xff", le32(0), le32(1), le32(0xfffff0), "TITLE=")}, huge},
		"flac picture":       {sparse{cat("fLaC\x86\xff\xff\xff", lie)}, huge},
		"flac blocks":        {looped{[]byte("fLaC"), []byte("\x04\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00")}, huge},
		"ogg picture":        {bytes.NewReader(oggBytes(1, []byte("OpusHead"), cat("OpusTags", commentBytes(string(block(lie)))))), 20_000},
		"ogg endless":        {looped{oggBytes(1, []byte("OpusHead")), cat("OggS", 0, 0, make([]byte, 8), le32(1), make([]byte, 8), 1, 255, make([]byte, 255))}, huge},
		"ogg empty pages":    {looped{oggBytes(1, []byte("OpusHead")), cat("OggS", 0, 0, make([]byte, 8), le32(1), make([]byte, 8), 0)}, huge},
		"ogg strangers":      {looped{oggBytes(1, []byte("OpusHead")), oggBytes(2, []byte("x"))}, huge},
		"mp4 atom":           {sparse{cat("\x00\x00\x00\x0cftypM4A \x00\x00\x00\x01moov", bytes.Repeat([]byte{0xff}, 8))}, huge},
		"mp4 text":           {sparse{mp4Bytes(cat(huge32, "\xa9nam", huge32, "data\x00\x00\x00\x01"))}, huge},
		"mp4 picture":        {sparse{mp4Bytes(cat(huge32, "covr", huge32, "data\x00\x00\x00\x01\x00\x00\x00\x00", jpegPicture))}, huge},
		"mp4 nested":         {bytes.NewReader(cat("\x00\x00\x00\x0cftypM4A ", nested)), int64(12 + len(nested))},
		"mp4 many atoms":     {looped{cat("\x00\x00\x00\x0cftypM4A "), []byte("\x00\x00\x00\x08free")}, huge},
		"ape size":           {bytes.NewReader(cat(mp3Bytes, "APETAGEX", le32(2000), huge32, huge32, le32(0), make([]byte, 8))), int64(len(mp3Bytes) + 32)},
		"ape count":          {bytes.NewReader(cat(mp3Bytes, "APETAGEX", le32(2000), le32(532), huge32, le32(0), make([]byte, 8))), int64(len(mp3Bytes) + 32)},
		"ape many items":     {manyItems, int64(manyItems.Len())},
		"wav chunks":         {looped{[]byte("RIFF....WAVE"), []byte("LIST\x04\x00\x00\x00INFO")}, huge},
		"aiff chunks":        {looped{[]byte("FORM....AIFF"), cat("ID3 \x00\x00\x00\x0aID3\x03\x00\x80\x7f\x7f\x7f\x7f")}, huge},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			p := newParser(defaultLimits)
			m := &meter{r: f.r, left: defaultLimits.Bytes}
			p.parse(newInput(m, f.size))
			_, err := defaultLimits.Picture(f.r, f.size)
			runtime.ReadMemStats(&after)
			allocated := after.TotalAlloc - before.TotalAlloc
			if want := uint64(64 << 20); allocated > want {
				t.Errorf("allocated %d bytes, want at most %d", allocated, want)
			}
			if m.left < 0 {
				t.Errorf("read %d bytes, want at most %d", defaultLimits.Bytes-m.left, defaultLimits.Bytes)
			}
			t.Logf("allocated %d KiB, read %d KiB, %v, picture: %v", allocated>>10, (defaultLimits.Bytes-m.left)>>10, time.Since(start), err)
		})
	}
}

func TestPicturesAreKnownByTheirBytes(t *testing.T) {
	f := func(data, want string) {
		t.Helper()
		file := flacBytes(flacBlock(6, pictureBytes(3, []byte(data+strings.Repeat(" ", 100)))))
		a, err := picture(file)
		if a.Type != want || (err == nil) != (want != "") {
			t.Errorf("%.10q: %q, %v, want %q", data, a.Type, err, want)
		}
	}
	f("\xff\xd8\xff\xe1", "image/jpeg")
	f("\x89PNG\r\n\x1a\n", "image/png")
	f("GIF89a", "image/gif")
	f("RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp")
	f("RIFF\x10\x00\x00\x00WAVEfmt ", "")
	f("<svg xmlns='http://www.w3.org/2000/svg'>", "")
	f("https://example.org/cover.jpg", "")
	f("BM", "")
}

func TestPicturesBeyondTheLimitAreSkipped(t *testing.T) {
	limits := defaultLimits
	limits.MaxPicture = 1000
	for name, s := range samples() {
		if read(s.file, limits).Picture {
			t.Errorf("%s: has a picture", name)
		}
	}
}

func TestTextIsRepaired(t *testing.T) {
	f := func(enc byte, in, want string) {
		t.Helper()
		if got := decode(enc, []byte(in)); got != want {
			t.Errorf("decode(%d, %q) = %q, want %q", enc, in, got, want)
		}
	}
	f(encUTF8, "  a\r\nb\t", "a  b")
	f(encUTF8, "a\x00b", "a")
	f(encUTF8, "Caf\xe9", "Café")
	f(encUTF8, "Don\x92t", "Don’t")
	f(encUTF8, "Café \xff", "Café \ufffd")
	f(encLatin, "Café", "Café")
	f(encLatin, "Caf\xe9", "Café")
	f(encUTF16, "\xfe\xff\x00a\x00b", "ab")
	f(encUTF16, "a\x00b\x00\x00\x00c\x00", "ab")
	f(encUTF16, "\xff\xfe\x00\xd8", "\ufffd")
	f(encUTF16BE, "\x00a\x00", "a")
	f(9, "plain", "plain")
	f(encUTF8, strings.Repeat("é", 600), strings.Repeat("é", 512))
	f(encUTF8, strings.Repeat("é", maxText/2-1)+"\xc3", strings.Repeat("é", 512))
	f(encUTF8, "x"+strings.Repeat("😀", 511)+"\xf0\x9f\x98", "x"+strings.Repeat("😀", 511))
	f(encUTF8, "", "")
}

func TestDiskErrorsAreNotTagsOfNothing(t *testing.T) {
	bad := errors.New("bad sector")
	r := readerAt(func([]byte, int64) (int, error) { return 0, bad })
	if _, err := Read(r, 1000); !errors.Is(err, bad) {
		t.Fatalf("err = %v, want %v", err, bad)
	}
	if _, err := defaultLimits.Picture(r, 1000); !errors.Is(err, bad) {
		t.Fatalf("picture: err = %v, want %v", err, bad)
	}
}

type readerAt func([]byte, int64) (int, error)

func (f readerAt) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

func TestPanicCostsOneTrackItsTags(t *testing.T) {
	r := readerAt(func([]byte, int64) (int, error) { panic("a bug") })
	if tg, err := Read(r, 1000); tg != (Tags{}) || err != nil {
		t.Errorf("tags = %+v, %v", tg, err)
	}
	if _, err := defaultLimits.Picture(r, 1000); !errors.Is(err, ErrNoPicture) {
		t.Errorf("picture: %v", err)
	}
}

func FuzzTags(f *testing.F) {
	for _, s := range samples() {
		f.Add(s.file)
	}
	f.Add(cat("ID3\x04\x00\x80\x7f\x7f\x7f\x7fAPIC\x00\x00\x00\x20\x00\x03", make([]byte, 40)))
	limits := Limits{Bytes: 1 << 20, MaxPicture: 64 << 10}
	f.Fuzz(func(t *testing.T, b []byte) {
		tg := read(b, limits)
		for _, s := range []string{tg.Title, tg.Artist, tg.Album, tg.AlbumArtist, tg.ITunSMPB} {
			if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxRunes || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
				t.Fatalf("text %q", s)
			}
		}
		if tg.Number < 0 || tg.Number > 65535 || tg.Year < 0 || tg.Year > 9999 {
			t.Fatalf("number %d, year %d", tg.Number, tg.Year)
		}
		if g := tg.Gain; g != nil && (g.isEmpty() || math.Abs(g.Track) > maxGain || math.Abs(g.Album) > maxGain || g.TrackPeak <= 0 || g.AlbumPeak <= 0) {
			t.Fatalf("gain %+v", *g)
		}
		p := newParser(limits)
		m := &meter{r: bytes.NewReader(b), left: limits.Bytes}
		p.parse(newInput(m, int64(len(b))))
		if (p.pic.src != nil) != tg.Picture {
			t.Fatal("a picture is there only sometimes")
		}
		if p.pic.src != nil {
			if p.pic.size > limits.MaxPicture {
				t.Fatalf("picture of %d bytes", p.pic.size)
			}
			m.left = limits.Bytes
			_ = p.pic.src.read(make([]byte, p.pic.size), p.pic.off)
		}
		// And by every way in: what the first bytes decide is not for luck to find.
		in := newInput(&meter{r: bytes.NewReader(b), left: limits.Bytes}, int64(len(b)))
		q := newParser(limits)
		q.comments(in, 0, in.size)
		q.ape(in)
		q.pictureBlock(in, 0, in.size)
		q.item(in, box{kind: [4]byte{'c', 'o', 'v', 'r'}, next: in.size})
		q.chunks(in, 0, in.size, binary.BigEndian, func(string, int64, int64) {})
		for v := byte(2); v <= 4; v++ {
			(&id3Tag{parser: q, version: v, unsynced: len(b)%2 == 0}).frames(in, 0, in.size)
		}
	})
}

func BenchmarkTags(b *testing.B) {
	for name, s := range samples() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read(s.file, defaultLimits)
			}
		})
	}
}
