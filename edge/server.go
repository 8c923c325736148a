// Package edge is the public front: one route table from paths to handlers,
// behind hardened listeners, beside an admin listener for the operator.
//
// A request's way: wire reads its head and the gate judges it, the table gives
// its row, a signed URL or the origin secret opens it, the handler makes a plan
// of the answer, and wire sends that.
package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"

	"segue/edge/gate"
	"segue/edge/wire"
	"segue/internal/obs"
	"segue/stream/hls"
	"segue/stream/library"
	"segue/stream/origin"
)

const serverName = "Segue"

// Server is one edge.
type Server struct {
	cfg     Config
	name    string
	version string
	log     *slog.Logger
	ctx     context.Context //nolint:containedctx // the process's, for log lines alone

	routes       []route
	settings     atomic.Pointer[settings]
	folderOrigin *origin.Folder
	library      *library.Library
	packages     *hls.Store // nil when HLS is off
	assets       map[string]*asset
	metrics      *metrics
	rates        rateLimit
	date         dateClock
	http         *fasthttp.Server
	wire         *wire.Server
	certificate  atomic.Pointer[tls.Config]

	listener, tlsListener *net.TCPListener
	failed                chan error
	ids                   atomic.Uint64
	ready                 atomic.Bool
}

// Options are what an edge is given beside its configuration.
type Options struct {
	Version  string
	Log      *slog.Logger
	Registry Registerer
	Pages    fs.FS // the page and its assets; nil serves none
	// Listener, when not nil, is taken over in place of one at the configured
	// address.
	Listener *net.TCPListener
}

// requestPrefix makes the ids of one process's requests differ from another's.
var requestPrefix = strconv.FormatUint(rand.Uint64()>>32|1<<32, 16)[1:] + "-"

// libraryLimits bound the listing: a page of 200 names, pictures of 16 MB.
var libraryLimits = library.Config{PageSize: 200, TagBytes: 24 << 20, CacheEntries: 20000, MaxArtwork: 16 << 20}

// spareDescriptors are left to listeners, logs, configuration files and the
// moment between opening a file and keeping it.
const spareDescriptors = 64

// New reads what the configuration names and opens the root. Nothing listens
// until Start.
func New(cfg Config, o Options) (*Server, error) {
	set, err := newSettings(&cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, routes: routes[:], listener: o.Listener, version: o.Version, log: o.Log, ctx: context.Background(), failed: make(chan error, 2)}
	s.settings.Store(set)
	if s.name = cfg.Name; s.name == "" {
		if abs, err := filepath.Abs(cfg.Root); err == nil {
			s.name = filepath.Base(abs)
		}
	}
	if cfg.TLS.Listen != "" {
		certificate, err := loadTLS(&cfg)
		if err != nil {
			return nil, err
		}
		s.certificate.Store(certificate)
	}
	if cfg.CacheDir != "" {
		if err := os.MkdirAll(cfg.CacheDir, 0o700); err != nil {
			return nil, fmt.Errorf("cache_dir: %w", err)
		}
	}
	open := cfg.Files.Open
	if room := wire.DescriptorLimit() / 4; open > room {
		o.Log.Warn("keeping fewer files open: the limit of open files is low", "asked", open, "kept", room)
		open = room
	}
	s.folderOrigin, err = origin.OpenFolder(cfg.Root, origin.FolderConfig{
		MaxFiles: open, InlineBytes: int64(cfg.Files.Inline), MemoryBytes: int64(cfg.Files.Memory),
	})
	if err != nil {
		return nil, err
	}
	if s.library, err = library.New(s.folderOrigin.FS(), libraryLimits); err != nil {
		return nil, errors.Join(err, s.folderOrigin.Close())
	}
	if cfg.HLS.Enabled {
		s.packages, err = hls.NewStore(hls.StoreConfig{
			Memory: int64(cfg.HLS.Memory), Dir: cfg.CacheDir, Disk: int64(cfg.HLS.Disk), Wait: cfg.HLS.Wait, Log: o.Log,
		})
		if err != nil {
			return nil, errors.Join(err, s.folderOrigin.Close())
		}
	}
	s.assets = map[string]*asset{}
	if o.Pages != nil && cfg.Page {
		if s.assets, err = loadAssets(o.Pages); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	s.metrics = newMetrics(func() int { return s.wire.Connections() }, s.folderOrigin.Stats, s.packages)
	if err := o.Registry.Register(s.metrics); err != nil {
		return nil, errors.Join(fmt.Errorf("register metrics: %w", err), s.close())
	}
	s.http = &fasthttp.Server{
		Handler: s.handle, ErrorHandler: s.malformed,
		// An idle connection holds neither buffers nor a context.
		ReduceMemoryUsage: true,
		ReadBufferSize:    int(cfg.Limits.Head) + 64,
		WriteBufferSize:   4096,
		LazyRequestTime:   true,
		// The gate has seen to framing; no route takes a body.
		MaxRequestBodySize: 1,
		// The head of an answer is ours (see header.go).
		NoDefaultContentType: true, NoDefaultDate: true, NoDefaultServerHeader: true,
		SecureErrorLogMessage: true,
		Logger:                silent{},
	}
	s.wire, err = wire.New(cfg.gateLimits(), cfg.wireLimits(), open+spareDescriptors, wire.Hooks{
		Serve:   func(c *wire.Conn) { _ = s.http.ServeConn(c) },
		Done:    s.done,
		Refused: s.refused,
		Answer:  refusal,
		Shed:    s.shed,
		Log:     o.Log,
	})
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// silent drops what fasthttp would log of single connections: the metrics count
// them.
type silent struct{}

func (silent) Printf(string, ...any) {}

func (s *Server) refused(c *wire.Conn, r *gate.Refusal) {
	s.metrics.refused[r.Reason].Add(1)
	if s.settings.Load().accessLog == accessFull {
		s.log.Info("request refused", obs.Client, c.RemoteAddrPort().Addr().String(), obs.Status, r.Status, obs.Reason, r.Reason)
	}
}

func (s *Server) shed(reason string) {
	s.metrics.shed[reason].Add(1)
	if reason == "slow_head" {
		s.metrics.refused["slow_head"].Add(1)
	}
}

// Start binds the listeners and serves. Addr and TLSAddr tell where.
func (s *Server) Start(context.Context) error {
	var err error
	if s.listener != nil {
		s.serve(s.listener, nil)
	} else if s.cfg.Listen != "" {
		if s.listener, err = listen("listen", s.cfg.Listen); err != nil {
			return err
		}
		s.serve(s.listener, nil)
	}
	if s.cfg.TLS.Listen != "" {
		if s.tlsListener, err = listen("tls.listen", s.cfg.TLS.Listen); err != nil {
			return err
		}
		s.serve(s.tlsListener, s.certificate.Load)
	}
	s.ready.Store(true)
	return nil
}

func listen(key, addr string) (*net.TCPListener, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", key, addr, unwrapListen(err))
	}
	return ln.(*net.TCPListener), nil
}

func (s *Server) serve(ln *net.TCPListener, config func() *tls.Config) {
	go func() {
		if err := s.wire.Accept(ln, config); err != nil {
			s.failed <- err
		}
	}()
}

// Failed yields the error that ended a listener.
func (s *Server) Failed() <-chan error { return s.failed }

// Addr is where the plaintext listener stands, nil without one.
func (s *Server) Addr() net.Addr { return addrOf(s.listener) }

// TLSAddr is where the TLS listener stands, nil without one.
func (s *Server) TLSAddr() net.Addr { return addrOf(s.tlsListener) }

func addrOf(ln *net.TCPListener) net.Addr {
	if ln == nil {
		return nil
	}
	return ln.Addr()
}

// Stop answers not ready, waits for balancers to see it, closes the listeners
// and waits for answers in progress until ctx ends.
func (s *Server) Stop(ctx context.Context) error {
	s.ready.Store(false)
	if w := s.cfg.Shutdown.Wait; w > 0 && (s.listener != nil || s.tlsListener != nil) {
		select {
		case <-time.After(w):
		case <-ctx.Done():
		}
	}
	// A little before ctx ends, so that closing what is left is not cut itself.
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-min(time.Until(end)/10, time.Second)))
		defer cancel()
	}
	return errors.Join(s.wire.Drain(ctx), s.close())
}

