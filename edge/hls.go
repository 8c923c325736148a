package edge

import (
	"bytes"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"segue/stream"
	"segue/stream/hls"
	"segue/stream/origin"
)

const (
	playlistType = "application/vnd.apple.mpegurl"
	infoType     = "application/json"
)

var hlsInfix = []byte("/hls/")

// hls serves what is below /hls/ of a file or a folder.
func (s *Server) hls(q *request) error {
	at := bytes.LastIndex(q.head.Path, hlsInfix)
	name, ok := hls.Parse(q.head.Path[at+len(hlsInfix):])
	if !ok || s.packages == nil {
		return s.file(q) // a file of that name, or nothing
	}
	path := q.head.Path[:at]
	if at == 0 {
		return s.album(q, path, &name)
	}
	open := s.folderOrigin.OpenUnread
	if name.Kind == hls.Init || name.Kind == hls.Fragment {
		open = s.folderOrigin.Open
	}
	f, err := open(path, q.x.Start)
	if errors.Is(err, origin.ErrDirectory) {
		return s.album(q, path, &name)
	}
	if err != nil {
		return err
	}
	m, err := s.packages.Open(path, f)
	if err == nil {
		switch name.Kind {
		case hls.Init, hls.Fragment:
			return s.segment(q, f, path, m, &name)
		case hls.Joined:
			err = origin.ErrNotFound
		default:
			return s.playlist(q, f, path, m, &name)
		}
	}
	f.Release()
	return err
}

// segment serves a segment or an init section: the hot path. It takes over the
// reference to f.
func (s *Server) segment(q *request, f *origin.File, path []byte, m *hls.Media, name *hls.Name) error {
	tag := f.Tag
	if string(name.Version) != m.Version {
		f.Release()
		return origin.ErrNotFound // of another version of the file: never other bytes
	}
	forced, err := q.signedSpan(m)
	if err == nil && forced != nil && (!name.Window || name.Span != *forced) {
		err = errWindow
	}
	if err != nil {
		f.Release()
		return err
	}
	etag := f.ETag
	f, err = s.packages.Source(m, path, f, q.x.Start)
	if err != nil {
		return err
	}
	if name.Window {
		if m, err = s.packages.Window(m, path, etag, f, name.Span); err != nil {
			f.Release()
			return err
		}
	}
	r := m.Find(name.Rendition)
	var seg *hls.Segment
	switch {
	case r == nil:
		err = origin.ErrNotFound
	case name.Kind == hls.Init && name.N < r.Inits():
		seg = s.packages.Header(r, name.N)
	case name.Kind == hls.Fragment && name.N < r.Segments() && string(name.Extension) == r.Extension && (name.Base == 0 || !name.Window && !r.Packed()):
		seg, err = s.packages.Segment(r, name.N, name.Base, f)
	default:
		err = origin.ErrNotFound
	}
	if err != nil {
		f.Release()
		return err
	}
	return s.sendBody(q, f, tag, &seg.Body, cacheSegment)
}

// sendBody plans and sends a body made of f, whose reference it takes over.
func (s *Server) sendBody(q *request, f *origin.File, tag string, b *stream.Body, policy cachePolicy) error {
	r := q.x.Plan.Body(f, b, q.conditions())
	q.put("Accept-Ranges", "bytes")
	q.put("ETag", b.ETag)
	q.put("Cache-Tag", tag)
	q.put("Timing-Allow-Origin", "*")
	q.put("Cross-Origin-Resource-Policy", "cross-origin")
	q.cacheControl(policy)
	return s.sendRange(q, b.ContentType, b.Size, r)
}

// playlist serves a text of m. It takes over the reference to f.
func (s *Server) playlist(q *request, f *origin.File, path []byte, m *hls.Media, name *hls.Name) error {
	tag, etag := f.Tag, f.ETag
	span, err := q.span(m, name)
	if err == nil && span != nil {
		if f, err = s.packages.Source(m, path, f, q.x.Start); err != nil {
			return err
		}
		m, err = s.packages.Window(m, path, etag, f, *span)
	}
	f.Release()
	if err != nil {
		return err
	}
	// Addresses in a window's playlists are below its folder. Who asks from
	// within that folder, or for a rendition, needs them without.
	switch name.Kind {
	case hls.Master:
		return s.sendPlaylist(q, tag, choose(name.Window, m.MasterInside, m.Master), playlistType)
	case hls.Info:
		return s.sendPlaylist(q, tag, choose(name.Window, m.InfoInside, m.Info), infoType)
	}
	r := m.Find(name.Rendition)
	if r == nil {
		return origin.ErrNotFound
	}
	return s.sendPlaylist(q, tag, choose(span == nil || name.Window, r.Playlist, r.PlaylistOutside), playlistType)
}

