package tags

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
)

// Files by hand, so that the tests need no tool and can lie.

var (
	jpegPicture = []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00" + strings.Repeat("jpeg", 2000) + "\xff\xd9")
	pngPicture  = []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("png.", 2000))
)

func cat(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		case byte:
			b = append(b, p)
		case int:
			b = append(b, byte(p))
		default:
			panic("BUG: cat of something else")
		}
	}
	return b
}

func be32(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
func le32(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }
func safe32(n int) []byte {
	return []byte{byte(n >> 21 & 0x7f), byte(n >> 14 & 0x7f), byte(n >> 7 & 0x7f), byte(n & 0x7f)}
}

func id3Bytes(version, flags byte, frames ...[]byte) []byte {
	body := cat(bytes.Join(frames, nil), make([]byte, 32))
	return cat("ID3", version, byte(0), flags, safe32(len(body)), body)
}

func frame(version byte, id, body string) []byte { return frameFlags(version, id, 0, body) }

func frameFlags(version byte, id string, flags byte, body string) []byte {
	switch version {
	case 2:
		return cat(id, be32(len(body))[1:], body)
	case 3:
		return cat(id, be32(len(body)), byte(0), flags, body)
	}
	return cat(id, safe32(len(body)), byte(0), flags, body)
}

func stuffed(b []byte) []byte {
	var out []byte
	for i, c := range b {
		out = append(out, c)
		if c == 0xff && i+1 < len(b) && (b[i+1] == 0 || b[i+1] >= 0xe0) {
			out = append(out, 0)
		}
	}
	return out
}

func commentBytes(comments ...string) []byte {
	b := cat(le32(4), "test", le32(len(comments)))
	for _, c := range comments {
		b = cat(b, le32(len(c)), c)
	}
	return b
}

func pictureBytes(kind int, data []byte) []byte {
	return cat(be32(kind), be32(9), "image/png", be32(3), "abc", make([]byte, 16), be32(len(data)), data)
}

func flacBytes(blocks ...[]byte) []byte {
	return cat("fLaC", cat(0, 0, 0, 34, make([]byte, 34)), bytes.Join(blocks, nil), cat(0x81, 0, 0, 4, "pads"), "sound")
}

func flacBlock(kind int, body []byte) []byte { return cat(kind, be32(len(body))[1:], body) }

// oggBytes is a stream with each packet on pages of its own.
func oggBytes(serial int, packets ...[]byte) []byte {
	return cat(oggPages(serial, 2, packets[0]), oggPages(serial, 0, packets[1:]...))
}

func oggPages(serial int, flags byte, packets ...[]byte) []byte {
	var out []byte
	for _, packet := range packets {
		lacing := bytes.Repeat([]byte{255}, len(packet)/255)
		lacing = append(lacing, byte(len(packet)%255))
		for len(lacing) > 0 {
			n := min(len(lacing), 255)
			size := 0
			for _, s := range lacing[:n] {
				size += int(s)
			}
			out = cat(out, "OggS", 0, flags, make([]byte, 8), le32(serial), make([]byte, 8), n, lacing[:n], packet[:size])
			lacing, packet = lacing[n:], packet[size:]
		}
	}
	return out
}

func atomBytes(kind string, body ...[]byte) []byte {
	b := bytes.Join(body, nil)
	return cat(be32(len(b)+8), kind, b)
}

func dataBytes(kind int, value string) []byte {
	return atomBytes("data", be32(kind), be32(0), []byte(value))
}

func mp4Bytes(items ...[]byte) []byte {
	return cat(
		atomBytes("ftyp", []byte("M4A \x00\x00\x00\x00")),
		be32(1), "mdat", make([]byte, 4), be32(16+5000), make([]byte, 5000), // a 64-bit size
		atomBytes("moov", atomBytes("mvhd", make([]byte, 100)),
			atomBytes("udta", atomBytes("meta", make([]byte, 4), atomBytes("hdlr", make([]byte, 25)), atomBytes("ilst", items...)))),
	)
}

func freeBytes(mean, name, value string) []byte {
	return atomBytes("----", atomBytes("mean", be32(0), []byte(mean)), atomBytes("name", be32(0), []byte(name)), dataBytes(1, value))
}

// apeBytes is a tag with its footer; pairs are names and values.
func apeBytes(pairs ...string) []byte {
	var items []byte
	for i := 0; i < len(pairs); i += 2 {
		items = cat(items, le32(len(pairs[i+1])), be32(0), pairs[i], 0, pairs[i+1])
	}
	return cat(items, "APETAGEX", le32(2000), le32(len(items)+32), le32(len(pairs)/2), le32(0), make([]byte, 8))
}

func chunkBytes(order binary.ByteOrder, id string, body []byte) []byte {
	size := make([]byte, 4)
	order.PutUint32(size, uint32(len(body)))
	if len(body)%2 == 1 {
		body = append(bytes.Clone(body), 0)
	}
	return cat(id, size, body)
}

// samples is one good file of each kind, all with the same tags, and the
// picture that each carries.
func samples() map[string]struct {
	file    []byte
	picture []byte
} {
	type sample = struct {
		file    []byte
		picture []byte
	}
	le, be := binary.LittleEndian, binary.BigEndian
	apic := "\x00image/jpg\x00\x03front\x00" + string(jpegPicture)
	wide := "\x01image/jpg\x00\x03\xff\xfef\x00\x00\x00" + string(jpegPicture)
	v3 := [][]byte{
		frame(3, "TIT2", "\x01\xff\xfeT\x00\xef\x00t\x00\x00\x00"), frame(3, "TPE1", "\x00Ann"),
		frame(3, "TALB", "\x00Caf\xe9"), frame(3, "TRCK", "\x003/12"), frame(3, "TYER", "\x002024"),
	}
	v4 := [][]byte{
		frame(4, "TIT2", "\x03Tït"), frame(4, "TPE1", "\x03Ann\x00Other"),
		frame(4, "TALB", "\x02\x00C\x00a\x00f\x00\xe9"), frame(4, "TRCK", "\x0003"), frame(4, "TDRC", "\x002024-05-01"),
	}
	comments := []string{"TITLE=Tït", "artist=Ann", "Album=Café", "TRACKNUMBER=3", "DATE=2024-05-01", "junk", "REPLAYGAIN_TRACK_GAIN=-3 dB"}
	block := "METADATA_BLOCK_PICTURE=" + base64.StdEncoding.EncodeToString(pictureBytes(3, pngPicture))
	raw := "metadata_block_picture=" + base64.RawStdEncoding.EncodeToString(pictureBytes(3, pngPicture[:8000]))
	unsynced := stuffed(bytes.Join(append(v3[:len(v3):len(v3)], frame(3, "APIC", wide)), nil))

	items := [][]byte{
		atomBytes("\xa9nam", dataBytes(1, "Tït")), atomBytes("\xa9ART", dataBytes(1, "Ann")), atomBytes("\xa9alb", dataBytes(1, "Café")),
		atomBytes("trkn", dataBytes(0, "\x00\x00\x00\x03\x00\x0c\x00\x00")), atomBytes("\xa9day", dataBytes(1, "2024-05-01T07:00:00Z")),
		atomBytes("covr", dataBytes(0, "broken"), dataBytes(14, string(jpegPicture))), // and a lie about the kind
	}
	info := cat("INFO", chunkBytes(le, "INAM", []byte("Tït\x00")), chunkBytes(le, "IART", []byte("Ann\x00")),
		chunkBytes(le, "IPRD", []byte("Caf\xe9\x00")), chunkBytes(le, "ITRK", []byte("3")), chunkBytes(le, "ICRD", []byte("2024")))
	v1 := make([]byte, 128)
	copy(v1, "TAG")
	copy(v1[3:], "T\xeft")
	copy(v1[33:], "Ann   ")
	copy(v1[63:], "Caf\xe9")
	copy(v1[93:], "2024")
	v1[126] = 3

	mp3 := cat("\xff\xfb\x90\x00", make([]byte, 500))

	return map[string]sample{
		"id3v2.2.mp3": {id3Bytes(2, 0, frame(2, "TT2", "\x00T\xeft"), frame(2, "TP1", "\x00Ann"), frame(2, "TAL", "\x00Caf\xe9"),
			frame(2, "TRK", "\x003"), frame(2, "TYE", "\x002024"), frame(2, "PIC", "\x00JPG\x03\x00"+string(jpegPicture))), jpegPicture},
		"id3v2.3.mp3":         {id3Bytes(3, 0, append(v3, frame(3, "APIC", apic))...), jpegPicture},
		"id3v2.3 wide.mp3":    {id3Bytes(3, 0, append(v3, frame(3, "APIC", wide))...), jpegPicture},
		"id3v2.3 ext.mp3":     {id3Bytes(3, 0x40, append([][]byte{cat(be32(6), make([]byte, 6))}, v3...)...), nil},
		"id3v2.3 stuffed.mp3": {id3Bytes(3, 0x80, unsynced), jpegPicture},
		"id3v2.3 encrypted.mp3": {id3Bytes(3, 0, append([][]byte{frameFlags(3, "TIT2", 0x40, "\x00secret"),
			frameFlags(3, "TIT2", 0x80, "\x00packed"), frameFlags(3, "TIT2", 0x20, "g\x00T\xeft")}, v3...)...), nil},
		"id3v2.4.mp3": {id3Bytes(4, 0, append(v4, frame(4, "APIC", apic))...), jpegPicture},
		"id3v2.4 stuffed.mp3": {id3Bytes(4, 0x80, append(v4, frameFlags(4, "APIC", 0x03,
			string(safe32(len(apic)))+string(stuffed([]byte(apic)))))...), jpegPicture},
		"id3v2.4 plain length.mp3": {id3Bytes(4, 0, append([][]byte{cat("APIC", be32(len(apic)), 0, 0, apic)}, v4...)...), jpegPicture},
		"id3v2.4 back first.mp3": {id3Bytes(4, 0, append(v4, frame(4, "APIC", "\x00image/png\x00\x04\x00"+string(pngPicture)),
			frame(4, "APIC", apic))...), jpegPicture},
		"ape.mp3": {cat(mp3, apeBytes("Title", "Tït", "ARTIST", "Ann\x00Bo", "Album", "Café", "Track", "3/12", "Year", "2024")), nil},
		"ape and id3v1.mp3": {cat(mp3, apeBytes("Junk", strings.Repeat("x", 9000), "title", "Tït", "Artist", "Ann", "album", "Caf\xe9", "Track", "03", "Year", "2024-05-01"),
			"TAG", make([]byte, 125)), nil},
		"id3v1.mp3":   {cat(mp3, v1), nil},
		"adts.aac":    {cat(id3Bytes(4, 0, v4...), "\xff\xf1sound"), nil},
		"id3.flac":    {cat(id3Bytes(4, 0, v4[:2]...), flacBytes(flacBlock(4, commentBytes(comments...)))), nil},
		"plain.flac":  {flacBytes(flacBlock(6, pictureBytes(4, pngPicture)), flacBlock(4, commentBytes(comments...)), flacBlock(6, pictureBytes(3, jpegPicture))), jpegPicture},
		"vorbis.ogg":  {oggBytes(7, []byte("\x01vorbis......"), cat("\x03vorbis", commentBytes(comments...)), []byte("\x05vorbis")), nil},
		"picture.ogg": {oggBytes(7, []byte("\x01vorbis......"), cat("\x03vorbis", commentBytes(append([]string{block}, comments...)...))), pngPicture},
		"opus.opus":   {oggBytes(7, []byte("OpusHead........"), cat("OpusTags", commentBytes(append(comments, raw)...))), pngPicture[:8000]},
		"flac.oga":    {oggBytes(7, []byte("\x7fFLAC...."), cat(4, 0, 0, 0, commentBytes(comments...))), nil},
		"multiplexed.ogg": {cat(oggPages(1, 2, []byte("fishead\x00")), oggPages(2, 2, []byte("OpusHead")), oggPages(1, 0, []byte("x")),
			oggPages(2, 0, cat("OpusTags", commentBytes(comments...)))), nil},
		"itunes.m4a": {mp4Bytes(items...), jpegPicture},
		"info.wav":   {cat("RIFF", le32(9999), "WAVE", chunkBytes(le, "fmt ", make([]byte, 17)), chunkBytes(le, "LIST", info)), nil},
		"id3.wav":    {cat("RIFF", le32(9999), "WAVE", chunkBytes(le, "data", make([]byte, 5000)), chunkBytes(le, "id3 ", id3Bytes(3, 0, append(v3, frame(3, "APIC", apic))...))), jpegPicture},
		"id3.aiff":   {cat("FORM", be32(9999), "AIFF", chunkBytes(be, "SSND", make([]byte, 5000)), chunkBytes(be, "ID3 ", id3Bytes(3, 0, append(v3, frame(3, "APIC", apic))...))), jpegPicture},
	}
}

func TestOggSampleIsWhatItSays(t *testing.T) {
	if b := oggBytes(7, make([]byte, 70_000)); bytes.Count(b, []byte("OggS")) != 2 {
		t.Fatalf("70000 bytes should take two pages")
	}
}
