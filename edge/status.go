package edge

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"segue/edge/gate"
	"segue/internal/obs"
	"segue/signer"
	"segue/stream/byterange"
	"segue/stream/container"
	"segue/stream/hls"
	"segue/stream/library"
	"segue/stream/origin"
)

var (
	errPrecondition = errors.New("edge: precondition failed")
	errRange        = errors.New("edge: range not satisfiable")
	errMethod       = errors.New("edge: method not allowed")
	errNotHere      = errors.New("edge: no such route")
	errTooMany      = errors.New("edge: too many requests")
	errNoKeys       = errors.New("edge: no signing key")
	errWindow       = fmt.Errorf("edge: outside the window that the token was signed for: %w", signer.ErrPath)
)

// badParameter is a query parameter that cannot be.
type badParameter struct{ name, want string }

func (e *badParameter) Error() string { return "edge: parameter " + e.name + ": " + e.want }

// problem is an error as the client sees it (RFC 9457).
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Detail    string `json:"detail,omitempty"`
	RequestID string `json:"request_id,omitempty"`
}

// problemOf is the one way from an error to a status. What it does not know is
// 500 and says nothing: the text of an error is for the log.
func problemOf(err error) problem {
	p := func(status int, code, detail string) problem {
		return problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
	}
	var bad *badParameter
	var pending *hls.PendingError
	var span *hls.ErrSpan
	switch {
	case errors.As(err, &pending):
		return p(503, "indexing", "The file is being indexed. Ask again after the time in Retry-After.")
	case errors.Is(err, container.ErrNotMedia):
		return p(415, "not_media", "This is no media: "+hls.Reason(err)+".")
	case errors.Is(err, container.ErrUnsupported):
		return p(415, "unsupported_media", "This cannot be packaged: "+hls.Reason(err)+".")
	case errors.Is(err, container.ErrBroken):
		return p(422, "broken_media", "This file is broken: "+hls.Reason(err)+".")
	case errors.As(err, &span):
		return p(404, "not_found", "The window lies behind the end.")
	case errors.As(err, &bad):
		return p(400, "bad_parameter", bad.name+": "+bad.want)
	case errors.Is(err, origin.ErrNotFound), errors.Is(err, origin.ErrDirectory), errors.Is(err, errNotHere), errors.Is(err, library.ErrNoArtwork):
		return p(404, "not_found", "There is nothing under this address.")
	case errors.Is(err, library.ErrCursor):
		return p(400, "bad_parameter", "after: take it from `next` of the page before")
	case errors.Is(err, library.ErrTooLarge):
		return p(422, "folder_too_large", "This folder holds more names than can be listed. Sort them into subfolders.")
	case errors.Is(err, errPrecondition):
		return p(412, "precondition_failed", "The stored version is not the one asked for.")
	case errors.Is(err, errRange):
		return p(416, "range_not_satisfiable", "No byte of the file lies in the range asked for.")
	case errors.Is(err, errMethod):
		return p(405, "method_not_allowed", "Only GET, HEAD and OPTIONS are answered here.")
	case errors.Is(err, errTooMany):
		return p(429, "too_many_requests", "This address asks too often. Wait a second.")
	case errors.Is(err, errNoKeys):
		return p(404, "signing_off", "This server has no signing key.")
	case errors.Is(err, origin.ErrBusy), errors.Is(err, origin.ErrChanged):
		return p(503, "busy", "The file cannot be read just now. Try again in a second.")
	}
	if isTokenError(err) {
		// The caller learns nothing of why; the log and the metric do.
		return p(403, "token_refused", "This address needs a valid signature.")
	}
	return p(500, "internal", "Something went wrong here. The request id finds it in the log.")
}

// tokenErrors are what a token is refused for.
var tokenErrors = [...]error{
	signer.ErrMissing, signer.ErrMalformed, signer.ErrExpired, signer.ErrNotYet,
	signer.ErrMismatch, signer.ErrPath, signer.ErrIP, signer.ErrCountry,
}

func isTokenError(err error) bool {
	return slices.ContainsFunc(tokenErrors[:], func(e error) bool { return errors.Is(err, e) })
}

// fail answers an error.
func (s *Server) fail(q *request, err error) {
	p := problemOf(err)
	p.RequestID = requestID(q.x.ID)
	// What a handler set before it failed holds of an answer that is not given.
	q.x.Fields = q.x.Fields[:0]
	switch p.Status {
	case 500:
		s.log.Error("request failed", obs.Path, string(q.head.Path), obs.Err, err, obs.Request, p.RequestID)
	case 403:
		s.metrics.tokens[signer.Reason(err)].Add(1)
		s.log.Debug("token refused", obs.Path, string(q.head.Path), obs.Reason, signer.Reason(err), obs.Request, p.RequestID)
	case 416:
		q.putBytes("Content-Range", byterange.AppendUnsatisfied(q.x.Scratch[:0], q.size))
	case 405:
		q.put("Allow", "GET, HEAD, OPTIONS")
	case 429, 503:
		q.put("Retry-After", strconv.Itoa(retryAfter(err)))
	}
	q.put("Cache-Control", "no-store")
	q.put("Content-Type", "application/problem+json")
	body, jerr := json.Marshal(p)
	if jerr != nil {
		panic("BUG: problem is not JSON: " + jerr.Error())
	}
	q.x.Plan.Reset()
	q.x.Plan.Memory(p.Status, body)
	if q.head.Method == gate.HEAD {
		q.x.Plan.Bodyless()
	}
	_ = s.send(q)
}

// refusal is the whole answer to a request that the gate turned away. The
// connection ends with it, for nobody knows where the next request begins.
func refusal(r *gate.Refusal) []byte {
	p := problem{Type: "about:blank", Title: http.StatusText(r.Status), Status: r.Status, Code: "refused_" + r.Reason, Detail: r.Detail}
	body, err := json.Marshal(p)
	if err != nil {
		panic("BUG: problem is not JSON: " + err.Error())
	}
	allow := ""
	if r.Status == 405 {
		allow = "Allow: GET, HEAD, OPTIONS\r\n"
	}
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nServer: %s\r\nDate: %s\r\nContent-Type: application/problem+json\r\n"+
		"Content-Length: %d\r\n%sCache-Control: no-store\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n\r\n%s",
		r.Status, http.StatusText(r.Status), serverName, byterange.AppendHTTPDate(nil, time.Now().Unix()), len(body), allow, body)
}

func requestID(id uint64) string {
	return string(strconv.AppendUint([]byte(requestPrefix), id, 16))
}
