package edge

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Admin is the operator's listener: plain HTTP, never meant for the public.
type Admin struct {
	http   http.Server
	addr   string
	ln     *net.TCPListener
	failed chan error
}

// NewAdmin makes the admin listener of s at addr.
func NewAdmin(addr string, s *Server, metrics prometheus.Gatherer) *Admin {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		writeState(w, 200, map[string]any{"status": "alive"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		status, state := s.readiness()
		writeState(w, status, state)
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return &Admin{
		addr: addr, failed: make(chan error, 1),
		http: http.Server{
			Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
			IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		},
	}
}

// readiness is whether traffic is welcome, with the state of what it needs.
func (s *Server) readiness() (int, map[string]any) {
	root := "ok"
	if _, err := os.Stat(s.cfg.Root); err != nil {
		root = "unreachable: " + unwrapPath(err)
	}
	listener := "ok"
	if !s.ready.Load() {
		listener = "draining"
	}
	if root == "ok" && listener == "ok" {
		return 200, map[string]any{"status": "ready", "root": root, "listener": listener}
	}
	return 503, map[string]any{"status": "not ready", "root": root, "listener": listener}
}

func writeState(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// Start binds the listener and serves.
func (a *Admin) Start(context.Context) error {
	ln, err := listen("admin", a.addr)
	if err != nil {
		return err
	}
	a.ln = ln
	go func() {
		if err := a.http.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			a.failed <- err
		}
	}()
	return nil
}

// Addr is where the listener stands, once started.
func (a *Admin) Addr() net.Addr { return addrOf(a.ln) }

// Failed yields the error that ended the listener.
func (a *Admin) Failed() <-chan error { return a.failed }

// Stop closes the listener. Scrapes in progress end with ctx.
func (a *Admin) Stop(ctx context.Context) error {
	if err := a.http.Shutdown(ctx); err != nil {
		return a.http.Close()
	}
	return nil
}
