package edge

import "github.com/valyala/fasthttp"

// Names of header fields, spelled as their RFCs do: fasthttp would send "Etag".
var (
	hAcceptRanges    = []byte("Accept-Ranges")
	hAllow           = []byte("Allow")
	hAllowHeaders    = []byte("Access-Control-Allow-Headers")
	hAllowMethods    = []byte("Access-Control-Allow-Methods")
	hAllowOrigin     = []byte("Access-Control-Allow-Origin")
	hCacheControl    = []byte("Cache-Control")
	hCacheTag        = []byte("Cache-Tag")
	hContentEncoding = []byte("Content-Encoding")
	hContentPolicy   = []byte("Content-Security-Policy")
	hContentRange    = []byte("Content-Range")
	hETag            = []byte("ETag")
	hExposeHeaders   = []byte("Access-Control-Expose-Headers")
	hLastModified    = []byte("Last-Modified")
	hMaxAge          = []byte("Access-Control-Max-Age")
	hNoSniff         = []byte("X-Content-Type-Options")
	hReferrer        = []byte("Referrer-Policy")
	hRequestID       = []byte("X-Request-Id")
	hResourcePolicy  = []byte("Cross-Origin-Resource-Policy")
	hRetryAfter      = []byte("Retry-After")
	hTimingAllow     = []byte("Timing-Allow-Origin")
	hVary            = []byte("Vary")
)

// put sets a header in place of one of the same name, without allocating.
func (q *request) put(name []byte, value string) {
	q.x.Header = append(q.x.Header[:0], value...)
	q.header().SetCanonical(name, q.x.Header)
}

func (q *request) header() *fasthttp.ResponseHeader { return &q.ctx.Response.Header }
