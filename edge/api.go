package edge

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"segue/edge/gate"
	"segue/signer"
	"segue/stream/origin"
)

// The page's API. Slow paths: they may allocate.

// apiTime bounds the work of one API request.
const apiTime = 20 * time.Second

func (s *Server) config(q *request) error {
	return s.json(q, struct {
		Version      string `json:"version"`
		Name         string `json:"name"`
		Signing      bool   `json:"signing"`
		RequireToken bool   `json:"require_token"`
		HLS          bool   `json:"hls"`
	}{s.version, s.name, q.set.ring != nil, q.set.requireToken, s.packages != nil})
}

type folderJSON struct {
	Path    string       `json:"path"`
	Name    string       `json:"name"`
	Folders []folderItem `json:"folders"`
	Tracks  []trackItem  `json:"tracks"`
	Next    string       `json:"next,omitempty"`
}

type folderItem struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

type trackItem struct {
	Path     string    `json:"path"`
	Name     string    `json:"name"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	Type     string    `json:"type"`
	Title    string    `json:"title,omitempty"`
	Artist   string    `json:"artist,omitempty"`
	Album    string    `json:"album,omitempty"`
	Track    int       `json:"track,omitempty"`
	Year     int       `json:"year,omitempty"`
	Artwork  string    `json:"artwork,omitempty"`
}

// folder lists one folder: ?path=/a/b/&after=CURSOR.
func (s *Server) folder(q *request) error {
	args, err := q.query()
	if err != nil {
		return err
	}
	path, err := folderPath(args.Get("path"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), apiTime)
	defer cancel()
	l, err := s.library.List(ctx, path, args.Get("after"))
	if err != nil {
		return err
	}
	out := folderJSON{Path: l.Path, Name: l.Name, Folders: []folderItem{}, Tracks: []trackItem{}, Next: l.Next}
	if path == "/" {
		out.Name = s.name
	}
	// Names that are routes of ours cannot be reached as files.
	for _, f := range l.Folders {
		if s.reserves(f.Path) {
			continue
		}
		out.Folders = append(out.Folders, folderItem{Name: f.Name, Path: f.Path})
	}
	for _, t := range l.Tracks {
		if s.reserves(t.Path) {
			continue
		}
		item := trackItem{
			Path: t.Path, Name: t.Name, Size: t.Size, Modified: t.Modified.UTC(), Type: t.Type, Title: t.Title,
			Artist: t.Artist, Album: t.Album, Track: t.Number, Year: t.Year,
		}
		if t.Artwork {
			item.Artwork = "/api/v1/artwork?path=" + url.QueryEscape(t.Path) + "&v=" + t.Version
		}
		out.Tracks = append(out.Tracks, item)
	}
	return s.json(q, out)
}

// reserves reports whether a path is a route of ours, under which a file of that
// name cannot be had.
func (s *Server) reserves(path string) bool {
	switch s.routes[match(s.routes, []byte(path))].name {
	case "file", "playlist", "segment": // these two give way to a file of the name
		return false
	}
	return true
}

func folderPath(p string) (string, error) {
	if p == "" {
		return "/", nil
	}
	if p[0] != '/' || p[len(p)-1] != '/' || strings.Contains(p, "//") {
		return "", &badParameter{"path", "begin and end it with a slash"}
	}
	if strings.Contains(p, "/.") || strings.ContainsAny(p, "\\\x00") {
		return "", origin.ErrNotFound
	}
	return p, nil
}

// artwork serves the picture of a track: ?path=/a.flac.
func (s *Server) artwork(q *request) error {
	path, err := q.trackPath()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), apiTime)
	defer cancel()
	a, err := s.library.Artwork(ctx, path)
	if err != nil {
		return err
	}
	etag := `"` + a.Version + `"`
	q.put("ETag", etag)
	q.put("Cross-Origin-Resource-Policy", "cross-origin")
	q.cacheControl(cacheImage)
	if s.stored(q, q.conditions(), stored{etag: etag, body: a.Data}) == 412 {
		return errPrecondition
	}
	q.put("Content-Type", a.ContentType)
	return s.send(q)
}

// Lifetimes of the links that the page hands out.
const (
	defaultLink = 24 * time.Hour
	longestLink = 30 * 24 * time.Hour
)

// links signs the address of a track: ?path=/a.flac&expires_in=SECONDS. Who may
// ask may fetch the track anyway: under require_token the route needs a token of
// its own.
func (s *Server) links(q *request) error {
	if q.set.ring == nil {
		return errNoKeys
	}
	args, err := q.query()
	if err != nil {
		return err
	}
	path, err := q.trackPath()
	if err != nil {
		return err
	}
	f, err := s.folderOrigin.Open([]byte(path), q.x.Start)
	if err != nil {
		return err
	}
	f.Release()
	life := defaultLink
	if text := args.Get("expires_in"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 1 || n > int64(longestLink/time.Second) {
			return &badParameter{"expires_in", "write seconds, from 1 to " + strconv.Itoa(int(longestLink/time.Second))}
		}
		life = time.Duration(n) * time.Second
	}
	expires := time.Now().Add(life).Unix()
	signed, err := signer.SignBunny(q.set.ring.Newest(), (&url.URL{Path: path}).EscapedPath(), signer.BunnyOptions{Expires: expires})
	if err != nil {
		return &badParameter{"path", "this name cannot be signed"}
	}
	return s.json(q, struct {
		URL     string `json:"url"`
		Expires int64  `json:"expires"`
	}{signed, expires})
}

func (q *request) query() (url.Values, error) {
	v, err := url.ParseQuery(string(q.head.Query))
	if err != nil {
		return nil, &badParameter{"query", "is not percent-encoded"}
	}
	return v, nil
}

func (q *request) trackPath() (string, error) {
	args, err := q.query()
	if err != nil {
		return "", err
	}
	p := args.Get("path")
	if p == "" || p[0] != '/' {
		return "", &badParameter{"path", "name a track, from the first slash"}
	}
	if strings.Contains(p, "//") || strings.ContainsAny(p, "\\\x00") {
		return "", origin.ErrNotFound
	}
	return p, origin.Visible(p)
}

// json sends v, compressed where that pays and is wanted.
func (s *Server) json(q *request, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return errors.Join(errors.New("encode answer"), err)
	}
	q.put("Content-Type", "application/json")
	q.put("Vary", "Accept-Encoding")
	q.cacheControl(q.route.cache)
	if acceptsGzip(q.ctx.Request.Header.Peek("Accept-Encoding")) {
		if z := origin.Compress(body); z != nil {
			body = z
			q.put("Content-Encoding", "gzip")
		}
	}
	q.x.Plan.Memory(200, body)
	if q.head.Method == gate.HEAD {
		q.x.Plan.Bodyless()
	}
	return s.send(q)
}
