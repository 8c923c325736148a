package edge

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"path"
	"strings"

	"segue/stream/origin"
)

// assetPrefix is where the page's own files are.
const assetPrefix = "/.segue/"

// asset is one of the page's files, compressed once at start.
type asset struct {
	contentType string
	plain, gzip []byte
	etag        string
	hashed      bool // its name changes with its bytes
}

func loadAssets(pages fs.FS) (map[string]*asset, error) {
	all := make(map[string]*asset)
	err := fs.WalkDir(pages, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(pages, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		a := &asset{plain: b, etag: base64.RawURLEncoding.EncodeToString(sum[:12]), hashed: strings.HasPrefix(name, "assets/")}
		a.contentType = mime.TypeByExtension(path.Ext(name))
		if a.contentType == "" {
			a.contentType = "application/octet-stream"
		}
		if strings.HasPrefix(a.contentType, "text/") || strings.Contains(a.contentType, "json") || strings.Contains(a.contentType, "svg") {
			a.gzip = origin.Compress(b)
		}
		all[name] = a
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load pages: %w", err)
	}
	return all, nil
}

// contentPolicy lets the page load what this server gives it, and nothing else.
const contentPolicy = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// page serves the root's own index.html where there is one, else ours.
func (s *Server) page(q *request) error {
	f, err := s.folderOrigin.Open([]byte("/index.html"), q.x.Start)
	if err == nil {
		return s.sendFile(q, f, cacheCheck)
	}
	if !errors.Is(err, origin.ErrNotFound) && !errors.Is(err, origin.ErrDirectory) {
		return err
	}
	a := s.assets["index.html"]
	if a == nil {
		return errNotHere
	}
	q.put("Content-Security-Policy", contentPolicy)
	q.put("Referrer-Policy", "same-origin")
	return s.sendAsset(q, a, cacheCheck)
}

func (s *Server) asset(q *request) error {
	a := s.assets[string(q.head.Path[len(assetPrefix):])]
	if a == nil {
		return errNotHere
	}
	policy := cacheCheck
	if a.hashed {
		policy = cacheStatic
	}
	return s.sendAsset(q, a, policy)
}

func (s *Server) sendAsset(q *request, a *asset, policy cachePolicy) error {
	body, etag, encoding := a.plain, `"`+a.etag+`"`, ""
	if a.gzip != nil {
		q.put("Vary", "Accept-Encoding")
		if acceptsGzip(q.ctx.Request.Header.Peek("Accept-Encoding")) {
			body, etag, encoding = a.gzip, `"`+a.etag+`-gz"`, "gzip"
		}
	}
	q.put("ETag", etag)
	q.cacheControl(policy)
	switch s.stored(q, q.conditions(), stored{etag: etag, body: body}) {
	case 412:
		return errPrecondition
	case 200:
		q.put("Content-Type", a.contentType)
		if encoding != "" {
			q.put("Content-Encoding", encoding)
		}
	}
	return s.send(q)
}
