package corpus

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestSongsDifferAndHaveTheirBitRate(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("there is no ffmpeg")
	}
	dir := t.TempDir()
	s := Song{Name: "mp3", Extension: "mp3", Count: 2, Level: 0.5, Encoder: []string{"-c:a", "libmp3lame", "-b:a", "320k"}}
	if err := WriteSongs(context.Background(), dir, 3*time.Second, s); err != nil {
		t.Fatal(err)
	}
	a, err := os.ReadFile(filepath.Join(dir, s.Path(0)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, s.Path(1)))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(a, b) {
		t.Error("both takes are the same bytes")
	}
	for _, f := range [][]byte{a, b} {
		if len(f) < 118_000 || len(f) > 126_000 {
			t.Errorf("%d bytes of 3 seconds at 320 kbit/s", len(f))
		}
	}
}
