package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait for something that a healthy process does at once.
// It is long because two busy cores share out their time unevenly.
const patience = 30 * time.Second

// process is one of our programs, running.
type process struct {
	cmd    *exec.Cmd
	stdout *output
	stderr *output
	done   chan struct{} // closed once the process has ended
	code   int           // exit code, once done

	addr, tls, admin string // where an edge listens
	faults           bool   // lines of level ERROR are expected
}

// launch starts a program with a bare environment: what the machine happens to
// have set must not change a test.
func launch(name string, env, args []string) (*process, error) {
	return launchCommand(append([]string{filepath.Join(bin, name)}, args...), env)
}

func launchCommand(line, env []string) (*process, error) {
	p := &process{stdout: newOutput(), stderr: newOutput(), done: make(chan struct{})}
	p.cmd = exec.Command(line[0], line[1:]...)
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "GORACE=atexit_sleep_ms=0"}, env...)
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	running.Add(1)
	go func() {
		err := p.cmd.Wait()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit):
			p.code = exit.ExitCode()
		case err != nil:
			p.code = -1
		}
		p.stdout.end()
		p.stderr.end()
		running.Add(-1)
		close(p.done)
	}()
	return p, nil
}

// launchEdge starts an edge on free ports and returns once it serves.
func launchEdge(root string, env, args []string) (*process, error) {
	return launchEdgeUnder(nil, root, env, args)
}

// launchEdgeUnder puts a command that runs another one in front.
func launchEdgeUnder(front []string, root string, env, args []string) (*process, error) {
	command := append(slices.Clone(front), filepath.Join(bin, "edge"), "--root="+root,
		"--listen=127.0.0.1:0", "--admin=127.0.0.1:0", "--set=shutdown.drain=3s")
	p, err := launchCommand(append(command, args...), env)
	if err != nil {
		return nil, err
	}
	line, err := p.stderr.wait(`"msg":"serving"`)
	if err != nil {
		p.kill()
		return nil, fmt.Errorf("edge does not serve: %w\n%s", err, p.stderr)
	}
	var at struct{ Addr, TLS, Admin string }
	if err := json.Unmarshal([]byte(line), &at); err != nil {
		p.kill()
		return nil, err
	}
	p.addr, p.tls, p.admin = at.Addr, at.TLS, at.Admin
	return p, nil
}

// startEdge runs an edge over root for the length of a test. What looks like
// NAME=value is put into its environment, all else on its command line.
func startEdge(t testing.TB, root string, with ...string) *process {
	t.Helper()
	return startUnder(t, nil, root, with...)
}

func startUnder(t testing.TB, front []string, root string, with ...string) *process {
	t.Helper()
	env, args := split(with)
	p, err := launchEdgeUnder(front, root, env, args)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.finish(t) })
	return p
}

var variable = regexp.MustCompile(`^[A-Z_]+=`)

func split(with []string) (env, args []string) {
	for _, w := range with {
		if variable.MatchString(w) {
			env = append(env, w)
		} else {
			args = append(args, w)
		}
	}
	return env, args
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// ended waits for the end of the process and reports its exit code.
func (p *process) ended(within time.Duration) (int, error) {
	select {
	case <-p.done:
		return p.code, nil
	case <-time.After(within):
		return 0, fmt.Errorf("still running after %v", within)
	}
}

func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
}

// finish ends the process as an operator does and looks for what no log may
// hold.
func (p *process) finish(t testing.TB) {
	t.Helper()
	select {
	case <-p.done:
	default:
		begin := time.Now()
		p.signal(syscall.SIGTERM)
		if _, err := p.ended(patience); err != nil {
			t.Errorf("after SIGTERM: %v", err)
			p.kill()
		}
		if d := time.Since(begin); d > 5*time.Second { // its drain is bounded to 3 s
			t.Logf("after SIGTERM it took %v to end", d)
		}
	}
	if fault := p.fault(); fault != "" {
		t.Errorf("the log holds %q:\n%s", fault, p.stderr)
	}
}

// fault is what of the log shows a bug, if anything does.
func (p *process) fault() string {
	log := p.stderr.String()
	for _, bad := range []string{"panic:", "DATA RACE", "fatal error:", "BUG:"} {
		if strings.Contains(log, bad) {
			return bad
		}
	}
	if !p.faults && strings.Contains(log, `"level":"ERROR"`) {
		return "level ERROR"
	}
	return ""
}

// memory is a figure of /proc/PID/status in bytes: VmRSS, VmHWM.
func (p *process) memory(t testing.TB, field string) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(field + `:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no %s in:\n%s", field, text)
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}

// output gathers what a process writes and lets tests wait for a line of it.
type output struct {
	mu    sync.Mutex // guards the three below
	buf   bytes.Buffer
	more  chan struct{} // closed at every write, and replaced
	ended bool
}

func newOutput() *output { return &output{more: make(chan struct{})} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.more)
	o.more = make(chan struct{})
	return o.buf.Write(p)
}

func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	close(o.more)
	o.more = make(chan struct{})
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// wait returns the first whole line that a pattern matches.
func (o *output) wait(pattern string) (string, error) {
	re := regexp.MustCompile(pattern)
	deadline := time.After(patience)
	for {
		o.mu.Lock()
		text, more, ended := o.buf.String(), o.more, o.ended
		o.mu.Unlock()
		for line := range strings.Lines(text) {
			if line, whole := strings.CutSuffix(line, "\n"); whole && re.MatchString(line) {
				return line, nil
			}
		}
		if ended {
			return "", fmt.Errorf("it ended without a line like %s", pattern)
		}
		select {
		case <-more:
		case <-deadline:
			return "", fmt.Errorf("no line like %s within %v", pattern, patience)
		}
	}
}

// eventually asks until the answer is yes: for what happens soon, at a time of
// the server's choosing.
func eventually(t testing.TB, within time.Duration, what string, yes func() bool) {
	t.Helper()
	for end := time.Now().Add(within); !yes(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}