func choose(first bool, a, b *hls.Text) *hls.Text {
	if first && a != nil || b == nil {
		return a
	}
	return b
}

// sendPlaylist sends a text, compressed beforehand, to who takes gzip.
func (s *Server) sendPlaylist(q *request, tag string, t *hls.Text, contentType string) error {
	v := stored{etag: t.ETag, body: t.Body}
	zipped := acceptsGzip(q.ctx.Request.Header.Peek("Accept-Encoding"))
	if zipped {
		v = stored{etag: t.GzipETag, body: t.Gzip}
	}
	q.put("ETag", v.etag)
	q.put("Vary", "Accept-Encoding")
	q.put("Cache-Tag", tag)
	q.put("Timing-Allow-Origin", "*")
	q.put("Cross-Origin-Resource-Policy", "cross-origin")
	q.cacheControl(cachePlaylist)
	switch s.stored(q, q.conditions(), v) {
	case 412:
		return errPrecondition
	case 200:
		q.put("Content-Type", contentType)
		if zipped {
			q.put("Content-Encoding", "gzip")
		}
	}
	q.conn.Limit(q.grant.LimitKBps * 1000)
	return s.send(q)
}

// span is the window that a playlist is asked for: by its path, by its query, or
// by the token, which binds it.
func (q *request) span(m *hls.Media, name *hls.Name) (*hls.Span, error) {
	forced, err := q.signedSpan(m)
	if err != nil {
		return nil, err
	}
	asked := &name.Span
	if !name.Window {
		if asked, err = spanOf(q.head.Query, m.Seconds()); err != nil {
			return nil, err
		}
	}
	if forced != nil {
		if asked != nil && *asked != *forced {
			return nil, errWindow
		}
		return forced, nil
	}
	return asked, nil
}

// signedSpan is the window that the request's token was signed for, nil without
// one.
func (q *request) signedSpan(m *hls.Media) (*hls.Span, error) {
	switch {
	case len(q.head.PathToken) > 0:
		return spanOf(q.head.PathToken, m.Seconds())
	case q.by == byToken:
		return spanOf(q.head.Query, m.Seconds())
	}
	return nil, nil
}

// spanOf reads ?from=SECONDS&to=SECONDS; nil when there is neither.
func spanOf(query []byte, seconds float64) (*hls.Span, error) {
	if !bytes.Contains(query, []byte("from=")) && !bytes.Contains(query, []byte("to=")) {
		return nil, nil
	}
	args, err := url.ParseQuery(string(query))
	if err != nil {
		return nil, &badParameter{"query", "is not percent-encoded"}
	}
	if !args.Has("from") && !args.Has("to") {
		return nil, nil
	}
	end := int64(seconds*1000 + 0.999)
	s := hls.Span{To: end}
	for _, p := range []struct {
		name string
		to   *int64
	}{{"from", &s.From}, {"to", &s.To}} {
		text := args.Get(p.name)
		if !args.Has(p.name) {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v >= 0) || v > maxSeconds || len(args[p.name]) > 1 || strings.ContainsAny(text, "xXpP_eE+") {
			return nil, &badParameter{p.name, "write seconds, such as 12.5"}
		}
		*p.to = int64(v*1000 + 0.5)
	}
	s.To = min(s.To, end)
	if s.From >= s.To {
		return nil, &badParameter{"from", "must be before `to`, and before the end at " + strconv.FormatFloat(seconds, 'f', 3, 64) + " s"}
	}
	return &s, nil
}

// wholeAllowed refuses what has no windows, such as the file itself, to a token
// that was signed for one.
func (q *request) wholeAllowed() error {
	if q.by != byToken {
		return nil
	}
	signed := q.head.PathToken
	if len(signed) == 0 {
		// Of a basic token the query is not signed, and may be anybody's.
		if signed = q.head.Query; !bytes.Contains(signed, []byte("token=HS256-")) || bytes.Contains(signed, []byte("token_ignore_params=true")) {
			return nil
		}
	}
	if s, err := spanOf(signed, maxSeconds); err == nil && s != nil {
		return errWindow
	}
	return nil
}

// maxSeconds is longer than anything that is packaged.
const maxSeconds = 1e6

// retryAfter is when to ask again for what is not there yet, in whole seconds.
func retryAfter(err error) int {
	var p *hls.PendingError
	if errors.As(err, &p) {
		return max(1, int((p.RetryAfter+time.Second-1)/time.Second))
	}
	return 1
}
