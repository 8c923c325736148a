// Package lifecycle starts the parts of a process in order and stops them in
// reverse, within a deadline, on the first signal; the second signal exits.
package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Part is something that a process starts and stops.
type Part struct {
	Name string
	// Start returns once the part serves. An error stops what has started.
	Start func(context.Context) error
	// Stop ends the part: gracefully until ctx ends, then at once. It must be safe
	// after a failed Start of another part. Nil when there is nothing to stop.
	Stop func(context.Context) error
	// Failed yields the error that ended the part before it was asked to stop. Nil
	// for a part that cannot fail once started.
	Failed <-chan error
}

// Config says how a process ends.
type Config struct {
	// Drain bounds the whole stop.
	Drain time.Duration
	Log   *slog.Logger
	// Signals replaces the process's own signals, for tests. Exit replaces
	// os.Exit, which the second signal calls.
	Signals <-chan os.Signal
	Exit    func(int)
	// Reload is called on SIGHUP. Nil ignores it.
	Reload func()
}

// Run starts the parts, waits for a signal, a failure or the end of ctx, and
// stops what has started. It returns what went wrong: the failure of a start, of
// a running part, or of a stop; nil after an orderly end.
func Run(ctx context.Context, cfg Config, parts ...Part) error {
	signals, exit := cfg.Signals, cfg.Exit
	if signals == nil {
		ch := make(chan os.Signal, 4)
		signal.Notify(ch, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		defer signal.Stop(ch)
		signals = ch
	}
	if exit == nil {
		exit = os.Exit
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	failed := make(chan error, len(parts))
	var started []Part
	for _, p := range parts {
		begin := time.Now()
		if err := p.Start(ctx); err != nil {
			return errors.Join(fmt.Errorf("start %s: %w", p.Name, err), stop(cfg, started, signals, exit))
		}
		cfg.Log.Debug("started", "part", p.Name, "took", time.Since(begin))
		started = append(started, p)
		if p.Failed != nil {
			go func() {
				select {
				case err := <-p.Failed:
					if err != nil {
						failed <- fmt.Errorf("%s: %w", p.Name, err)
					}
				case <-ctx.Done():
				}
			}()
		}
	}
	err := wait(ctx, cfg, signals, failed)
	return errors.Join(err, stop(cfg, started, signals, exit))
}

func wait(ctx context.Context, cfg Config, signals <-chan os.Signal, failed <-chan error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			cfg.Log.Error("part failed", "error", err)
			return err
		case s := <-signals:
			if s == syscall.SIGHUP {
				if cfg.Reload != nil {
					cfg.Reload()
				}
				continue
			}
			cfg.Log.Info("stopping", "signal", s.String())
			return nil
		}
	}
}

// stop ends the parts in reverse and tries every one.
func stop(cfg Config, parts []Part, signals <-chan os.Signal, exit func(int)) error {
	ctx, cancel := context.WithTimeout(context.Background(), cfg.Drain)
	defer cancel()
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case s := <-signals:
				if s == syscall.SIGHUP {
					continue
				}
				cfg.Log.Warn("stopping at once", "signal", s.String())
				exit(1)
				return
			case <-done:
				return
			}
		}
	}()
	var errs []error
	for i := len(parts) - 1; i >= 0; i-- {
		p := parts[i]
		if p.Stop == nil {
			continue
		}
		begin := time.Now()
		if err := p.Stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", p.Name, err))
		}
		cfg.Log.Debug("stopped", "part", p.Name, "took", time.Since(begin))
	}
	return errors.Join(errs...)
}
