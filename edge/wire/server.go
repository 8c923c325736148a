package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"segue/edge/gate"
)

// Server accepts connections and watches over them. It is made by [New], given
// listeners by [Server.Accept], and ended by [Server.Drain] or Close.
type Server struct {
	hooks     Hooks
	gate      gate.Limits
	poller    *poller
	headBytes int
	limits    atomic.Pointer[Limits]
	files     int // descriptors left to files and all else
	clock     atomic.Int64
	draining  atomic.Bool
	ids       atomic.Uint64

	mu        sync.Mutex // guards the three below
	conns     []*Conn
	perIP     map[netip.Addr]int
	listeners []*listener

	group sync.WaitGroup // connections
	stop  chan struct{}
	swept chan struct{}
	once  sync.Once
}

// New makes a server that keeps reserve descriptors free of connections.
func New(g gate.Limits, l Limits, reserve int, h Hooks) (*Server, error) {
	p, err := newPoller(DescriptorLimit())
	if err != nil {
		return nil, err
	}
	s := &Server{
		hooks: h, gate: g, poller: p, headBytes: g.Head + 2, files: reserve,
		perIP: make(map[netip.Addr]int), stop: make(chan struct{}), swept: make(chan struct{}),
	}
	s.clock.Store(int64(Now()))
	s.SetLimits(l)
	go p.run()
	go s.sweepLoop()
	return s, nil
}

// SetLimits replaces the limits, for connections to come and those that stand.
func (s *Server) SetLimits(l Limits) {
	if room := DescriptorLimit() - s.files; l.Connections == 0 || l.Connections > room {
		l.Connections = max(room, 16)
	}
	s.limits.Store(&l)
}

// DescriptorLimit is how many files and sockets the process may have open.
func DescriptorLimit() int {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 1024
	}
	return int(min(r.Cur, 1<<20))
}

// coarse is the clock of the last sweep: good enough for waits of seconds.
func (s *Server) coarse() time.Duration { return time.Duration(s.clock.Load()) }

// Accept serves ln until it is closed by Drain or Close, and then returns nil.
// A nil config serves plaintext; else it is asked for at each connection.
func (s *Server) Accept(l *net.TCPListener, config func() *tls.Config) error {
	ln, err := newListener(l, s.poller)
	if err != nil {
		return err
	}
	return s.accept(ln, config)
}

func (s *Server) accept(ln *listener, config func() *tls.Config) error {
	s.mu.Lock()
	s.listeners = append(s.listeners, ln)
	if s.draining.Load() {
		ln.ready.interrupt()
	}
	s.mu.Unlock()
	defer s.forget(ln)
	wait := time.Duration(0)
	for {
		fd, remote, err := ln.accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			if !transient(err) {
				return fmt.Errorf("accept on %s: %w", ln.addr, err)
			}
			// Out of descriptors or memory: make room and go on. An accept loop
			// that ends here would be the end of the service.
			wait = min(max(2*wait, 5*time.Millisecond), 500*time.Millisecond)
			shed := s.shed(s.share())
			s.hooks.Log.Warn("accept waits", "error", err, "wait", wait, "shed", shed)
			time.Sleep(wait)
			continue
		}
		wait = 0
		c, reason := s.admit(fd, remote)
		if c == nil {
			s.hooks.Shed(reason)
			_ = unix.Close(fd)
			continue
		}
		go s.serve(c, config)
	}
}

// transient are the errors that pass (accept(2)).
func transient(err error) bool {
	for _, e := range []error{
		unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM, unix.ECONNABORTED, unix.EINTR,
		unix.ENETDOWN, unix.EPROTO, unix.EHOSTDOWN, unix.ENONET, unix.EHOSTUNREACH, unix.ENETUNREACH, unix.EPERM,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// admit enters a connection in the table, after making room if that is full.
func (s *Server) admit(fd int, remote netip.AddrPort) (*Conn, string) {
	limits := s.limits.Load()
	c := &Conn{srv: s, remote: remote, id: s.ids.Add(1)}
	c.fd, c.drained = fd, true
	c.ready.wake = make(chan struct{}, 1)
	c.pace.rate = limits.Bandwidth
	c.since.Store(int64(s.coarse()))

	s.mu.Lock()
	full := len(s.conns) >= limits.Connections
	s.mu.Unlock()
	if full && s.shed(s.share()) == 0 {
		return nil, "pressure"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return nil, "drain"
	}
	if n := limits.ConnectionsPerIP; n > 0 {
		if s.perIP[Subject(remote.Addr())] >= n {
			return nil, "per_ip"
		}
	}
	if err := s.poller.add(c.fd, &c.ready); err != nil {
		return nil, "pressure"
	}
	s.perIP[Subject(remote.Addr())]++
	c.slot = len(s.conns)
	s.conns = append(s.conns, c)
	s.group.Add(1)
	return c, ""
}

// Subject is what a limit per address counts: an IPv6 host commands its /64.
func Subject(a netip.Addr) netip.Addr {
	if a.Is4() {
		return a
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}

func (s *Server) serve(c *Conn, config func() *tls.Config) {
	defer s.group.Done()
	defer s.remove(c)
	defer c.end()
	if config == nil || s.handshake(c, config()) {
		s.hooks.Serve(c)
	}
}

func (s *Server) handshake(c *Conn, config *tls.Config) bool {
	if !c.enter(phaseFresh, phaseHead) {
		return false
	}
	c.under = &corked{Conn: c}
	t := tls.Server(c.under, config)
	// The sweeper bounds the time: it closes what stays in phaseHead.
	if err := t.HandshakeContext(context.Background()); err != nil {
		return false
	}
	c.tls = t
	return c.enter(phaseHead, phaseFresh)
}

// remove forgets a connection and closes its descriptor: in this order, under
// the mutex, so that the sweeper never touches a number that is another's by now.
func (s *Server) remove(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.poller.remove(c.fd)
	_ = unix.Close(c.fd)
	last := len(s.conns) - 1
	s.conns[c.slot] = s.conns[last]
	s.conns[c.slot].slot = c.slot
	s.conns[last] = nil
	s.conns = s.conns[:last]
	ip := Subject(c.remote.Addr())
	if s.perIP[ip]--; s.perIP[ip] == 0 {
		delete(s.perIP, ip)
	}
}

// Connections is the number of connections that stand.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Draining reports whether answers should ask the client to go elsewhere.
func (s *Server) Draining() bool { return s.draining.Load() }

// Drain stops accepting, closes idle connections and waits until the answers in
// progress have left, or ctx ends: then it cuts what is left and says how many.
func (s *Server) Drain(ctx context.Context) error {
	s.draining.Store(true)
	s.closeListeners()
	done := make(chan struct{})
	go func() { s.group.Wait(); close(done) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		s.closeIdle()
		select {
		case <-done:
			s.end()
			return nil
		case <-ctx.Done():
			n := s.cutAll()
			<-done
			s.end()
			return fmt.Errorf("drain: cut %d connections: %w", n, ctx.Err())
		case <-tick.C:
		}
	}
}

func (s *Server) end() {
	s.once.Do(func() {
		close(s.stop)
		<-s.swept
		s.poller.close()
	})
}

// closeListeners wakes the accept loops, which then close their listeners.
func (s *Server) closeListeners() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ln := range s.listeners {
		ln.ready.interrupt()
	}
}

func (s *Server) forget(ln *listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = slices.DeleteFunc(s.listeners, func(l *listener) bool { return l == ln })
	s.poller.remove(ln.fd)
	_ = unix.Close(ln.fd)
}
