package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// A script's own state, beside what testscript keeps.
type story struct {
	servers []*process
	last    *reply
	closed  bool // by the server, after the last answer
}

type storyKey struct{}

func of(ts *testscript.TestScript) *story { return ts.Value(storyKey{}).(*story) }

// edge is the edge that runs, which must be one.
func (s *story) edge(ts *testscript.TestScript) *process {
	if len(s.servers) == 0 {
		ts.Fatalf("no edge was started")
	}
	return s.servers[len(s.servers)-1]
}

// The commands of scripts:
//
// In each folder lies key.pem, a fresh private key; $SECRET and $OTHER are two
// signing keys, $SOON is an hour from now.
//
//	edge [flag | NAME=value …]   runs an edge over the folder root, and sets
//	                             $EDGE and $ADMIN to its addresses
//	get, head, options TARGET [field…]
//	                             asks it; a TARGET from $ADMIN asks the operator
//	ask METHOD TARGET [field…]   the same with any method
//	raw TEXT                     sends TEXT, with Go's escapes, as it stands
//	status N                     the last answer's status
//	header NAME VALUE            a field of it, as it was sent; a VALUE between
//	                             slashes is a pattern
//	noheader NAME                a field that it must not have
//	body TEXT                    its body, with Go's escapes; /…/ is a pattern
//	[!] closed                   whether the server ended the connection with it
//	keep_header NAME VARIABLE    puts a field of the last answer into a variable
//	eventually_body TARGET TEXT  asks until the body is TEXT
//	keep NAME                    puts the last command's output into $NAME
//	lines N                      how many lines that output has
//	signal NAME                  HUP, TERM or INT for the edge
//	ended CODE                   waits for its end
//	[!] log PATTERN              waits for a line of its log; with !, looks once
//	metric SERIES VALUE          waits until a series has a value
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"edge":    cmdEdge,
	"get":     asker("GET"),
	"head":    asker("HEAD"),
	"options": asker("OPTIONS"),
	"ask": func(ts *testscript.TestScript, neg bool, args []string) {
		asker(args[0])(ts, neg, args[1:])
	},
	"raw":             cmdRaw,
	"status":          cmdStatus,
	"header":          cmdHeader,
	"noheader":        cmdNoHeader,
	"body":            cmdBody,
	"closed":          cmdClosed,
	"keep":            cmdKeep,
	"lines":           cmdLines,
	"signal":          cmdSignal,
	"ended":           cmdEnded,
	"log":             cmdLog,
	"metric":          cmdMetric,
	"keep_header":     cmdKeepHeader,
	"eventually_body": cmdEventuallyBody,
}

func TestStories(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "scripts"), Cmds: commands, RequireExplicitExec: true, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			s := &story{}
			env.Values[storyKey{}] = s
			env.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("SECRET", secret)
			env.Setenv("OTHER", other)
			env.Setenv("SOON", fmt.Sprint(time.Now().Add(time.Hour).Unix()))
			env.Defer(func() {
				for _, p := range s.servers {
					p.signal(syscall.SIGTERM)
					if _, err := p.ended(patience); err != nil {
						p.kill()
						env.T().Fatal("the edge does not end")
					}
					if bad := p.fault(); bad != "" {
						env.T().Fatal("the log holds", bad, p.stderr.String())
					}
				}
			})
			private, err := newPrivateKey()
			if err != nil {
				return err
			}
			return errors.Join(
				os.WriteFile(filepath.Join(env.WorkDir, "key.pem"), private, 0o600),
				os.MkdirAll(filepath.Join(env.WorkDir, "root"), 0o755),
			)
		},
		Condition: func(cond string) (bool, error) {
			return false, fmt.Errorf("no condition %q", cond)
		},
	})
}

func plain(ts *testscript.TestScript, neg bool, args []string, n int, usage string) {
	if neg || len(args) != n {
		ts.Fatalf("usage: %s", usage)
	}
}

func cmdEdge(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: edge [flag | NAME=value …]; for one that must not start: ! exec edge …")
	}
	env, flags := split(args)
	p, err := launchEdge(ts.MkAbs("root"), env, flags)
	ts.Check(err)
	s := of(ts)
	s.servers = append(s.servers, p)
	ts.Setenv("EDGE", "http://"+p.addr)
	ts.Setenv("ADDR", p.addr)
	ts.Setenv("ADMIN", "http://"+p.admin)
}

func asker(method string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) == 0 {
			ts.Fatalf("usage: get TARGET [field…]")
		}
		s := of(ts)
		if admin := ts.Getenv("ADMIN"); admin != "" && strings.HasPrefix(args[0], admin) {
			status, body := s.edge(ts).operator(scriptT{ts: ts}, strings.TrimPrefix(args[0], admin))
			s.last, s.closed = &reply{status: status, body: []byte(body)}, true
			return
		}
		target := strings.TrimPrefix(args[0], ts.Getenv("EDGE"))
		s.exchange(ts, method, request(method, target, args[1:]...))
	}
}

