package wire

import (
	"cmp"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// sweepEvery is the step of every timeout: coarse, and one timer for all.
const sweepEvery = 250 * time.Millisecond

func (s *Server) sweepLoop() {
	defer close(s.swept)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
			s.clock.Store(int64(Now()))
			s.sweep()
		}
	}
}

func (s *Server) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, l := s.coarse(), s.limits.Load()
	for _, c := range s.conns {
		waited := now - time.Duration(c.since.Load())
		switch p := c.phase.Load(); p {
		case phaseFresh, phaseIdle:
			if waited > l.Idle {
				s.cutAs(c, p, "idle")
			}
		case phaseHead:
			if waited > l.Head {
				s.cutAs(c, p, "slow_head")
			}
		case phaseLinger:
			if waited > lingerTime {
				s.cutAs(c, p, "")
			}
		case phaseBlocked:
			if reason := c.stalled(now, l, waited); reason != "" {
				s.cutAs(c, p, reason)
			}
		}
	}
}

// stalled tells a dead client from a paused one. Both take nothing; a paused
// one's kernel goes on acknowledging the probes of a full window (RFC 9293
// 3.8.6.1), a dead one's is silent.
func (c *Conn) stalled(now time.Duration, l *Limits, waited time.Duration) string {
	if waited < min(l.Dead, l.Pause) {
		c.moved = 0
		return ""
	}
	info, err := unix.GetsockoptTCPInfo(c.fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return "dead"
	}
	if info.Bytes_acked != c.acked || c.moved == 0 {
		c.acked, c.moved = info.Bytes_acked, int64(now)
	}
	if now-time.Duration(c.moved) > l.Pause {
		return "paused"
	}
	return c.silent(info, l)
}

// silent reports a client that answers nothing: data or probes are out, and no
// acknowledgement has come for the time allowed. Probes back off to two minutes
// apart, so one unanswered probe proves nothing yet.
func (c *Conn) silent(info *unix.TCPInfo, l *Limits) string {
	lastAck := time.Duration(info.Last_ack_recv) * time.Millisecond
	if lastAck > l.Dead && (info.Retransmits >= 2 || info.Probes >= 2) {
		return "dead"
	}
	return ""
}

// cutAs ends c if it still stands where it was seen: its goroutine is woken and
// closes it. The caller holds s.mu, under which alone a descriptor is closed.
func (s *Server) cutAs(c *Conn, seen phase, reason string) bool {
	if !c.phase.CompareAndSwap(seen, phaseClosed) {
		return false
	}
	if reason != "" {
		s.hooks.Shed(reason)
	}
	if seen == phaseHead && c.tls == nil && reason == "slow_head" {
		// Nobody else writes in this phase; whether it fits the socket or not, the
		// connection ends.
		_, _ = sysWrite(c.fd, s.hooks.Answer(refuseSlow))
	}
	if seen == phaseBlocked {
		c.abort()
	}
	c.ready.interrupt()
	return true
}

// share is how many connections make room at once: a few, so that a flood pays
// for the search and not each of its connections.
func (s *Server) share() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(len(s.conns)/32, 8)
}

// spared is how long a connection is let alone under pressure while an older one
// can go: an honest client asks within a round trip of connecting, sends its head
// in one piece, and takes something of an answer every round trip.
const spared = 500 * time.Millisecond

// shed cuts up to n of the connections that would be missed least: those that
// have long said nothing or not finished a request, then those that have long
// taken nothing of an answer, then the younger ones that have not asked yet; the
// longest waiting first. A request whose answer the client takes is never cut.
func (s *Server) shed(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	type candidate struct {
		c     *Conn
		phase phase
		rank  int
		since int64
	}
	var found []candidate
	now := Now()
	for _, c := range s.conns {
		k := candidate{c: c, phase: c.phase.Load(), since: c.since.Load()}
		old := now-time.Duration(k.since) >= spared
		switch {
		case k.phase == phaseFresh || k.phase == phaseIdle || k.phase == phaseHead || k.phase == phaseLinger:
			if !old {
				k.rank = 2
			}
		case k.phase == phaseBlocked && old:
			k.rank = 1
		default:
			continue
		}
		found = append(found, k)
	}
	slices.SortFunc(found, func(a, b candidate) int {
		// The clock is coarse; the order of arrival tells what it does not.
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.since, b.since), cmp.Compare(a.c.id, b.c.id))
	})
	cut := 0
	for _, k := range found {
		if cut == n {
			break
		}
		if s.cutAs(k.c, k.phase, "pressure") {
			cut++
		}
	}
	return cut
}

func (s *Server) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		switch p := c.phase.Load(); p {
		case phaseFresh, phaseIdle:
			s.cutAs(c, p, "drain")
		case phaseLinger:
			if s.coarse()-time.Duration(c.since.Load()) > spared {
				s.cutAs(c, p, "")
			}
		}
	}
}

// cutAll ends everything, whatever it is doing.
func (s *Server) cutAll() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		if c.phase.Swap(phaseClosed) != phaseClosed {
			s.hooks.Shed("drain")
		}
		c.abort()
		c.ready.interrupt()
	}
	return len(s.conns)
}
