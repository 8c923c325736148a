// Command compare measures the edge against nginx and against the floor, all in one run.
//
//	go run ./bench/compare -edge bin/edge -rounds 6 -seconds 2
//	go run ./bench/compare -only '1 MB' -out /tmp/r.md
//
// Every server is pinned to core 0 and wrk to core 1. In each round of each row every server has its turn, and
// what is printed is CPU time of the server process per request, as a ratio to nginx of the same round and to the
// better of the two floors. See bench/README.md for the method.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"segue/bench/corpus"
)

// options are the flags.
type options struct {
	edge    string
	rounds  int
	round   time.Duration
	only    string
	out     string
	conns   int
	idle    int
	verbose bool
}

func main() {
	var o options
	var seconds float64
	flag.StringVar(&o.edge, "edge", "bin/edge", "the edge's binary; empty: leave it out")
	flag.IntVar(&o.rounds, "rounds", 6, "rounds per row")
	flag.Float64Var(&seconds, "seconds", 2, "length of a server's turn in a round")
	flag.StringVar(&o.only, "only", "", "measure only rows whose name contains this")
	flag.StringVar(&o.out, "out", "bench/RESULTS.md", "result file; a plot goes beside it as .svg; empty: print only")
	flag.IntVar(&o.conns, "connections", 64, "connections of wrk")
	flag.IntVar(&o.idle, "idle", 5000, "connections of the idle row")
	flag.BoolVar(&o.verbose, "v", false, "show what the servers print, and every turn")
	flag.Parse()
	o.round = time.Duration(seconds * float64(time.Second))

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.rounds < 1 || o.round < 100*time.Millisecond || o.conns < 1 {
		return errors.New("want at least one round, 0.1 seconds and one connection")
	}
	// Set explicitly, the limit is also that of the servers; Go would hand them the old one.
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 20000, Max: 20000}); err != nil {
		return fmt.Errorf("raise the limit of open files to 20000: %w", err)
	}
	for _, tool := range []string{"nginx", "wrk", "taskset"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%w (on Debian: apt-get install nginx-light wrk util-linux)", err)
		}
	}
	dir, err := os.MkdirTemp("", "segue-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	fmt.Println("making the corpus")
	files := filepath.Join(dir, "files")
	if err := os.MkdirAll(files, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	if err := corpus.Write(files, sets()...); err != nil {
		return fmt.Errorf("make corpus: %w", err)
	}
	b := &bench{options: o, dir: dir, files: files, expires: time.Now().Add(24 * time.Hour).Unix()}
	if err := b.prepare(ctx); err != nil {
		return err
	}

	report := newReport(o)
	measured, err := b.measure(ctx)
	if err != nil {
		return err
	}
	report.rows = measured
	if strings.Contains(idleName, o.only) {
		if report.idle, err = b.measureIdle(ctx); err != nil {
			return fmt.Errorf("%s: %w", idleName, err)
		}
	}
	report.suites = b.suites
	fmt.Print("\n", report.text(), report.disturbance())
	if o.out == "" {
		return nil
	}
	return report.write(o.out)
}
