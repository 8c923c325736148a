// Package validate judges an HLS stream, ours or another server's, rule by rule.
//
// It fetches a playlist and what the playlist names as a player would, looks
// inside the segments, and holds all of it against the second edition of HLS
// (draft-pantos-hls-rfc8216bis, "bis" in the rules' sources) and what concerns
// sound and delivery in Apple's HLS Authoring Specification of 2023 ("AA"). It
// decodes nothing, so it says nothing about how a stream sounds or looks.
//
// What is fetched is foreign: playlists are read up to 4 MB, segments flow
// through a buffer of fixed size, and no length is believed before its bytes
// were seen.
package validate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Options say how far to look. The zero value looks at everything.
type Options struct {
	// Segments is how many segments of each media playlist are fetched, from the
	// first on; 0 for all of them.
	Segments int
	// Concurrency is how many segments are fetched at a time; 0 for 4.
	Concurrency int
	// Timeout is of one request, its body included; 0 for 60 seconds.
	Timeout time.Duration
	// Header is sent with each request, such as Authorization, to the host of the
	// address that is judged and to no other.
	Header http.Header
}

// maxPlaylists bounds how many media playlists of one multivariant playlist are
// judged.
const maxPlaylists = 128

// judge is one run.
type judge struct {
	*sheet
	fetch   *fetcher
	o       Options
	report  *Report
	streams []*stream // one for each media playlist, by address
	byURL   map[string]*stream
}

// Run judges the stream at an address: http, https, or the path of a playlist on
// this machine. It returns an error, in words for whoever gave the address, when
// there is nothing to judge: no answer, or an answer that is no playlist. What is
// wrong with the stream stands in the report.
func Run(ctx context.Context, address string, o Options) (*Report, error) {
	if o.Segments < 0 || o.Concurrency < 0 || o.Timeout < 0 {
		return nil, errors.New("segments, concurrency and timeout cannot be negative")
	}
	if o.Concurrency == 0 {
		o.Concurrency = 4
	}
	if o.Timeout == 0 {
		o.Timeout = 60 * time.Second
	}
	f, root, err := newFetcher(address, o)
	if err != nil {
		return nil, err
	}
	defer f.close()
	a, err := f.playlist(ctx, root)
	if err != nil {
		return nil, err
	}
	if err := noPlaylist(a); err != nil {
		return nil, err
	}
	j := &judge{sheet: newSheet(), fetch: f, o: o, byURL: map[string]*stream{}}
	j.report = &Report{URL: shown(root)}
	if err := j.run(ctx, a); err != nil {
		return nil, err
	}
	j.report.Results = j.results()
	return j.report, nil
}

func (j *judge) run(ctx context.Context, a *answer) error {
	p := parse(a.url, a.body, nil, j.sheet)
	j.delivery(ctx, a, p.multivariant || p.end)
	j.report.Playlists++
	if p.multivariant {
		j.report.Kind = "multivariant"
		j.multivariant(p)
		for _, u := range p.children() {
			if len(j.streams) == maxPlaylists {
				j.note("Only the first %d media playlists were judged.", maxPlaylists)
				break
			}
			j.child(ctx, u, p)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	} else {
		j.report.Kind = "media"
		j.open(a.url, p)
	}
	for _, s := range j.streams {
		if err := j.media(ctx, s); err != nil {
			return err
		}
	}
	if p.multivariant {
		j.variants(p)
	}
	return j.live(ctx)
}

// child fetches a media playlist that a multivariant one names. What goes wrong is
// the stream's fault.
func (j *judge) child(ctx context.Context, u reference, parent *playlist) {
	if j.byURL[u.url] != nil {
		return
	}
	a, err := j.fetch.playlist(ctx, u.url)
	if err == nil {
		err = noPlaylist(a)
	}
	j.check("playlist-reachable", err == nil, place{parent.url, u.line}, "%v", err)
	if err != nil {
		return
	}
	p := parse(a.url, a.body, parent.defined, j.sheet)
	j.delivery(ctx, a, p.multivariant || p.end)
	j.report.Playlists++
	j.check("kind", !p.multivariant, place{a.url, 0}, "a multivariant playlist leads to another one; it may name media playlists only")
	if !p.multivariant {
		s := j.open(u.url, p)
		s.frames = u.frames
		s.subtitles = u.subtitles
		s.parent = parent
	}
}

func (j *judge) open(url string, p *playlist) *stream {
	s := &stream{list: p, fetched: time.Now(), inits: map[string]*initSection{}}
	j.streams = append(j.streams, s)
	j.byURL[url] = s
	return s
}

func (j *judge) note(format string, args ...any) {
	text := clean(fmt.Sprintf(format, args...))
	for _, n := range j.report.Notes {
		if n == text {
			return
		}
	}
	if len(j.report.Notes) < 50 {
		j.report.Notes = append(j.report.Notes, text)
	}
}

// noPlaylist says what came instead of a playlist, if anything else did.
func noPlaylist(a *answer) error {
	head := strings.TrimPrefix(string(a.body[:min(len(a.body), 4096)]), "\ufeff")
	trimmed := strings.ToLower(strings.TrimSpace(head))
	switch {
	case strings.Contains(head, "#EXT"):
		return nil
	case trimmed == "":
		return fmt.Errorf("%s is empty: give the address of a playlist", shown(a.url))
	case strings.HasPrefix(trimmed, "<!doctype html"), strings.HasPrefix(trimmed, "<html"), strings.Contains(a.header.Get("Content-Type"), "text/html"):
		return fmt.Errorf("%s is a web page (HTML), not a playlist: give the address of the .m3u8 itself, which the browser's network panel shows", shown(a.url))
	case strings.HasPrefix(head, "ID3"), strings.HasPrefix(head, "fLaC"), strings.HasPrefix(head, "OggS"), strings.HasPrefix(head, "RIFF"), len(head) > 8 && head[4:8] == "ftyp", strings.HasPrefix(head, "\xff\xf1"), strings.HasPrefix(head, "\xff\xfb"):
		return fmt.Errorf("%s is a media file, not a playlist: of a file of ours the playlist is at …/hls/master.m3u8", shown(a.url))
	case strings.HasPrefix(trimmed, "<mpd"), strings.HasPrefix(trimmed, "<?xml"):
		return fmt.Errorf("%s is XML, perhaps a DASH manifest: only HLS is judged", shown(a.url))
	case strings.HasPrefix(trimmed, "{"):
		return fmt.Errorf("%s is JSON, not a playlist: %.200s", shown(a.url), strings.TrimSpace(head))
	}
	return fmt.Errorf("%s is not a playlist: none of its lines begins with #EXT", shown(a.url))
}
