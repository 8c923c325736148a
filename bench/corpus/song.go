package corpus

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// Song is a recording in one codec, as several files that differ in their title: DIR/NAME/00.EXT and so on.
type Song struct {
	Name, Extension string
	Count           int
	// Level is how loud the noise is that is recorded, from 0 to 1: the bit rate of a lossless codec follows from it.
	Level float64
	// Encoder are the flags of ffmpeg that choose the codec and its bit rate.
	Encoder []string
}

// Path is the URL path of the i-th file of a song.
func (s Song) Path(i int) string { return fmt.Sprintf("/%s/%02d.%s", s.Name, i, s.Extension) }

// WriteSongs records songs of the given length below dir with ffmpeg, on one thread. The first file of a song
// is encoded, the others are the same sound with a title of their own. Like those of Write, they are readable by
// everyone.
func WriteSongs(ctx context.Context, dir string, length time.Duration, songs ...Song) error {
	for _, s := range songs {
		if err := os.MkdirAll(filepath.Join(dir, s.Name), 0o755); err != nil {
			return err
		}
		name := func(i int) string { return filepath.Join(dir, filepath.FromSlash(s.Path(i))) }
		if err := ffmpeg(ctx, append(append([]string{"-filter_complex", noise(s.Level, length)}, s.Encoder...), name(0))...); err != nil {
			return fmt.Errorf("record %s: %w", s.Name, err)
		}
		for i := 1; i < s.Count; i++ {
			if err := ffmpeg(ctx, "-i", name(0), "-c", "copy", "-metadata", "title=Take "+strconv.Itoa(i), name(i)); err != nil {
				return fmt.Errorf("copy %s: %w", s.Name, err)
			}
		}
	}
	return nil
}

// noise is two channels of pink noise that swells and fades: it resists every codec alike, and is the same in
// every run.
func noise(level float64, length time.Duration) string {
	channel := func(seed int) string {
		return fmt.Sprintf("anoisesrc=r=44100:c=pink:a=%g:s=%d:d=%g", level, seed, length.Seconds())
	}
	return channel(7) + "[l];" + channel(8) + "[r];[l][r]join=inputs=2:channel_layout=stereo,tremolo=f=0.4:d=0.5"
}

func ffmpeg(ctx context.Context, args ...string) error {
	args = append([]string{"-v", "error", "-nostdin", "-threads", "1", "-filter_complex_threads", "1"}, args...)
	last := len(args) - 1
	// The encoder has a number of threads of its own; an mp4 starts with its index, as files on the web do.
	args = append(args[:last:last], "-threads", "1", "-fflags", "+bitexact", "-movflags", "+faststart", args[last])
	if out, err := exec.CommandContext(ctx, "ffmpeg", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ffmpeg: %w\n%s", err, out)
	}
	return os.Chmod(args[len(args)-1], 0o644)
}