// close gives up what New opened.
func (s *Server) close() error {
	var err error
	if s.packages != nil {
		err = s.packages.Close()
	}
	return errors.Join(err, s.folderOrigin.Close())
}

// handle is the way of every request that passed the gate.
func (s *Server) handle(ctx *fasthttp.RequestCtx) {
	c, ok := ctx.Conn().(*wire.Conn)
	if !ok {
		panic("BUG: a connection that is not ours")
	}
	q := requests.Get().(*request)
	q.ctx, q.conn, q.x, q.set = ctx, c, c.Exchange(), s.settings.Load()
	q.head = &q.x.Head
	q.x.ID = s.ids.Add(1)
	if q.set.accessLog != accessOff {
		q.x.Client, _ = q.client()
	}
	if s.wire.Draining() {
		ctx.SetConnectionClose()
	}
	if err := s.answer(q); err != nil {
		s.fail(q, err)
	}
	*q = request{}
	requests.Put(q)
}

func (s *Server) answer(q *request) error {
	if rate := q.set.rate; rate > 0 {
		addr, _ := q.client()
		if !s.rates.allow(addr, rate, q.x.Start) {
			return errTooMany
		}
	}
	switch q.head.Method {
	case gate.GET, gate.HEAD:
	case gate.OPTIONS:
		q.x.Route = routeOptions
		return s.options(q)
	case gate.Other:
		q.x.Route = routeMethod
		return errMethod
	}
	q.x.Route = match(s.routes, q.head.Path)
	q.route = &s.routes[q.x.Route]
	if q.route.token == tokenAsked {
		if err := q.authorize(); err != nil {
			return err
		}
	}
	return q.route.handle(s, q)
}

// malformed is for a head that passed the gate and that fasthttp refuses all the
// same.
func (s *Server) malformed(ctx *fasthttp.RequestCtx, err error) {
	s.log.Debug("head refused by the parser", obs.Err, err)
	ctx.Response.SetStatusCode(400)
	ctx.SetConnectionClose()
}

// done follows every answer.
func (s *Server) done(c *wire.Conn, x *wire.Exchange, sent int64, err error) {
	took := wire.Now() - x.Start
	s.metrics.record(c.ID(), x.Route, x.Plan.Status, sent, took, err != nil)
	if errors.Is(err, origin.ErrChanged) {
		s.log.Warn("file changed in place while it was served: answer cut; replace files by rename", obs.Path, string(x.Head.Path), obs.Request, requestID(x.ID))
	}
	if set := s.settings.Load(); set.logged(x.ID, x.Plan.Status) {
		s.logAccess(x, sent, took, err)
	}
}
