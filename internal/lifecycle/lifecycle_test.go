package lifecycle

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func quiet(signals <-chan os.Signal) Config {
	return Config{Drain: time.Second, Log: slog.New(slog.DiscardHandler), Signals: signals}
}

func recorder(order *[]string, name string) Part {
	return Part{
		Name:  name,
		Start: func(context.Context) error { *order = append(*order, "+"+name); return nil },
		Stop:  func(context.Context) error { *order = append(*order, "-"+name); return nil },
	}
}

func TestPartsStopInReverseOrder(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGTERM
	var order []string
	if err := Run(t.Context(), quiet(signals), recorder(&order, "a"), recorder(&order, "b")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"+a", "+b", "-b", "-a"}; !slices.Equal(order, want) {
		t.Fatalf("order %v, want %v", order, want)
	}
}

func TestFailedStartStopsOnlyWhatStarted(t *testing.T) {
	boom := errors.New("port taken")
	var order []string
	bad := recorder(&order, "b")
	bad.Start = func(context.Context) error { return boom }
	err := Run(t.Context(), quiet(make(chan os.Signal)), recorder(&order, "a"), bad, recorder(&order, "c"))
	if !errors.Is(err, boom) {
		t.Fatalf("error %v, want the start's", err)
	}
	if want := []string{"+a", "-a"}; !slices.Equal(order, want) {
		t.Fatalf("order %v, want %v", order, want)
	}
}

func TestEveryPartIsStoppedThoughOneFails(t *testing.T) {
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGINT
	var order []string
	bad := recorder(&order, "b")
	boom := errors.New("disk")
	bad.Stop = func(context.Context) error { return boom }
	err := Run(t.Context(), quiet(signals), recorder(&order, "a"), bad)
	if !errors.Is(err, boom) || !slices.Contains(order, "-a") {
		t.Fatalf("error %v, order %v", err, order)
	}
}

func TestFailureOfARunningPartEndsTheProcess(t *testing.T) {
	failed := make(chan error, 1)
	boom := errors.New("listener gone")
	failed <- boom
	var order []string
	p := recorder(&order, "a")
	p.Failed = failed
	if err := Run(t.Context(), quiet(make(chan os.Signal)), p); !errors.Is(err, boom) {
		t.Fatalf("error %v, want %v", err, boom)
	}
}

func TestSecondSignalExits(t *testing.T) {
	signals := make(chan os.Signal, 2)
	signals <- syscall.SIGTERM
	signals <- syscall.SIGTERM
	cfg := quiet(signals)
	exited := make(chan int, 1)
	cfg.Exit = func(code int) { exited <- code }
	p := Part{Name: "slow", Start: func(context.Context) error { return nil }}
	p.Stop = func(ctx context.Context) error {
		if code := <-exited; code != 1 {
			t.Errorf("exit code %d, want 1", code)
		}
		return nil
	}
	if err := Run(t.Context(), cfg, p); err != nil {
		t.Fatal(err)
	}
}

func TestStopHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 1)
		signals <- syscall.SIGTERM
		p := Part{Name: "stuck", Start: func(context.Context) error { return nil }}
		p.Stop = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		begin := time.Now()
		if err := Run(t.Context(), quiet(signals), p); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error %v", err)
		}
		if d := time.Since(begin); d != time.Second {
			t.Fatalf("stopped after %v, want the drain time", d)
		}
	})
}

func TestHangUpReloadsAndGoesOn(t *testing.T) {
	signals := make(chan os.Signal, 2)
	signals <- syscall.SIGHUP
	signals <- syscall.SIGTERM
	cfg := quiet(signals)
	reloads := 0
	cfg.Reload = func() { reloads++ }
	if err := Run(t.Context(), cfg); err != nil || reloads != 1 {
		t.Fatalf("error %v, %d reloads", err, reloads)
	}
}
