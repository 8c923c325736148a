package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
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
	headBytes int
	limits    atomic.Pointer[Limits]
	files     int // descriptors left to files and all else
	clock     atomic.Int64
	draining  atomic.Bool
	ids       atomic.Uint64

	mu        sync.Mutex // guards the three below
	conns     []*Conn
	perIP     map[netip.Addr]int
	listeners []net.Listener

	group sync.WaitGroup // connections
	stop  chan struct{}
	swept chan struct{}
	once  sync.Once
}

// New makes a server that keeps reserve descriptors free of connections.
func New(g gate.Limits, l Limits, reserve int, h Hooks) *Server {
	s := &Server{
		hooks: h, gate: g, headBytes: g.Head + 2, files: reserve,
		perIP: make(map[netip.Addr]int), stop: make(chan struct{}), swept: make(chan struct{}),
	}
	s.clock.Store(int64(Now()))
	s.SetLimits(l)
	go s.sweepLoop()
	return s
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
func (s *Server) Accept(ln net.Listener, config func() *tls.Config) error {
	s.mu.Lock()
	s.listeners = append(s.listeners, ln)
	s.mu.Unlock()
	wait := time.Duration(0)
	for {
		nc, err := ln.Accept()
		if err != nil {
			if s.draining.Load() || errors.Is(err, net.ErrClosed) {
				return nil
			}
			if !transient(err) {
				return fmt.Errorf("accept on %s: %w", ln.Addr(), err)
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
		tcp, ok := nc.(*net.TCPConn)
		if !ok {
			_ = nc.Close()
			continue
		}
		c, reason := s.admit(tcp)
		if c == nil {
			s.hooks.Shed(reason)
			_ = tcp.Close()
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
func (s *Server) admit(tcp *net.TCPConn) (*Conn, string) {
	limits := s.limits.Load()
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, "dead"
	}
	remote := tcp.RemoteAddr().(*net.TCPAddr).AddrPort()
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	c := &Conn{Conn: tcp, tcp: tcp, raw: raw, srv: s, remote: remote, limits: limits, id: s.ids.Add(1)}
	c.pace.rate = limits.Bandwidth
	c.readable, c.writable = c.onReadable, c.onWritable
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
		if s.perIP[subject(remote.Addr())] >= n {
			return nil, "per_ip"
		}
	}
	s.perIP[subject(remote.Addr())]++
	c.slot = len(s.conns)
	s.conns = append(s.conns, c)
	s.group.Add(1)
	return c, ""
}

// subject is what a limit per address counts: an IPv6 host commands its /64.
func subject(a netip.Addr) netip.Addr {
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
	defer func() {
		c.finish(net.ErrClosed)
		if c.x != nil {
			releaseExchange(c.x)
			c.x = nil
		}
		_ = c.Close()
	}()
	if config != nil {
		if !s.handshake(c, config()) {
			return
		}
	}
	s.hooks.Serve(c)
}

func (s *Server) handshake(c *Conn, config *tls.Config) bool {
	if !c.enter(phaseFresh, phaseHead) {
		return false
	}
	c.under = &corked{TCPConn: c.tcp, conn: c}
	t := tls.Server(c.under, config)
	// The sweeper bounds the time: it closes what stays in phaseHead.
	if err := t.HandshakeContext(context.Background()); err != nil {
		return false
	}
	c.tls = t
	return c.enter(phaseHead, phaseFresh)
}

func (s *Server) remove(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.conns) - 1
	s.conns[c.slot] = s.conns[last]
	s.conns[c.slot].slot = c.slot
	s.conns[last] = nil
	s.conns = s.conns[:last]
	ip := subject(c.remote.Addr())
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
	errs := []error{s.closeListeners()}
	done := make(chan struct{})
	go func() { s.group.Wait(); close(done) }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		s.closeIdle()
		select {
		case <-done:
			s.end()
			return errors.Join(errs...)
		case <-ctx.Done():
			n := s.cut()
			<-done
			s.end()
			return errors.Join(append(errs, fmt.Errorf("drain: cut %d connections: %w", n, ctx.Err()))...)
		case <-tick.C:
		}
	}
}

func (s *Server) end() {
	s.once.Do(func() { close(s.stop) })
	<-s.swept
}

func (s *Server) closeListeners() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, ln := range s.listeners {
		if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	s.listeners = nil
	return errors.Join(errs...)
}
