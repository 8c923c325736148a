package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// server is a running process, pinned to core 0.
type server struct {
	cmd    *exec.Cmd
	done   chan struct{}
	output lockedBuffer
	// pid is the process that serves: for nginx the worker, not the master that was started.
	pid int
}

// startServer runs a command on core 0 and waits until every address accepts.
func startServer(ctx context.Context, verbose bool, env []string, addrs []string, name string, args ...string) (*server, error) {
	s := &server{done: make(chan struct{})}
	// taskset replaces itself by the command, so the process id stays.
	s.cmd = exec.Command("taskset", append([]string{"-c", "0", name}, args...)...)
	s.cmd.Env = append(os.Environ(), env...)
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	if verbose {
		s.cmd.Stdout, s.cmd.Stderr = os.Stderr, os.Stderr
	}
	// If this program dies the servers die too.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	s.pid = s.cmd.Process.Pid
	go func() {
		_ = s.cmd.Wait()
		close(s.done)
	}()
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	for _, a := range addrs {
		if err := s.waitFor(ctx, a); err != nil {
			s.stop()
			return nil, fmt.Errorf("start %s: %w\n%s", name, err, s.output.String())
		}
	}
	return s, nil
}

func (s *server) waitFor(ctx context.Context, addr string) error {
	for {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-s.done:
			return errors.New("it ended")
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop asks the process to end and waits; after ten seconds it kills.
func (s *server) stop() {
	if s == nil {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.done
	}
}

// freeAddrs finds ports that are free now.
func freeAddrs(n int) ([]string, error) {
	var addrs []string
	var open []io.Closer
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		open = append(open, l)
		addrs = append(addrs, l.Addr().String())
	}
	return addrs, nil
}

// lockedBuffer keeps the first 64 KB that a server says.
type lockedBuffer struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buf.Len() < 64<<10 {
		b.buf.Write(p)
	}
	return len(p), nil
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
