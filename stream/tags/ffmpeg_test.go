package tags

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestFilesOfFFmpegGiveTheirTags(t *testing.T) {
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("ffmpeg is needed in CI")
		}
		t.Skip("no ffmpeg")
	}
	dir := t.TempDir()
	run := func(t *testing.T, args ...string) {
		t.Helper()
		out, err := exec.Command(ffmpeg, append([]string{"-v", "error", "-nostdin", "-y", "-threads", "1"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("ffmpeg %v: %v\n%s", args, err, out)
		}
	}
	art := filepath.Join(dir, "art.png")
	run(t, "-f", "lavfi", "-i", "color=red:size=32x32", "-frames:v", "1", art)
	tags := []string{"-metadata", "title=Tït", "-metadata", "artist=Ann", "-metadata", "album=Café", "-metadata", "album_artist=Bo", "-metadata", "track=3", "-metadata", "date=2024"}
	sound := []string{"-f", "lavfi", "-i", "sine=duration=0.2"}
	withArt := append(sound[:len(sound):len(sound)], "-i", art, "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic")
	for _, f := range []struct {
		name    string
		args    []string
		picture bool
	}{
		{"v3.mp3", append(withArt, "-id3v2_version", "3"), true},
		{"v4.mp3", append(withArt, "-id3v2_version", "4"), true},
		{"art.m4a", withArt, true},
		{"faststart.m4a", append(withArt, "-movflags", "+faststart"), true},
		{"art.flac", withArt, true},
		{"plain.ogg", append(sound, "-c:a", "flac"), false},
		{"plain.opus", sound, false},
		{"plain.wav", sound, false},
		{"plain.aiff", append(sound, "-write_id3v2", "1"), false},
		{"plain.aac", append(sound, "-write_id3v2", "1"), false},
	} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			run(t, append(append(f.args[:len(f.args):len(f.args)], tags...), filepath.Join(dir, f.name))...)
			data, err := os.ReadFile(filepath.Join(dir, f.name))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Read(bytes.NewReader(data), int64(len(data)))
			want := Tags{Title: "Tït", Artist: "Ann", AlbumArtist: "Bo", Album: "Café", Number: 3, Year: 2024, Picture: f.picture}
			if f.name == "plain.wav" {
				want.AlbumArtist = "" // INFO has no word for it
			}
			if err != nil || got != want {
				t.Fatalf("tags = %+v, %v, want %+v", got, err, want)
			}
			if f.picture {
				pic, err := picture(data)
				if err != nil || pic.Type != "image/png" {
					t.Fatalf("picture: %q, %v", pic.Type, err)
				}
				if data, err := os.ReadFile(art); err != nil || string(data) != string(pic.Data) {
					t.Fatalf("picture differs: %d bytes, want %d, %v", len(pic.Data), len(data), err)
				}
			}
		})
	}
}
