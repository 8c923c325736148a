package edge

import (
	"bytes"
	"crypto/subtle"
	"net/netip"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"segue/edge/gate"
	"segue/edge/wire"
	"segue/signer"
	"segue/stream/byterange"
)

// request is one request on its way through a handler. It is reused: nothing in
// it may be kept.
type request struct {
	ctx   *fasthttp.RequestCtx
	conn  *wire.Conn
	x     *wire.Exchange
	head  *gate.Head
	set   *settings
	route *route
	grant signer.Grant
	by    opener
	token signer.Request
	size  int64 // of the file that has no such range
}

// opener is what let a request in, and so who may keep the answer.
type opener uint8

const (
	byNobody opener = iota // the route or the server is open
	byToken
	byOrigin // the CDN's pull
)

var requests = sync.Pool{New: func() any { return new(request) }}

// authorize decides whether the request may go on. It comes before anything
// else touches what the path names.
func (q *request) authorize() error {
	s := q.set
	if len(s.originSecret) > 0 {
		if sent := q.ctx.Request.Header.Peek("X-Origin-Secret"); len(sent) > 0 {
			if subtle.ConstantTimeCompare(sent, s.originSecret) == 1 {
				q.by = byOrigin
				return nil
			}
		}
	}
	if s.verifier == nil || !s.requireToken && !q.hasToken() {
		return nil
	}
	q.token = signer.Request{
		Path: q.head.Path, PathToken: q.head.PathToken, Query: q.head.Query, Now: time.Now().Unix(),
	}
	q.token.ClientIP, q.token.Country = q.client()
	grant, err := s.verifier.Verify(&q.token)
	if err != nil {
		return err
	}
	q.grant, q.by = grant, byToken
	q.x.KeyID = grant.KeyID
	return nil
}

var tokenParameter = []byte("token=")

// hasToken reports whether a URL claims to be signed. On a server that serves
// unsigned URLs too, one that is signed wrongly is still refused.
func (q *request) hasToken() bool {
	if len(q.head.PathToken) > 0 {
		return true
	}
	i := bytes.Index(q.head.Query, tokenParameter)
	return i == 0 || i > 0 && q.head.Query[i-1] == '&'
}

// client is the address and the country that tokens are held against: the
// connection's, or what a trusted proxy says of it.
func (q *request) client() (netip.Addr, []byte) {
	addr := q.conn.RemoteAddrPort().Addr()
	if len(q.set.proxies) == 0 || !trusted(q.set.proxies, addr) {
		return addr, nil
	}
	var country []byte
	if h := q.set.countryHeader; h != "" {
		country = q.single(h)
	}
	if h := q.set.clientIPHeader; h != "" {
		named := q.single(h)
		if i := bytes.LastIndexByte(named, ','); i >= 0 {
			named = named[i+1:] // of a list, the entry that the proxy itself added
		}
		a, err := netip.ParseAddr(string(bytes.TrimSpace(named)))
		if err != nil {
			// Without its word on the client no address is right: none matches.
			return netip.Addr{}, country
		}
		addr = a.Unmap().WithZone("")
	}
	return addr, country
}

// single is the value of a field that a proxy sets. Repeated, it is as good as
// absent: one of the two may be the client's own.
func (q *request) single(name string) []byte {
	if all := q.ctx.Request.Header.PeekAll(name); len(all) == 1 {
		return all[0]
	}
	return nil
}

func trusted(proxies []netip.Prefix, a netip.Addr) bool {
	for _, p := range proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// conditions reads the conditional fields of the request. The gate has refused
// the ones that were repeated and may not be.
func (q *request) conditions() *byterange.Request {
	r := &q.x.Range
	h := &q.ctx.Request.Header
	*r = byterange.Request{
		Range: h.Peek("Range"), IfRange: h.Peek("If-Range"),
		IfModifiedSince: h.Peek("If-Modified-Since"), IfUnmodifiedSince: h.Peek("If-Unmodified-Since"),
		IfMatch: q.list("If-Match"), IfNoneMatch: q.list("If-None-Match"),
		Head: q.head.Method == gate.HEAD,
	}
	return r
}

// list is the value of a field that may be repeated, its lines joined
// (RFC 9110 5.3).
func (q *request) list(name string) []byte {
	first := q.ctx.Request.Header.Peek(name)
	if first == nil {
		return nil
	}
	if all := q.ctx.Request.Header.PeekAll(name); len(all) > 1 {
		return bytes.Join(all, []byte(", "))
	}
	return first
}

// cacheControl is the header of an answer that may be kept as the route says.
func (q *request) cacheControl(policy cachePolicy) {
	if q.by != byToken {
		q.put("Cache-Control", q.set.cache.public[policy])
		return
	}
	b := q.set.cache.appendPrivate(q.x.Scratch[:0], policy, q.grant.Expires-q.token.Now)
	q.putBytes("Cache-Control", b)
}
