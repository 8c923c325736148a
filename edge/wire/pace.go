package wire

import "time"

// quantum is the step of a paced answer: what it sends at once lasts this long.
const quantum = 50 * time.Millisecond

// pace is a connection's bandwidth bound. It outlives the single answer, so
// that many small ranges are no way round it.
type pace struct {
	rate int64         // bytes a second; 0 is no bound
	next time.Duration // when more may go
}

// Limit bounds the answer being made, and those after it until the next call,
// to the lesser of rate and the listener's own bound, in bytes a second.
func (c *Conn) Limit(rate int64) {
	if b := c.srv.limits.Load().Bandwidth; b > 0 && (rate == 0 || b < rate) {
		rate = b
	}
	c.pace.rate = rate
}

// take is how many bytes may go now, or -1 for any number. What it gives is
// paid for by waiting before the next.
func (p *pace) take() int64 {
	if p.rate == 0 {
		return -1
	}
	now := Now()
	if wait := p.next - now; wait > 0 {
		time.Sleep(wait)
		now = p.next
	}
	n := max(p.rate*int64(quantum)/int64(time.Second), 1)
	p.next = now + time.Duration(n*int64(time.Second)/p.rate)
	return n
}

// refund gives back what an answer's end left of the last take.
func (p *pace) refund(left int64) {
	if left > 0 && p.rate > 0 {
		p.next -= time.Duration(left * int64(time.Second) / p.rate)
	}
}
