package edge

// options answers a preflight, of any path alike: what it says holds everywhere
// and gives nothing away (Fetch 4.8).
func (s *Server) options(q *request) error {
	q.put(hAllow, "GET, HEAD, OPTIONS")
	q.put(hAllowMethods, "GET, HEAD, OPTIONS")
	q.put(hAllowHeaders, "Accept, Authorization, Cache-Control, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Pragma, Range, X-Requested-With")
	q.put(hMaxAge, "86400")
	q.put(hCacheControl, "public, max-age=86400")
	q.x.Plan.Status = 204
	return q.send()
}

func (s *Server) reserved(*request) error { return errNotHere }
