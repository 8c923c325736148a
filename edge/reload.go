package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"reflect"
	"syscall"
	"time"
)

// Reload takes what may change from a new configuration, and reads keys and
// certificates again. A mistake leaves everything as it was. It returns the keys
// that differ and take a restart.
func (s *Server) Reload(cfg Config) (restart []string, err error) {
	defer func() {
		if err != nil {
			s.metrics.reloads[1].Add(1)
		} else {
			s.metrics.reloads[0].Add(1)
		}
	}()
	set, err := newSettings(&cfg)
	if err != nil {
		return nil, err
	}
	if s.cfg.TLS.Listen != "" {
		certificate, err := loadTLS(&cfg)
		if err != nil {
			return nil, err
		}
		s.certificate.Store(certificate)
	}
	s.settings.Store(set)
	s.wire.SetLimits(cfg.wireLimits())
	for _, k := range []struct {
		key      string
		old, new any
	}{
		{"root", s.cfg.Root, cfg.Root}, {"name", s.cfg.Name, cfg.Name}, {"listen", s.cfg.Listen, cfg.Listen},
		{"admin", s.cfg.Admin, cfg.Admin}, {"page", s.cfg.Page, cfg.Page}, {"cache_dir", s.cfg.CacheDir, cfg.CacheDir}, {"hls", s.cfg.HLS, cfg.HLS},
		{"tls.listen", s.cfg.TLS.Listen, cfg.TLS.Listen}, {"files", s.cfg.Files, cfg.Files},
		{"limits.head", s.cfg.gateLimits(), cfg.gateLimits()}, {"log.level", s.cfg.Log.Level, cfg.Log.Level},
		{"shutdown", s.cfg.Shutdown, cfg.Shutdown},
	} {
		if !reflect.DeepEqual(k.old, k.new) {
			restart = append(restart, k.key)
		}
	}
	return restart, nil
}

// Watch calls reload when one of the files that the configuration names, or the
// configuration itself, changes. It looks once a second, by name: a file that is
// replaced by rename, or through a link, is seen too. It returns when ctx ends.
func Watch(ctx context.Context, files []string, reload func()) {
	last := stamp(files)
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			now := stamp(files)
			if now == last {
				continue
			}
			// A file being written is left alone until it stands still.
			time.Sleep(watchEvery / 10)
			if stamp(files) != now {
				continue
			}
			last = now
			reload()
		}
	}
}

// Watched are the files beside the configuration that it names and that are
// read again when they change.
func (c *Config) Watched() []string { return c.watched() }

// loadTLS reads the certificate that the configuration names.
func loadTLS(c *Config) (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key)
	if err != nil {
		return nil, fmt.Errorf("tls.cert %s, tls.key %s: %w", c.TLS.Cert, c.TLS.Key, err)
	}
	return &tls.Config{
		Certificates: []tls.Certificate{cert},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
		// Whole records from the start: the answers are media, not many small ones.
		DynamicRecordSizingDisabled: true,
	}, nil
}

// unwrapListen leaves of a listen error what the operator can act on.
func unwrapListen(err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return errors.New("another process listens there; stop it or choose another address")
	case errors.Is(err, syscall.EACCES):
		return errors.New("this user may not listen there; ports below 1024 take root or CAP_NET_BIND_SERVICE")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return errors.New("this machine has no such address")
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// ReloadFailed counts a reload that ended before there was a configuration.
func (s *Server) ReloadFailed() { s.metrics.reloads[1].Add(1) }
