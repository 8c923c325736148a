package e2e

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestSIGTERMDrainsWhatIsBeingDownloaded(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			content := version('v', large)
			e := startEdge(t, folder(t, map[string]string{"a.flac": content, "b.txt": "b"}), "--set=shutdown.drain=20s")
			if status, body := e.operator(t, "/readyz"); status != 200 || !strings.Contains(body, `"ready"`) {
				t.Fatalf("/readyz: %d %s", status, body)
			}
			idle := connect(t, e.addr)
			wantStatus(t, idle.ask("GET", "/b.txt"), 200)
			fresh := connect(t, e.addr)
			c, r := halfRead(t, e, "/a.flac")
			e.signal(sig)
			eventually(t, patience, "/readyz says no", func() bool { status, _ := e.operator(t, "/readyz"); return status == 503 })
			status, body := e.operator(t, "/readyz")
			if status != 503 || !strings.Contains(body, `"draining"`) {
				t.Errorf("/readyz: %d %s", status, body)
			}
			if status, _ := e.operator(t, "/livez"); status != 200 {
				t.Errorf("/livez: %d", status)
			}
			idle.closed(patience)
			fresh.closed(patience)
			eventually(t, patience, "nobody new is let in", func() bool {
				n, err := net.DialTimeout("tcp", e.addr, time.Second)
				if err == nil {
					_ = n.Close()
				}
				return err != nil
			})
			if err := rest(c, r, large); err != nil || string(r.body) != content {
				t.Errorf("the download ends after %d bytes: %v", len(r.body), err)
			}
			done := time.Now()
			code, err := e.ended(patience)
			if err != nil || code != 0 {
				t.Errorf("exit code %d, %v; want 0", code, err)
			}
			if d := time.Since(done); d > 5*time.Second {
				t.Errorf("it ended %v after the last byte", d)
			}
		})
	}
}

func TestARequestDuringTheDrainIsToldToGoElsewhere(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.flac": version('v', large), "b.txt": "b"}), "--set=shutdown.drain=20s", "--set=shutdown.wait=1s")
	c := connect(t, e.addr)
	wantStatus(t, c.ask("GET", "/b.txt"), 200)
	e.signal(syscall.SIGTERM)
	eventually(t, patience, "/readyz says no", func() bool { status, _ := e.operator(t, "/readyz"); return status == 503 })
	// shutdown.wait: balancers have not noticed yet, so newcomers are still served.
	wantBody(t, connect(t, e.addr).ask("GET", "/b.txt"), "b")
	wantBody(t, c.ask("GET", "/b.txt"), "b")
	if code, err := e.ended(patience); err != nil || code != 0 {
		t.Errorf("exit code %d, %v; want 0", code, err)
	}
}

func TestTheDrainHasAnEnd(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.flac": version('v', large)}), "--set=shutdown.drain=1s")
	halfRead(t, e, "/a.flac")
	begin := time.Now()
	e.signal(syscall.SIGTERM)
	code, err := e.ended(patience)
	if err != nil || code == 0 {
		t.Errorf("exit code %d, %v; want one that tells of the cut", code, err)
	}
	if d := time.Since(begin); d < 700*time.Millisecond || d > 6*time.Second {
		t.Errorf("ended after %v, want about 1 s", d)
	}
	if !strings.Contains(e.stderr.String(), "cut 1 connections") {
		t.Errorf("nothing tells of the cut:\n%s", e.stderr)
	}
}

func TestASecondSignalExitsAtOnce(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.flac": version('v', large)}), "--set=shutdown.drain=60s")
	halfRead(t, e, "/a.flac")
	e.signal(syscall.SIGTERM)
	eventually(t, patience, "it drains", func() bool { status, _ := e.operator(t, "/readyz"); return status == 503 })
	e.signal(syscall.SIGHUP) // no reason to end
	time.Sleep(100 * time.Millisecond)
	begin := time.Now()
	e.signal(syscall.SIGTERM)
	code, err := e.ended(patience)
	if err != nil || code != 1 {
		t.Errorf("exit code %d, %v; want 1", code, err)
	}
	if d := time.Since(begin); d > 3*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestReadyzSaysWhenTheRootIsGone(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"music/a.txt": "a"})
	e := startEdge(t, filepath.Join(root, "music"))
	e.faults = true
	if err := os.Rename(filepath.Join(root, "music"), filepath.Join(root, "moved")); err != nil {
		t.Fatal(err)
	}
	status, body := e.operator(t, "/readyz")
	var state map[string]string
	if err := json.Unmarshal([]byte(body), &state); err != nil || status != 503 || !strings.HasPrefix(state["root"], "unreachable") {
		t.Errorf("/readyz: %d %s", status, body)
	}
	if status, _ := e.operator(t, "/livez"); status != 200 {
		t.Errorf("/livez: %d", status)
	}
}

func TestTheOperatorsPagesAreNotPublic(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.txt": "a"}))
	for _, path := range []string{"/livez", "/readyz", "/metrics", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=1"} {
		if status, body := e.operator(t, path); status != 200 || body == "" {
			t.Errorf("the operator's %s: %d", path, status)
		}
		if r := e.get(t, path); r.status != 404 {
			t.Errorf("the public's %s: %d, want 404", path, r.status)
		}
	}
	if status, _ := e.operator(t, "/a.txt"); status != 404 {
		t.Errorf("the operator's listener serves files: %d", status)
	}
	if host, _, err := net.SplitHostPort(e.admin); err != nil || !net.ParseIP(host).IsLoopback() {
		t.Errorf("the operator's listener stands at %s", e.admin)
	}
}

// A reload of everything at once must not drop a connection.
func TestReloadsUnderLoadDropNothing(t *testing.T) {
	t.Parallel()
	content := pattern(1 << 20)
	e := startEdge(t, folder(t, map[string]string{"a.flac": content}))
	stop := make(chan struct{})
	done := make(chan error, 3)
	for range cap(done) {
		c := connect(t, e.addr)
		go func() {
			for {
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
				if _, err := io.WriteString(c, request("GET", "/a.flac")); err != nil {
					done <- err
					return
				}
				if r, err := readReply(c.br, "GET"); err != nil || string(r.body) != content {
					done <- err
					return
				}
			}
		}()
	}
	for range 20 {
		e.signal(syscall.SIGHUP)
		time.Sleep(20 * time.Millisecond)
	}
	eventually(t, patience, "they are counted", func() bool { return e.metric(t, `segue_reloads_total{result="ok"}`) >= 10 })
	close(stop)
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
