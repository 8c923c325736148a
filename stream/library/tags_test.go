package library

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"
)

var testConfig = Config{PageSize: 200, TagBytes: 24 << 20, CacheEntries: 1000, MaxArtwork: 16 << 20}

type fakeInfo struct {
	fs.FileInfo
	size int64
}

func (i fakeInfo) Size() int64        { return i.size }
func (i fakeInfo) ModTime() time.Time { return time.Unix(1, 0) }

func fileOf(r io.ReaderAt, size int64) *file {
	return &file{ReaderAt: r, closer: io.NopCloser(nil), info: fakeInfo{size: size}}
}

// read does not recover, as what is served does.
func read(b []byte, cfg Config) tags {
	p := parser{maxArtwork: cfg.MaxArtwork}
	p.parse(newInput(&meter{r: bytes.NewReader(b), left: cfg.TagBytes}, int64(len(b))))
	return p.result()
}

func TestEveryContainerGivesItsTags(t *testing.T) {
	for name, s := range samples() {
		t.Run(name, func(t *testing.T) {
			want := tags{title: "Tït", artist: "Ann", album: "Café", number: 3, year: 2024, artwork: s.picture != nil}
			if got := read(s.file, testConfig); got != want {
				t.Fatalf("tags = %+v, want %+v", got, want)
			}
			a, err := fileOf(bytes.NewReader(s.file), int64(len(s.file))).picture(testConfig)
			if s.picture == nil {
				if !errors.Is(err, ErrNoArtwork) {
					t.Fatalf("picture: %v, want ErrNoArtwork", err)
				}
				return
			}
			// ID3v2.4 without a length indicator may leave padding behind.
			if err != nil || !bytes.HasPrefix(a.Data, s.picture) || len(bytes.Trim(a.Data[len(s.picture):], "\x00")) > 0 {
				t.Fatalf("picture: %d bytes, %v, want %d", len(a.Data), err, len(s.picture))
			}
			if want := imageType(s.picture); a.ContentType != want || want == "" {
				t.Fatalf("content type %q, want %q", a.ContentType, want)
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
			tg := read(s.file[:n], testConfig)
			if strings.ContainsRune(tg.title, utf8.RuneError) && !strings.HasSuffix(name, "v1.mp3") {
				t.Fatalf("%s cut to %d: title %q", name, n, tg.title)
			}
			if !tg.artwork {
				continue
			}
			if _, err := fileOf(bytes.NewReader(s.file[:n]), int64(n)).picture(testConfig); err != nil {
				t.Fatalf("%s cut to %d: artwork was promised: %v", name, n, err)
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
		"wav chunks":         {looped{[]byte("RIFF....WAVE"), []byte("LIST\x04\x00\x00\x00INFO")}, huge},
		"aiff chunks":        {looped{[]byte("FORM....AIFF"), cat("ID3 \x00\x00\x00\x0aID3\x03\x00\x80\x7f\x7f\x7f\x7f")}, huge},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			p := parser{maxArtwork: testConfig.MaxArtwork}
			m := &meter{r: f.r, left: testConfig.TagBytes}
			p.parse(newInput(m, f.size))
			_, err := fileOf(f.r, f.size).picture(testConfig)
			runtime.ReadMemStats(&after)
			allocated := after.TotalAlloc - before.TotalAlloc
			if want := uint64(64 << 20); allocated > want {
				t.Errorf("allocated %d bytes, want at most %d", allocated, want)
			}
			if m.left < 0 {
				t.Errorf("read %d bytes, want at most %d", testConfig.TagBytes-m.left, testConfig.TagBytes)
			}
			t.Logf("allocated %d KiB, read %d KiB, %v, picture: %v", allocated>>10, (testConfig.TagBytes-m.left)>>10, time.Since(start), err)
		})
	}
}

func TestPicturesAreKnownByTheirBytes(t *testing.T) {
	f := func(data, want string) {
		t.Helper()
		file := flacBytes(flacBlock(6, pictureBytes(3, []byte(data+strings.Repeat(" ", 100)))))
		a, err := fileOf(bytes.NewReader(file), int64(len(file))).picture(testConfig)
		if a.ContentType != want || (err == nil) != (want != "") {
			t.Errorf("%.10q: %q, %v, want %q", data, a.ContentType, err, want)
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
	cfg := testConfig
	cfg.MaxArtwork = 1000
	for name, s := range samples() {
		if read(s.file, cfg).artwork {
			t.Errorf("%s: has artwork", name)
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
	_, err := fileOf(readerAt(func([]byte, int64) (int, error) { return 0, bad }), 1000).tags(testConfig)
	if !errors.Is(err, bad) {
		t.Fatalf("err = %v, want %v", err, bad)
	}
}

type readerAt func([]byte, int64) (int, error)

func (f readerAt) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

func TestPanicCostsOneTrackItsTags(t *testing.T) {
	f := fileOf(readerAt(func([]byte, int64) (int, error) { panic("a bug") }), 1000)
	if tg, err := f.tags(testConfig); tg != (tags{}) || err != nil {
		t.Errorf("tags = %+v, %v", tg, err)
	}
	if _, err := f.picture(testConfig); !errors.Is(err, ErrNoArtwork) {
		t.Errorf("picture: %v", err)
	}
}

func FuzzTags(f *testing.F) {
	for _, s := range samples() {
		f.Add(s.file)
	}
	f.Add(cat("ID3\x04\x00\x80\x7f\x7f\x7f\x7fAPIC\x00\x00\x00\x20\x00\x03", make([]byte, 40)))
	cfg := Config{PageSize: 1, TagBytes: 1 << 20, CacheEntries: 1, MaxArtwork: 64 << 10}
	f.Fuzz(func(t *testing.T, b []byte) {
		tg := read(b, cfg)
		for _, s := range []string{tg.title, tg.artist, tg.album} {
			if !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxRunes || strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
				t.Fatalf("text %q", s)
			}
		}
		if tg.number < 0 || tg.number > 65535 || tg.year < 0 || tg.year > 9999 {
			t.Fatalf("number %d, year %d", tg.number, tg.year)
		}
		p := parser{maxArtwork: cfg.MaxArtwork}
		m := &meter{r: bytes.NewReader(b), left: cfg.TagBytes}
		p.parse(newInput(m, int64(len(b))))
		if (p.pic.src != nil) != tg.artwork {
			t.Fatal("artwork is there only sometimes")
		}
		if p.pic.src != nil {
			if p.pic.size > cfg.MaxArtwork {
				t.Fatalf("picture of %d bytes", p.pic.size)
			}
			m.left = cfg.TagBytes
			_ = p.pic.src.read(make([]byte, p.pic.size), p.pic.off)
		}
		// And by every way in: what the first bytes decide is not for luck to find.
		in := newInput(&meter{r: bytes.NewReader(b), left: cfg.TagBytes}, int64(len(b)))
		q := parser{maxArtwork: cfg.MaxArtwork}
		q.comments(in, 0, in.size)
		q.pictureBlock(in, 0, in.size)
		q.item(in, box{kind: [4]byte{'c', 'o', 'v', 'r'}, next: in.size})
		q.chunks(in, 0, in.size, binary.BigEndian, func(string, int64, int64) {})
		for v := byte(2); v <= 4; v++ {
			(&id3Tag{parser: &q, version: v, unsynced: len(b)%2 == 0}).frames(in, 0, in.size)
		}
	})
}

func BenchmarkTags(b *testing.B) {
	files := fstest.MapFS{}
	for name, s := range samples() {
		files[name] = &fstest.MapFile{Data: s.file}
	}
	for name, f := range files {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				read(f.Data, testConfig)
			}
		})
	}
}
