package tags

import (
	"encoding/binary"
	"math"
	"testing"
)

func TestLoudnessIsReadWhereverItStands(t *testing.T) {
	none := math.NaN()
	all := Gain{Track: -7.25, TrackPeak: 0.988525, Album: 2.5, AlbumPeak: 1.25}
	texts := [][2]string{
		{"replaygain_track_gain", "-7.25 dB"}, {"REPLAYGAIN_TRACK_PEAK", "0.988525"},
		{"replaygain_album_gain", "+2,5dB"}, {"ReplayGain_Album_Peak", "1.25"},
	}
	id3 := func(version byte, id string, made func(name, value string) string) []byte {
		var frames [][]byte
		for _, x := range texts {
			frames = append(frames, frame(version, id, made(x[0], x[1])))
		}
		return cat(id3Bytes(version, 0, frames...), "\xff\xfb\x90\x00", make([]byte, 500))
	}
	latin := func(name, value string) string { return "\x00" + name + "\x00" + value }
	wide := func(name, value string) string {
		b := []byte{encUTF16}
		for _, s := range []string{name, value} {
			b = append(b, 0xff, 0xfe)
			for _, c := range []byte(s) {
				b = append(b, c, 0)
			}
			b = append(b, 0, 0)
		}
		return string(b)
	}
	var comments, pairs []string
	var items [][]byte
	for _, x := range texts {
		comments = append(comments, x[0]+"="+x[1])
		pairs = append(pairs, x[0], x[1])
		items = append(items, freeBytes("com.apple.iTunes", x[0], x[1]), freeBytes("org.example", x[0], "1 dB"))
	}
	opus := func(comments ...string) []byte {
		return oggBytes(7, []byte("OpusHead........"), cat("OpusTags", commentBytes(comments...)))
	}
	rva := func(name string, kind byte, adjust int, bits byte, peak ...byte) []byte {
		return frame(4, "RVA2", string(cat(name, 0, kind, binary.BigEndian.AppendUint16(nil, uint16(adjust)), bits, peak)))
	}
	for name, c := range map[string]struct {
		file []byte
		want Gain
	}{
		"TXX":             {id3(2, "TXX", latin), all},
		"TXXX":            {id3(3, "TXXX", latin), all},
		"TXXX wide":       {id3(4, "TXXX", wide), all},
		"COMM":            {id3(3, "COMM", func(n, v string) string { return "\x00eng" + n + "\x00" + v }), all},
		"vorbis comments": {flacBytes(flacBlock(4, commentBytes(comments...))), all},
		"opus":            {opus(comments...), all},
		"opus R128":       {opus("R128_TRACK_GAIN=-3136", "R128_ALBUM_GAIN=0", "REPLAYGAIN_TRACK_GAIN=1 dB"), Gain{-7.25, none, 5, none}},
		"opus bad R128":   {opus("R128_TRACK_GAIN=-99999", "R128_ALBUM_GAIN=1.5"), Gain{none, none, none, none}},
		"mp4":             {mp4Bytes(items...), all},
		"ape":             {cat("\xff\xfb\x90\x00", make([]byte, 500), apeBytes(pairs...)), all},
		"RVA2": {cat(id3Bytes(4, 0, rva("TRACK", 2, 99, 0), rva("track", 1, -3712, 16, 0x7e, 0x88), rva("Album", 1, 1280, 17, 0x01, 0x40, 0x00)), "\xff\xfb"),
			Gain{-7.25, float64(0x7e88) / 0x8000, 2.5, 1.25}},
		"RVA2 cut short": {id3Bytes(4, 0, rva("", 1, 512, 16, 1), rva("", 1, 512, 255)), Gain{none, none, none, none}},
		"nonsense": {flacBytes(flacBlock(4, commentBytes("REPLAYGAIN_TRACK_GAIN=NaN", "REPLAYGAIN_ALBUM_GAIN=1e9 dB", "REPLAYGAIN_TRACK_PEAK=0.000000",
			"REPLAYGAIN_ALBUM_PEAK=-1", "REPLAYGAIN_TRACK_GAIN=99999", "REPLAYGAIN_TRACK_GAIN=1.2.3", "REPLAYGAIN_TRACK_GAIN=", "REPLAYGAIN_TRACK_GAIN=dB"))), Gain{none, none, none, none}},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(c.file, defaultLimits).Gain
			if c.want.isEmpty() {
				if got != nil {
					t.Fatalf("gain = %+v, want none", *got)
				}
				return
			}
			same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
			if got == nil || !same(got.Track, c.want.Track) || !same(got.TrackPeak, c.want.TrackPeak) || !same(got.Album, c.want.Album) || !same(got.AlbumPeak, c.want.AlbumPeak) {
				t.Fatalf("gain = %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestCommentsOfITunesAreKept(t *testing.T) {
	const smpb = "00000000 00000840 000001CC 00000000003F31F4 00000000 00000000"
	for name, file := range map[string][]byte{
		"mp4":  mp4Bytes(freeBytes("com.apple.iTunes", "iTunNORM", "x"), freeBytes("com.apple.iTunes", "iTunSMPB", " "+smpb)),
		"COMM": id3Bytes(3, 0, frame(3, "COMM", "\x00eng\x00a remark"), frame(3, "COMM", "\x00engiTunSMPB\x00 "+smpb)),
		"COM":  id3Bytes(2, 0, frame(2, "COM", "\x00engiTunSMPB\x00 "+smpb)),
	} {
		if got := read(file, defaultLimits); got != (Tags{ITunSMPB: smpb}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAlbumArtistStandsInForTheArtist(t *testing.T) {
	both := read(id3Bytes(4, 0, frame(4, "TPE2", "\x03Bo"), frame(4, "TPE1", "\x03Ann")), defaultLimits)
	one := read(mp4Bytes(atomBytes("aART", dataBytes(1, "Bo"))), defaultLimits)
	if both.Artist != "Ann" || both.AlbumArtist != "Bo" || one.Artist != "Bo" || one.AlbumArtist != "Bo" {
		t.Fatalf("both: %+v, one: %+v", both, one)
	}
}
