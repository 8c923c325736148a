package edge

import (
	"net/netip"
	"sync"
	"time"

	"segue/edge/wire"
)

// rateLimit bounds requests a second by address: a token bucket each, in a table
// that forgets whoever is full again. It is off unless configured.
type rateLimit struct {
	mu      sync.Mutex // guards the two below
	buckets map[netip.Addr]bucket
	swept   time.Duration
}

type bucket struct {
	left float64
	at   time.Duration
}

// burst is how many seconds' worth of requests may come at once.
const burst = 2

// allow takes one request of a from its bucket, at rate requests a second.
func (l *rateLimit) allow(a netip.Addr, rate float64, now time.Duration) bool {
	a = wire.Subject(a)
	most := max(rate*burst, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets == nil {
		l.buckets = make(map[netip.Addr]bucket)
	}
	if now-l.swept > 10*time.Second {
		l.swept = now
		for k, b := range l.buckets {
			if b.left+(now-b.at).Seconds()*rate >= most {
				delete(l.buckets, k)
			}
		}
	}
	b, ok := l.buckets[a]
	if !ok {
		b = bucket{left: most, at: now}
	}
	b.left = min(most, b.left+(now-b.at).Seconds()*rate)
	b.at = now
	ok = b.left >= 1
	if ok {
		b.left--
	}
	l.buckets[a] = b
	return ok
}
