package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
)

// ownKeys is the file with this machine's signing key, drawn at the first run:
// there is no default key, and links outlive a restart.
func ownKeys() (string, error) {
	dir, err := home(os.UserConfigDir, "")
	if err != nil {
		return "", fmt.Errorf("keep a signing key: %w", err)
	}
	file := filepath.Join(dir, "signing_keys")
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	if err := writeOnce(file, []byte("own:"+rand.Text()+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep a signing key: %w", err)
	}
	return file, nil
}
