package wire

import (
	"net/netip"
	"sync"
	"time"

	"segue/edge/gate"
	"segue/stream"
	"segue/stream/byterange"
)

// Exchange is what one request needs while it is served. An idle connection
// holds none.
type Exchange struct {
	Head  gate.Head
	Plan  stream.Plan
	Start time.Duration // of the request, on the clock of [Now]

	// For the handler's use; zero at the start of each request.
	Route    int
	KeyID    string
	ID       uint64
	Client   netip.Addr // as the access log names it
	Range    byterange.Request
	Response []byte // the head of the answer, sent in place of fasthttp's
	Fields   []byte // its fields, while they are gathered
	Scratch  []byte
	Blocked  bool // the answer had to wait for the client at least once

	buf     []byte // bytes read; the current head is buf[:headEnd]
	n       int    // bytes in buf
	scanned int    // bytes of the head already searched for its end
	headEnd int
	given   int  // bytes of the head already handed on
	planned bool // the plan is to follow the next head written
}

var exchanges sync.Pool

func acquireExchange(size int) *Exchange {
	if x, ok := exchanges.Get().(*Exchange); ok && len(x.buf) >= size {
		return x
	}
	return &Exchange{buf: make([]byte, size), Response: make([]byte, 0, 1024), Fields: make([]byte, 0, 512), Scratch: make([]byte, 0, 128)}
}

func releaseExchange(x *Exchange) {
	x.reset()
	x.n, x.scanned, x.headEnd, x.given = 0, 0, 0, 0
	exchanges.Put(x)
}

// reset ends a request and keeps the bytes that followed its head.
func (x *Exchange) reset() {
	x.Plan.Reset()
	x.Range = byterange.Request{}
	x.Route, x.KeyID, x.ID, x.planned = 0, "", 0, false
	x.Response, x.Fields, x.Scratch = x.Response[:0], x.Fields[:0], x.Scratch[:0]
}

// next moves what follows the current head to the front of the buffer.
func (x *Exchange) next() {
	x.n = copy(x.buf, x.buf[x.headEnd:x.n])
	x.scanned, x.headEnd, x.given = 0, 0, 0
}

var epoch = time.Now()

// Now is the monotonic clock of this package, from a start of its own.
func Now() time.Duration { return time.Since(epoch) }
