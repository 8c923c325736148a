package edge

import (
	"segue/edge/gate"
	"segue/stream"
	"segue/stream/byterange"
	"segue/stream/origin"
)

// file serves one file of the folder: the hot path.
func (s *Server) file(q *request) error {
	if err := q.wholeAllowed(); err != nil {
		return err
	}
	f, err := s.folderOrigin.Open(q.head.Path, q.x.Start)
	if err != nil {
		return err
	}
	return s.sendFile(q, f, cacheRaw)
}

// sendFile plans and sends f, whose reference it takes over.
func (s *Server) sendFile(q *request, f *origin.File, policy cachePolicy) error {
	req := q.conditions()
	if f.Compressible() {
		if done, err := s.sendText(q, f, req, policy); done {
			return err
		}
	}
	r := q.x.Plan.Media(f, req)
	s.fileHeaders(q, f, f.ETag, policy)
	return s.sendRange(q, f.ContentType, f.Size, r)
}

// sendRange sends what was planned of a body of size bytes.
func (s *Server) sendRange(q *request, contentType string, size int64, r stream.Range) error {
	switch q.x.Plan.Status {
	case 200:
		q.put("Content-Type", contentType)
	case 206:
		if r.Boundary != "" {
			q.put("Content-Type", byterange.MultipartType+r.Boundary)
		} else {
			q.put("Content-Type", contentType)
			q.putBytes("Content-Range", r.ContentRange)
		}
	case 412:
		q.x.Plan.Reset()
		return errPrecondition
	case 416:
		q.size = size
		q.x.Plan.Reset()
		return errRange
	}
	if q.by == byToken {
		q.conn.Limit(q.grant.LimitKBps * 1000)
	} else {
		q.conn.Limit(0)
	}
	return s.send(q)
}

// fileHeaders are what 200, 206 and 304 of a file share (RFC 9110 15.4.5).
func (s *Server) fileHeaders(q *request, f *origin.File, etag string, policy cachePolicy) {
	q.put("Accept-Ranges", "bytes")
	q.put("ETag", etag)
	if f.LastModified != "" {
		q.put("Last-Modified", f.LastModified)
	}
	q.put("Cache-Tag", f.Tag)
	q.put("Timing-Allow-Origin", "*")
	q.put("Cross-Origin-Resource-Policy", "cross-origin")
	q.cacheControl(policy)
}

// sendText serves a small text compressed to a client that takes gzip and asks
// for no range: another representation, with an ETag of its own. Sound and
// pictures are compressed as they are.
func (s *Server) sendText(q *request, f *origin.File, req *byterange.Request, policy cachePolicy) (bool, error) {
	q.put("Vary", "Accept-Encoding")
	if req.Range != nil || !acceptsGzip(q.ctx.Request.Header.Peek("Accept-Encoding")) {
		return false, nil
	}
	body, etag := f.Gzip()
	if body == nil {
		return false, nil
	}
	s.fileHeaders(q, f, etag, policy)
	q.x.Plan.File = f // the body is the file's
	switch s.stored(q, req, stored{etag: etag, modTime: f.ModTime, body: body}) {
	case 412:
		q.x.Plan.Reset()
		return true, errPrecondition
	case 200:
		q.put("Content-Type", f.ContentType)
		q.put("Content-Encoding", "gzip")
	}
	q.conn.Limit(q.grant.LimitKBps * 1000)
	return true, s.send(q)
}

// stored is a representation that is held in memory whole.
type stored struct {
	etag    string
	modTime int64
	body    []byte
}

// stored plans a representation without ranges, and says with which status.
func (s *Server) stored(q *request, req *byterange.Request, v stored) int {
	var d byterange.Decision
	byterange.Decide(&byterange.Request{
		IfMatch: req.IfMatch, IfNoneMatch: req.IfNoneMatch, IfModifiedSince: req.IfModifiedSince,
		IfUnmodifiedSince: req.IfUnmodifiedSince, Head: req.Head,
	}, &byterange.Selected{ETag: v.etag, ModTime: v.modTime, Size: int64(len(v.body))}, &d)
	p := &q.x.Plan
	if p.Status = d.Status; d.Status == 200 {
		p.Memory(200, v.body)
	}
	if q.head.Method == gate.HEAD {
		p.Bodyless()
	}
	return d.Status
}
