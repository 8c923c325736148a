package library

import (
	"fmt"
	"io"
	"io/fs"

	"segue/stream/origin"
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
func (f *file) tags(cfg Config) (t tags, err error) {
	// A bug of ours must cost one track its tags, not everybody the server.
	defer func() {
		if r := recover(); r != nil {
			t, err = tags{}, nil
		}
	}()
	m := &meter{r: f, left: cfg.TagBytes}
	p := parser{maxArtwork: cfg.MaxArtwork}
	p.parse(newInput(m, f.info.Size()))
	return p.result(), m.err
}

func (f *file) picture(cfg Config) (a Artwork, err error) {
	defer func() {
		if r := recover(); r != nil {
			a, err = Artwork{}, ErrNoArtwork
		}
	}()
	m := &meter{r: f, left: cfg.TagBytes}
	p := parser{maxArtwork: cfg.MaxArtwork}
	p.parse(newInput(m, f.info.Size()))
	if p.pic.src == nil {
		return Artwork{}, noPicture(m.err)
	}
	m.left = cfg.TagBytes
	data := make([]byte, p.pic.size) // at most MaxArtwork
	if err := p.pic.src.read(data, p.pic.off); err != nil {
		return Artwork{}, noPicture(m.err)
	}
	a = Artwork{ContentType: imageType(data), Data: data, Version: version(f.info)}
	if a.ContentType == "" { // rewritten since it was found
		return Artwork{}, ErrNoArtwork
	}
	return a, nil
}

func noPicture(disk error) error {
	if disk != nil {
		return fmt.Errorf("read picture: %w", disk)
	}
	return ErrNoArtwork
}
