// Package serve wires an edge with its admin listener, its reloads and its end
// into one process: what cmd/edge and cmd/segue share.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"segue/edge"
	"segue/internal/conf"
	"segue/internal/lifecycle"
	"segue/internal/obs"
)

// Version is that of the changelog's newest entry.
var Version = "0.1.0"

// Prefix begins the names of environment variables.
const Prefix = "SEGUE_"

// Load reads the configuration of an edge: defaults, file, environment, flags.
func Load(defaults edge.Config, file string, flags map[string]string) (edge.Config, error) {
	cfg := defaults
	err := conf.Load(&cfg, conf.Source{File: file, Env: os.LookupEnv, Prefix: Prefix, Flags: flags})
	return cfg, err
}

// Strangers are the variables with our prefix that name no setting: misspelt, or
// another program's.
func Strangers() []string {
	known := map[string]bool{Prefix + "CONFIG": true}
	for _, f := range conf.Fields(edge.Defaults(), Prefix) {
		for _, name := range append(f.Aliases, f.Env) {
			known[name] = true
			if f.Secret {
				known[name+"_FILE"] = true
			}
		}
	}
	var all []string
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, Prefix) && !known[name] {
			all = append(all, name)
		}
	}
	return all
}

// Process is one edge to run.
type Process struct {
	Config edge.Config
	// Load reads the configuration again. Required.
	Load func() (edge.Config, error)
	// File is watched beside what the configuration names; empty for none.
	File  string
	Pages fs.FS
	// Listener, when not nil, is where the public listener stands already.
	Listener *net.TCPListener
	Log      io.Writer
	// Started is told where the listeners stand. Optional.
	Started func(public, tls, admin net.Addr)
}

// Run serves until a signal ends it.
func Run(ctx context.Context, p Process) error {
	log, err := obs.NewLogger(p.Log, p.Config.Log.Level)
	if err != nil {
		return err
	}
	if s := Strangers(); len(s) > 0 {
		log.Warn("variables that name no setting", "names", s)
	}
	registry := prometheus.NewPedanticRegistry()
	if err := errors.Join(
		registry.Register(collectors.NewGoCollector()),
		registry.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
	); err != nil {
		return err
	}
	e, err := edge.New(p.Config, edge.Options{Version: Version, Log: log, Registry: registry, Pages: p.Pages, Listener: p.Listener})
	if err != nil {
		return err
	}
	reload := func() { reload(log, e, p.Load) }
	parts := []lifecycle.Part{{Name: "edge", Start: e.Start, Stop: e.Stop, Failed: e.Failed()}}
	var admin *edge.Admin
	if p.Config.Admin != "" {
		admin = edge.NewAdmin(p.Config.Admin, e, registry)
		// Started first and stopped last: it tells of the drain.
		parts = append([]lifecycle.Part{{Name: "admin", Start: admin.Start, Stop: admin.Stop, Failed: admin.Failed()}}, parts...)
	}
	files := p.Config.Watched()
	if p.File != "" {
		files = append(files, p.File)
	}
	parts = append(parts, watcher(files, reload), lifecycle.Part{Name: "announce", Start: func(context.Context) error {
		var adminAddr net.Addr
		if admin != nil {
			adminAddr = admin.Addr()
		}
		log.Info("serving", "version", Version, "root", p.Config.Root, obs.Addr, text(e.Addr()), "tls", text(e.TLSAddr()), "admin", text(adminAddr))
		if p.Started != nil {
			p.Started(e.Addr(), e.TLSAddr(), adminAddr)
		}
		return nil
	}})
	return lifecycle.Run(ctx, lifecycle.Config{Drain: p.Config.Shutdown.Wait + p.Config.Shutdown.Drain, Log: log, Reload: reload}, parts...)
}

func text(a net.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}

func watcher(files []string, reload func()) lifecycle.Part {
	done := make(chan struct{})
	var cancel context.CancelFunc
	return lifecycle.Part{
		Name: "watcher",
		Start: func(ctx context.Context) error {
			ctx, cancel = context.WithCancel(ctx)
			go func() { defer close(done); edge.Watch(ctx, files, reload) }()
			return nil
		},
		Stop: func(context.Context) error { cancel(); <-done; return nil },
	}
}

func reload(log *slog.Logger, e *edge.Server, load func() (edge.Config, error)) {
	cfg, err := load()
	if err != nil {
		e.ReloadFailed()
		log.Error("reload refused: the old settings stay", obs.Err, err)
		return
	}
	restart, err := e.Reload(cfg)
	if err != nil {
		log.Error("reload refused: the old settings stay", obs.Err, err)
		return
	}
	log.Info("reloaded")
	if len(restart) > 0 {
		log.Warn("some settings take a restart", "keys", restart)
	}
}

// Fatal writes an error for a person, a line for each mistake, and ends the
// process.
func Fatal(program string, err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
	os.Exit(1)
}
