package edge

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"segue/edge/wire"
	"segue/stream/byterange"
)

// The head of every answer is written here, straight into the exchange's buffer,
// and sent in place of the one that fasthttp would write: that spells "Etag", and
// its table of fields costs as much as the rest of the handler.

// put adds a field. Name and value are ours: neither may hold CR or LF.
func (q *request) put(name, value string) {
	b := append(q.x.Fields, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	q.x.Fields = append(b, "\r\n"...)
}

func (q *request) putBytes(name string, value []byte) {
	b := append(q.x.Fields, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	q.x.Fields = append(b, "\r\n"...)
}

// send completes the head and hands the plan to the connection.
func (s *Server) send(q *request) error {
	x := q.x
	p := &x.Plan
	b := appendStatus(x.Response[:0], p.Status)
	b = append(b, "Server: "+serverName+"\r\nDate: "...)
	b = append(b, s.date.line(x.Start)...)
	if p.Status != 204 && p.Status != 304 { // RFC 9110 8.6
		b = append(b, "\r\nContent-Length: "...)
		b = strconv.AppendInt(b, p.Length, 10)
	}
	b = append(b, "\r\nX-Request-Id: "...)
	b = append(b, requestPrefix...)
	b = strconv.AppendUint(b, x.ID, 16)
	b = append(b, "\r\n"...)
	b = append(b, x.Fields...)
	// What fasthttp does with the connection, and why, is in the request: the gate
	// reads it the same way.
	switch {
	case q.ctx.Response.ConnectionClose() || q.head.Close:
		b = append(b, "Connection: close\r\n"...)
	case q.head.Minor == 0:
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	// Players run on other sites: always present, whoever asks, and never with
	// credentials (Fetch 3.2).
	b = append(b, "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: "+exposed+
		"\r\nX-Content-Type-Options: nosniff\r\n\r\n"...)
	x.Response = b
	q.ctx.Response.SkipBody = true
	q.conn.SendPlan()
	return nil
}

const exposed = "Accept-Ranges, Age, Cache-Control, Content-Encoding, Content-Length, Content-Range, Date, ETag, Last-Modified, Retry-After, X-Request-Id"

func appendStatus(b []byte, status int) []byte {
	switch status { // the usual ones without a look-up
	case 200:
		return append(b, "HTTP/1.1 200 OK\r\n"...)
	case 206:
		return append(b, "HTTP/1.1 206 Partial Content\r\n"...)
	case 304:
		return append(b, "HTTP/1.1 304 Not Modified\r\n"...)
	}
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(status)...)
	return append(b, "\r\n"...)
}

// dateClock writes the Date of answers once a second.
type dateClock struct{ now atomic.Pointer[date] }

type date struct {
	until time.Duration // on wire's clock
	line  []byte
}

func (c *dateClock) line(now time.Duration) []byte {
	d := c.now.Load()
	if d == nil || now >= d.until {
		wall := time.Now()
		next := wall.Truncate(time.Second).Add(time.Second).Sub(wall)
		d = &date{until: wire.Now() + next, line: byterange.AppendHTTPDate(nil, wall.Unix())}
		c.now.Store(d)
	}
	return d.line
}
