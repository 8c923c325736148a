// Package corpus makes the files that the measurements serve, and signs their addresses.
//
// Contents follow from the file's name alone, so that two runs compare the same bytes.
package corpus

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Set is a number of files of one size: DIR/NAME/00.mp3 and so on.
type Set struct {
	Name      string
	Count     int
	SizeBytes int64
}

// Path is the URL path of the i-th file of a set.
func (s Set) Path(i int) string { return fmt.Sprintf("/%s/%02d.mp3", s.Name, i) }

// Paths are the URL paths of all files of a set.
func (s Set) Paths() []string {
	paths := make([]string, s.Count)
	for i := range paths {
		paths[i] = s.Path(i)
	}
	return paths
}

// Write makes the files of all sets below dir. They are readable by everyone, for a server that drops its
// rights.
func Write(dir string, sets ...Set) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	for _, s := range sets {
		if err := os.MkdirAll(filepath.Join(dir, s.Name), 0o755); err != nil {
			return err
		}
		for _, p := range s.Paths() {
			if err := writeFile(filepath.Join(dir, filepath.FromSlash(p)), p, s.SizeBytes); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeFile(name, path string, size int64) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<16)
	if _, err := io.CopyN(w, rand.NewChaCha8(sha256.Sum256([]byte(path))), size); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return f.Close()
}
