package validate

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// delivery judges how a playlist was answered. A live one may change before HEAD.
func (j *judge) delivery(ctx context.Context, a *answer, still bool) {
	at := place{a.url, 0}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	ext := extension(a.url)
	named := ext == ".m3u8" || ext == ".m3u"
	right := kind == "application/vnd.apple.mpegurl" || kind == "audio/mpegurl" || kind == "application/x-mpegurl"
	j.check("playlist-named", named || right, at, "Content-Type %q and a path without .m3u8; send application/vnd.apple.mpegurl", kind)
	if a.status == 0 {
		return
	}
	j.check("playlist-type-header", kind == "application/vnd.apple.mpegurl" || kind == "audio/mpegurl", at, "Content-Type is %q; send application/vnd.apple.mpegurl", kind)
	j.check("playlist-gzip", a.gzip, at, "sent without Content-Encoding: gzip, which was asked for")
	if a.redirects > 0 {
		j.note("%s was reached over %d redirects.", shown(a.url), a.redirects)
	}
	j.headers(a, at)
	if still {
		j.head(ctx, a, http.Header{"Accept-Encoding": {"gzip"}}, at)
	}
}

// headers judges what playlists and media share.
func (j *judge) headers(a *answer, at place) {
	j.check("cache-control", a.header.Get("Cache-Control") != "", at, "no Cache-Control; say how long it may be kept")
	allow := a.header.Get("Access-Control-Allow-Origin")
	j.check("cors", allow == "*" || allow == origin, at, "Access-Control-Allow-Origin is %q for a page of %s; send *", allow, origin)
	if u, err := url.Parse(a.url); err == nil && !loopback(u.Hostname()) {
		j.check("tls", u.Scheme == "https", at, "sent over plain HTTP")
	}
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// head compares HEAD with the GET before.
func (j *judge) head(ctx context.Context, a *answer, header http.Header, at place) {
	h, body, err := j.fetch.get(ctx, "HEAD", a.url, header)
	if err != nil {
		if ctx.Err() == nil {
			j.fault("head", at, "HEAD: %v", err)
		}
		return
	}
	_ = body.Close()
	if h.status != a.status {
		j.fault("head", at, "HEAD is answered %d, GET %d", h.status, a.status)
		return
	}
	var differ []string
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Etag", "Last-Modified", "Cache-Control", "Accept-Ranges"} {
		get, head := a.header.Get(name), h.header.Get(name)
		// RFC 9110 9.3.2: fields made while content is generated may be left out.
		if get != head && (head != "" || name == "Content-Type") {
			differ = append(differ, fmt.Sprintf("%s %q, GET %q", name, head, get))
		}
	}
	j.check("head", len(differ) == 0, at, "HEAD answers %s", strings.Join(differ, "; "))
}

// mediaTypes are those of AA 10.4 and of bis 3.1 by format.
var mediaTypes = map[string][]string{
	"fmp4": {"video/mp4", "audio/mp4", "video/iso.segment", "audio/iso.segment", "application/mp4"},
	"ts":   {"video/mp2t", "audio/mp2t"}, "adts": {"audio/aac", "audio/aacp"}, "mp3": {"audio/mpeg"},
	"ac3": {"audio/ac3", "audio/eac3"}, "webvtt": {"text/vtt", "text/plain"},
}

func (j *judge) mediaType(a *answer, format string, at place) {
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	if want := mediaTypes[format]; want != nil {
		j.check("media-type-header", slices.Contains(want, kind), at, "Content-Type of %s is %q; send %s", shown(a.url), kind, want[0])
	}
}

// mediaDelivery judges, on the first segment of a playlist, how media is answered.
// The head is its first bytes.
func (j *judge) mediaDelivery(ctx context.Context, a *answer, g *segment, head []byte, size int64, at place) {
	j.headers(a, at)
	if g.span != nil || size < 32 || len(head) < 32 {
		return // asked by range already
	}
	j.head(ctx, a, nil, at)
	from, to := 8, min(len(head), 72)-1
	b, body, err := j.fetch.get(ctx, "GET", a.url, http.Header{"Range": {fmt.Sprintf("bytes=%d-%d", from, to)}})
	if err != nil {
		return // the network, which other rules speak of
	}
	defer body.Close()
	part, _ := io.ReadAll(io.LimitReader(body, int64(to-from+2)))
	want := fmt.Sprintf("bytes %d-%d/%d", from, to, size)
	j.check("range", b.status == http.StatusPartialContent && b.header.Get("Content-Range") == want && bytes.Equal(part, head[from:to+1]), at,
		"bytes %d-%d of %s are answered %d, Content-Range %q; it should be 206, %q, and the bytes of the whole answer", from, to, shown(a.url), b.status, b.header.Get("Content-Range"), want)
	was, is := a.header.Get("Etag"), b.header.Get("Etag")
	if was == "" {
		was, is = a.header.Get("Last-Modified"), b.header.Get("Last-Modified")
	}
	if b.status == http.StatusPartialContent || b.status == http.StatusOK {
		j.check("etag", was != "" && was == is, at, "%s has ETag or Last-Modified %q, then %q; send one that stays", shown(a.url), was, is)
	}
}
