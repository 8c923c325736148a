package library

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"segue/stream/origin"
	"segue/stream/tags"
)

// Artwork is a picture, whole.
type Artwork struct {
	ContentType string // image/jpeg, image/png, image/webp or image/gif, by the bytes
	Data        []byte
	Version     string // as in the [Track]
}

// Artwork reads the picture of the track at a canonical path: the one in its
// tags, else the cover beside it. Errors: [ErrNoArtwork], [origin.ErrNotFound],
// [origin.ErrBusy], the context's, else an I/O error.
func (l *Library) Artwork(ctx context.Context, trackPath string) (Artwork, error) {
	name, err := fsName(trackPath)
	if err != nil {
		return Artwork{}, err
	}
	if mediaType(name) == "" {
		return Artwork{}, origin.ErrNotFound
	}
	info, err := l.stat(name)
	if err != nil {
		return Artwork{}, err
	}
	t, err := l.tagsOf(ctx, name, info)
	if err != nil && !errors.Is(err, origin.ErrChanged) {
		return Artwork{}, err
	}
	if t.Picture {
		a, err := l.embedded(ctx, name)
		if !errors.Is(err, ErrNoArtwork) {
			return a, err
		}
	}
	f, err := l.folder(ctx, path.Dir(name))
	if err != nil {
		return Artwork{}, err
	}
	if f.cover == nil {
		return Artwork{}, ErrNoArtwork
	}
	return l.beside(ctx, f.cover.name)
}

func (l *Library) embedded(ctx context.Context, name string) (Artwork, error) {
	if err := l.acquire(ctx); err != nil {
		return Artwork{}, err
	}
	defer l.release()
	f, err := l.open(name)
	if err != nil {
		return Artwork{}, err
	}
	defer f.close()
	return f.picture(l.cfg)
}

func (l *Library) beside(ctx context.Context, name string) (Artwork, error) {
	if err := l.acquire(ctx); err != nil {
		return Artwork{}, err
	}
	defer l.release()
	f, err := l.open(name)
	if errors.Is(err, origin.ErrNotFound) {
		return Artwork{}, ErrNoArtwork
	}
	if err != nil {
		return Artwork{}, err
	}
	defer f.close()
	size := f.info.Size()
	if size > l.cfg.MaxArtwork {
		return Artwork{}, ErrNoArtwork
	}
	data := make([]byte, size)
	if n, err := f.ReadAt(data, 0); n < len(data) {
		return Artwork{}, fmt.Errorf("read cover: %w", err)
	}
	a := Artwork{ContentType: tags.PictureType(data), Data: data, Version: version(f.info)}
	if a.ContentType == "" {
		return Artwork{}, ErrNoArtwork
	}
	return a, nil
}

// cover is the picture file of a folder.
type cover struct {
	name    string
	version string
}

// maxCovers bounds the files that are tried in one folder.
const maxCovers = 16

var (
	coverStems = []string{"cover", "folder", "front"}
	coverExts  = []string{".jpg", ".jpeg", ".png", ".webp"}
)

// coverRank is the place of a name among those of covers, or -1.
func coverRank(name string) int {
	name = strings.ToLower(name)
	ext := path.Ext(name)
	stem, kind := slices.Index(coverStems, strings.TrimSuffix(name, ext)), slices.Index(coverExts, ext)
	if stem < 0 || kind < 0 {
		return -1
	}
	return stem*len(coverExts) + kind
}

// findCover returns the first of the names that holds a picture.
func (l *Library) findCover(prefix string, names []string) *cover {
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(coverRank(a), coverRank(b)), strings.Compare(a, b))
	})
	for _, name := range names {
		f, err := l.open(prefix + name)
		if err != nil {
			continue
		}
		head := make([]byte, min(tags.PictureHead, f.info.Size()))
		_, err = f.ReadAt(head, 0)
		f.close()
		if err == nil && tags.PictureType(head) != "" && f.info.Size() <= l.cfg.MaxArtwork {
			return &cover{name: prefix + name, version: version(f.info)}
		}
	}
	return nil
}
