package edge

// options answers a preflight, of any path alike: what it says holds everywhere
// and gives nothing away (Fetch 4.8).
func (s *Server) options(q *request) error {
	q.put("Allow", "GET, HEAD, OPTIONS")
	q.put("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	q.put("Access-Control-Allow-Headers", "Accept, Authorization, Cache-Control, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Pragma, Range, X-Requested-With")
	q.put("Access-Control-Max-Age", "86400")
	q.put("Cache-Control", "public, max-age=86400")
	q.x.Plan.Status = 204
	return s.send(q)
}

func (s *Server) reserved(*request) error { return errNotHere }
