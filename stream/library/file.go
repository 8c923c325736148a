package library

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"segue/stream/origin"
	"segue/stream/tags"
)

// file is an open regular file.
type file struct {
	io.ReaderAt
	closer io.Closer
	info   fs.FileInfo
}

// open opens regular files alone. The caller closes.
func (l *Library) open(name string) (*file, error) {
	// Before opening: a pipe would wait for its writer, a device may act.
	if _, err := l.stat(name); err != nil {
		return nil, err
	}
	f, err := l.fsys.Open(name)
	if err != nil {
		return nil, classify(err)
	}
	// Again, of what was opened: the name may have changed hands.
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, classify(err)
	}
	r, ok := f.(io.ReaderAt)
	if !ok || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, origin.ErrNotFound
	}
	return &file{ReaderAt: r, closer: f, info: info}, nil
}

func (f *file) close() { _ = f.closer.Close() }

// tags fails only when the disk does.
func (f *file) tags(cfg Config) (tags.Tags, error) {
	t, err := cfg.limits().Read(f, f.info.Size())
	t.Gain, t.ITunSMPB = nil, "" // not listed, so not kept
	return t, err
}

func (f *file) picture(cfg Config) (Artwork, error) {
	pic, err := cfg.limits().Picture(f, f.info.Size())
	switch {
	case errors.Is(err, tags.ErrNoPicture):
		return Artwork{}, ErrNoArtwork
	case err != nil:
		return Artwork{}, fmt.Errorf("read picture: %w", err)
	}
	return Artwork{ContentType: pic.Type, Data: pic.Data, Version: version(f.info)}, nil
}