// exchange sends a text and reads one answer, and looks whether the connection
// then ends.
func (s *story) exchange(ts *testscript.TestScript, method, text string) {
	conn, err := net.DialTimeout("tcp", s.edge(ts).addr, patience)
	ts.Check(err)
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	br := bufio.NewReader(conn)
	_, err = conn.Write([]byte(text))
	ts.Check(err)
	s.last, err = readReply(br, method)
	ts.Check(err)
	_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err = br.ReadByte()
	s.closed = err != nil && !timedOut(err)
	if err == nil {
		ts.Fatalf("a second answer comes")
	}
}

func cmdRaw(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 1, "raw TEXT")
	text := unquote(ts, args[0])
	method, _, _ := strings.Cut(text, " ")
	of(ts).exchange(ts, method, text)
}

func unquote(ts *testscript.TestScript, s string) string {
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
	ts.Check(err)
	return text
}

func (s *story) answer(ts *testscript.TestScript) *reply {
	if s.last == nil {
		ts.Fatalf("nothing was asked")
	}
	return s.last
}

func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 1, "status N")
	if r := of(ts).answer(ts); fmt.Sprint(r.status) != args[0] {
		ts.Fatalf("status %d, want %s:\n%s", r.status, args[0], r)
	}
}

// matches holds a text against what a script wants of it.
func matches(ts *testscript.TestScript, got, want string) bool {
	if len(want) > 1 && want[0] == '/' && want[len(want)-1] == '/' {
		re, err := regexp.Compile(want[1 : len(want)-1])
		ts.Check(err)
		return re.MatchString(got)
	}
	return got == want
}

func cmdHeader(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 2, "header NAME VALUE")
	if r := of(ts).answer(ts); !matches(ts, r.get(args[0]), args[1]) {
		ts.Fatalf("%s is %q, want %s:\n%s", args[0], r.get(args[0]), args[1], r)
	}
}

func cmdNoHeader(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 1, "noheader NAME")
	if r := of(ts).answer(ts); r.has(args[0]) {
		ts.Fatalf("there is a %s:\n%s", args[0], r)
	}
}

func cmdBody(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 1, "body TEXT")
	want := args[0]
	if !strings.HasPrefix(want, "/") {
		want = unquote(ts, want)
	}
	if r := of(ts).answer(ts); !matches(ts, string(r.body), want) {
		ts.Fatalf("body is %q, want %s", r.body, args[0])
	}
}

func cmdClosed(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 0 {
		ts.Fatalf("usage: [!] closed")
	}
	if s := of(ts); s.closed == neg {
		ts.Fatalf("closed: %v", s.closed)
	}
}

func cmdKeep(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 1, "keep NAME")
	ts.Setenv(args[0], strings.TrimSuffix(ts.ReadFile("stdout"), "\n"))
}

func cmdLines(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 1, "lines N")
	if n := strings.Count(ts.ReadFile("stdout"), "\n"); fmt.Sprint(n) != args[0] {
		ts.Fatalf("%d lines, want %s:\n%s", n, args[0], ts.ReadFile("stdout"))
	}
}

func cmdSignal(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 1, "signal NAME")
	sig, ok := map[string]syscall.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM, "INT": syscall.SIGINT}[args[0]]
	if !ok {
		ts.Fatalf("no signal %s", args[0])
	}
	of(ts).edge(ts).signal(sig)
}

func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 1, "ended CODE")
	code, err := of(ts).edge(ts).ended(patience)
	ts.Check(err)
	if fmt.Sprint(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func cmdLog(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: [!] log PATTERN")
	}
	p := of(ts).edge(ts)
	if neg {
		re, err := regexp.Compile(args[0])
		ts.Check(err)
		if m := re.FindString(p.stderr.String()); m != "" {
			ts.Fatalf("the log holds %q:\n%s", m, p.stderr)
		}
		return
	}
	if strings.Contains(args[0], "ERROR") {
		p.faults = true
	}
	if _, err := p.stderr.wait(args[0]); err != nil {
		ts.Fatalf("%v:\n%s", err, p.stderr)
	}
}

func cmdMetric(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 2, "metric SERIES VALUE")
	got := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got = fmt.Sprint(of(ts).edge(ts).metric(scriptT{ts: ts}, args[0])); got == args[1] {
			return
		}
	}
	ts.Fatalf("%s is %s, want %s", args[0], got, args[1])
}

func cmdEventuallyBody(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 2, "eventually_body TARGET TEXT")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		asker("GET")(ts, false, args[:1])
		if string(of(ts).last.body) == unquote(ts, args[1]) {
			return
		}
	}
	ts.Fatalf("the body of %s stays %q", args[0], of(ts).last.body)
}

func cmdKeepHeader(ts *testscript.TestScript, neg bool, args []string) {
	plain(ts, neg, args, 2, "keep_header NAME VARIABLE")
	ts.Setenv(args[1], of(ts).answer(ts).get(args[0]))
}

// scriptT lets helpers that take a testing.TB fail a script. What is not
// overridden here is not to be used, and panics.
type scriptT struct {
	testing.TB
	ts *testscript.TestScript
}

func (s scriptT) Helper()                      {}
func (s scriptT) Fatal(args ...any)            { s.ts.Fatalf("%s", fmt.Sprint(args...)) }
func (s scriptT) Fatalf(f string, args ...any) { s.ts.Fatalf(f, args...) }
