package edge

import (
	"context"
	"errors"
	"strings"
	"time"

	"segue/stream/container"
	"segue/stream/hls"
	"segue/stream/library"
	"segue/stream/origin"
)

// maxAlbum bounds the tracks that one playlist joins.
const maxAlbum = 1000

// albumWait is how long a request waits for the tracks that were not seen before.
const albumWait = 2 * time.Second

// album serves the playlists of a folder: its tracks, joined in the order of its
// listing. A file of the folder that has the very name goes before it. Slow
// path: the folder is looked at each time.
func (s *Server) album(q *request, path []byte, name *hls.Name) error {
	if err := s.file(q); !errors.Is(err, origin.ErrNotFound) {
		return err
	}
	if name.Window || name.Kind != hls.Master && name.Kind != hls.Info && name.Kind != hls.Joined {
		return origin.ErrNotFound
	}
	if span, err := spanOf(q.head.Query, maxSeconds); err != nil || span != nil {
		return &badParameter{"from", "an album has no windows: ask for one of a track"}
	}
	folder := string(path) + "/"
	a, err := s.join(q, folder)
	if err != nil {
		return err
	}
	tag := origin.TagOf(folder)
	switch name.Kind {
	case hls.Master:
		return s.sendPlaylist(q, tag, a.Master, playlistType)
	case hls.Info:
		return s.sendPlaylist(q, tag, a.Info, infoType)
	}
	return s.sendPlaylist(q, tag, a.Playlist, playlistType)
}

func (s *Server) join(q *request, folder string) (*hls.Album, error) {
	ctx, cancel := context.WithTimeout(context.Background(), apiTime)
	defer cancel()
	var tracks []library.Track
	for after := ""; ; {
		l, err := s.library.List(ctx, folder, after)
		if err != nil {
			return nil, err
		}
		tracks = append(tracks, l.Tracks...)
		if len(tracks) > maxAlbum {
			return nil, library.ErrTooLarge
		}
		if after = l.Next; after == "" {
			break
		}
	}
	joined := make([]hls.AlbumTrack, 0, len(tracks))
	files := make([]*origin.File, 0, len(tracks))
	defer func() {
		for _, f := range files {
			f.Release()
		}
	}()
	var version strings.Builder
	album, several := "", false
	for _, t := range tracks {
		if s.reserves(t.Path) {
			continue
		}
		f, err := s.folderOrigin.Open([]byte(t.Path), q.x.Start)
		if errors.Is(err, origin.ErrNotFound) {
			continue // gone since the listing
		}
		if err != nil {
			return nil, err
		}
		// All walks begin before the first is waited for.
		_, _ = s.packages.OpenWithin([]byte(t.Path), f, 0)
		files = append(files, f)
		joined = append(joined, hls.AlbumTrack{Path: t.Path, Name: t.Name, Title: t.Title, Artist: t.Artist, Number: t.Number})
		version.WriteString(t.Path + "\x00" + f.ETag + "\x00")
		several = several || album != "" && t.Album != album
		album = t.Album
	}
	if several || album == "" {
		album = lastName(folder, s.name)
	}
	return s.packages.Album(folder, version.String(), func() (*hls.Album, error) {
		until := time.Now().Add(albumWait)
		for i := range joined {
			t := &joined[i]
			var bad *container.Error
			t.Media, t.Err = s.packages.OpenWithin([]byte(t.Path), files[i], max(0, time.Until(until)))
			if t.Err != nil && !errors.As(t.Err, &bad) {
				return nil, t.Err
			}
		}
		return hls.Join(album, joined)
	})
}

// lastName is the name of a folder, "/a/b/", or what the root is called.
func lastName(folder, root string) string {
	parts := strings.Split(strings.Trim(folder, "/"), "/")
	if last := parts[len(parts)-1]; last != "" {
		return last
	}
	return root
}
