package validate

import (
	"context"
	"time"
)

// live fetches live playlists once more, half a target duration after the first
// time, and judges what has changed.
func (j *judge) live(ctx context.Context) error {
	for _, s := range j.streams {
		p := s.list
		if p.end || p.kind == "VOD" || j.fetch.local {
			continue
		}
		wait := time.Duration(min(max(p.target, 1), 60)) * time.Second / 2
		if err := sleep(ctx, time.Until(s.fetched.Add(wait))); err != nil {
			return err
		}
		a, err := j.fetch.playlist(ctx, p.url)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		at := place{p.url, 0}
		if err == nil {
			err = noPlaylist(a)
		}
		j.check("playlist-reachable", err == nil, at, "%v", err)
		if err == nil {
			var parent map[string]string
			if s.parent != nil {
				parent = s.parent.defined
			}
			j.reloaded(p, parse(p.url, a.body, parent, newSheet()))
		}
	}
	return nil
}

// reloaded judges a playlist against an earlier version of it (bis 6.2.2).
func (j *judge) reloaded(p, q *playlist) {
	at := place{p.url, 0}
	j.check("live-target", p.target == q.target, at, "the target duration was %d, then %d", p.target, q.target)
	if p.kind == "EVENT" {
		j.check("live-event", q.sequence == p.sequence && len(q.segments) >= len(p.segments), at, "the media sequence was %d with %d segments, then %d with %d; keep all", p.sequence, len(p.segments), q.sequence, len(q.segments))
	}
	if q.sequence < p.sequence {
		j.fault("live-sequence", at, "EXT-X-MEDIA-SEQUENCE was %d, then %d", p.sequence, q.sequence)
		return
	}
	// Segments that moved up while the sequence stood still are a counter that was
	// forgotten, and not as many changed addresses.
	gone := q.sequence - p.sequence
	shift := int64(-1)
	for i := range p.segments {
		if len(q.segments) > 0 && p.segments[i].same(&q.segments[0]) {
			shift = int64(i)
			break
		}
	}
	if shift > gone && q.skipped == 0 {
		j.fault("live-sequence", at, "%d segments left, EXT-X-MEDIA-SEQUENCE went from %d to %d; add one for each", shift, p.sequence, q.sequence)
		return
	}
	j.check("live-sequence", true, at, "")
	if q.skipped > 0 {
		return
	}
	for i := gone; i < int64(len(p.segments)) && i-gone < int64(len(q.segments)); i++ {
		a, b := &p.segments[i], &q.segments[i-gone]
		j.check("live-uris", a.same(b), place{p.url, b.line}, "segment %d was %s, then %s; keep the address", p.sequence+i, shown(a.url), shown(b.url))
	}
}

// same reports whether two entries are the same segment. Queries may differ: they
// carry tokens.
func (g *segment) same(o *segment) bool {
	return withoutQuery(g.url) == withoutQuery(o.url) && g.span.String() == o.span.String()
}
