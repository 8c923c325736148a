package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The tests of this file are not parallel: they take the whole machine, and
// measure it.

// honest asks for ranges all the time, each request on the connection that
// stands and on a new one by turns, and remembers how long they took.
type honest struct {
	far    time.Duration // between connecting and asking: a round trip on a real network
	took   []time.Duration
	failed []error
}

func (h *honest) run(ctx context.Context, addr string) {
	var kept net.Conn
	defer func() {
		if kept != nil {
			_ = kept.Close()
		}
	}()
	fresh := func() (err error) {
		if kept != nil {
			_ = kept.Close()
		}
		if kept, err = net.DialTimeout("tcp", addr, patience); err != nil {
			kept = nil
			return err
		}
		time.Sleep(h.far)
		return askRange(kept)
	}
	for i := 0; ctx.Err() == nil; i++ {
		begin := time.Now()
		var err error
		// A connection that stood idle may be gone: every client asks again then.
		if i%2 == 0 || kept == nil || askRange(kept) != nil {
			err = fresh()
		}
		if err != nil {
			h.failed = append(h.failed, err)
		}
		h.took = append(h.took, time.Since(begin))
		time.Sleep(5 * time.Millisecond)
	}
}

func askRange(c net.Conn) error {
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, request("GET", "/small.flac", "Range: bytes=10-19")); err != nil {
		return err
	}
	var buf [2048]byte
	for n := 0; ; {
		k, err := c.Read(buf[n:])
		if n += k; err != nil {
			return fmt.Errorf("after %d bytes: %w", n, err)
		}
		// The ten bytes asked for are the last of the answer.
		if n > 12 && string(buf[n-10:n]) == pattern(20)[10:] {
			if string(buf[:12]) != "HTTP/1.1 206" {
				return fmt.Errorf("answer %q", buf[:12])
			}
			return nil
		}
	}
}

func (h *honest) quantile(q float64) time.Duration {
	slices.Sort(h.took)
	return h.took[int(q*float64(len(h.took)-1))]
}

func (h *honest) String() string {
	return fmt.Sprintf("%d honest requests, %d failed: median %v, 99%% %v, worst %v", len(h.took), len(h.failed),
		h.quantile(.5).Round(10*time.Microsecond), h.quantile(.99).Round(10*time.Microsecond), h.quantile(1).Round(10*time.Microsecond))
}

// flood holds many bare sockets: a net.Conn and a goroutine each would cost the
// test more than the server.
type flood struct {
	t     testing.TB
	addr  unix.SockaddrInet4
	mu    sync.Mutex // guards socks
	socks []int
}

func newFlood(t testing.TB, addr string) *flood {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	f := &flood{t: t, addr: unix.SockaddrInet4{Port: a.Port, Addr: [4]byte(a.IP.To4())}}
	t.Cleanup(f.close)
	return f
}

func (f *flood) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fd := range f.socks {
		_ = unix.Close(fd)
	}
	f.socks = nil
}

// open makes a socket that sends first, with a receive buffer of its size unless
// that is 0. It never blocks after it is connected.
func (f *flood) open(first string, buffer int) (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	f.mu.Lock()
	f.socks = append(f.socks, fd)
	f.mu.Unlock()
	if buffer > 0 {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer)
	}
	if err := unix.Connect(fd, &f.addr); err != nil {
		return -1, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return -1, err
	}
	if first != "" {
		_, _ = unix.Write(fd, []byte(first))
	}
	return fd, nil
}

// floodRoot has a small file for the honest and a large one, a hole, for others.
func floodRoot(t *testing.T) string {
	t.Helper()
	root := folder(t, map[string]string{"small.flac": pattern(1000), "large.flac": ""})
	if err := os.Truncate(filepath.Join(root, "large.flac"), large); err != nil {
		t.Fatal(err)
	}
	return root
}

// slowClients is how many there are: enough for the claim where it is proven,
// fewer where a person waits.
func slowClients() int {
	if testing.Short() || raced {
		return 500
	}
	return 5000
}

func TestThousandsOfSlowClientsHoldUpNobody(t *testing.T) {
	n := slowClients()
	e := startEdge(t, floodRoot(t))
	calm := &honest{}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	calm.run(ctx, e.addr)
	cancel()
	before := e.memory(t, "VmRSS")

	f := newFlood(t, e.addr)
	trickle := make(chan int, n) // sockets that send a byte now and then
	sip := make(chan int, n)     // sockets that read a little now and then
	const slowHead = "GET /small.flac HTTP/1.1\r\nHost: media.example\r\nX-Slow: "
	kinds := []func() error{
		func() error { fd, err := f.open("G", 0); trickle <- fd; return err },
		func() error { _, err := f.open("", 0); return err },
		func() error { fd, err := f.open(request("GET", "/large.flac"), 4096); sip <- fd; return err },
		func() error {
			fd, err := f.open("POST /small.flac HTTP/1.1\r\nHost: media.example\r\nContent-Length: 1000000\r\n\r\n", 0)
			trickle <- fd
			return err
		},
	}
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	var group sync.WaitGroup
	group.Go(func() {
		dribble(ctx, trickle, func(fd, round int) { _, _ = unix.Write(fd, []byte{slowHead[1+round%(len(slowHead)-1)]}) })
	})
	group.Go(func() { var b [512]byte; dribble(ctx, sip, func(fd, _ int) { _, _ = unix.Read(fd, b[:]) }) })
	h := &honest{}
	group.Go(func() { h.run(ctx, e.addr) })
	begin := time.Now()
	for i := range n {
		if err := kinds[i%len(kinds)](); err != nil {
			t.Fatalf("client %d: %v", i, err)
		}
		if i%50 == 0 { // no faster than the kernel's queue of connections is emptied
			time.Sleep(20 * time.Millisecond)
		}
	}
	opened := time.Since(begin)
	held, rss := 0.0, int64(0)
	for end := time.Now().Add(4 * time.Second); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		held, rss = max(held, e.metric(t, "segue_connections")), max(rss, e.memory(t, "VmRSS"))
	}
	cancel()
	group.Wait()
	t.Logf("%d slow clients in %v, at most %.0f held; VmRSS %d MB before, %d MB at most (VmHWM %d MB)",
		n, opened.Round(time.Millisecond), held, before>>20, rss>>20, e.memory(t, "VmHWM")>>20)
	t.Logf("calm:  %v", calm)
	t.Logf("flood: %v", h)
	if held < float64(n)/2 {
		t.Errorf("only %.0f of %d connections stood", held, n)
	}
	if len(h.failed) > 0 {
		t.Errorf("%d honest requests failed, the first: %v", len(h.failed), h.failed[0])
	}
	if worst := h.quantile(1); worst > time.Second {
		t.Errorf("an honest request took %v", worst)
	}
	// 5,000 connections at 16 KB each, and what the process is by itself.
	if most := before + int64(n)*16<<10 + 32<<20; !racedBinaries && rss > most {
		t.Errorf("VmRSS of %d MB, want at most %d MB", rss>>20, most>>20)
	}
	// When they leave, nothing of them stays.
	begin = time.Now()
	f.close()
	eventually(t, patience, "their connections are gone", func() bool { return e.metric(t, "segue_connections") < 5 })
	t.Logf("all gone %v after they left", time.Since(begin).Round(time.Millisecond))
}

// dribble does something to each socket in turn, all the time.
func dribble(ctx context.Context, more <-chan int, f func(fd, round int)) {
	var socks []int
	for round := 0; ctx.Err() == nil; round++ {
		for drained := false; !drained; {
			select {
			case fd := <-more:
				socks = append(socks, fd)
			default:
				drained = true
			}
		}
		for _, fd := range socks {
			if fd >= 0 {
				f(fd, round)
			}
		}
		time.Sleep(250 * time.Millisecond)
	}
}

func TestMoreConnectionsThanDescriptorsLeaveRoomForHonestOnes(t *testing.T) {
	prlimit := needTool(t, "prlimit")
	for name, kind := range map[string]struct {
		first  string
		buffer int
		most   float64 // share of honest requests that may fail
	}{
		// A hundredth is for a test that two busy cores hold up so long that its own
		// connection is the oldest.
		"that say nothing":     {"", 0, .01},
		"that begin a request": {"GET /small.flac HTTP/1.1\r\n", 0, .01},
		"that were answered":   {request("GET", "/small.flac"), 0, .01},
		// They are being served until they have stood still for a while, so some
		// newcomers are turned away.
		"that take no answer": {request("GET", "/large.flac"), 4096, .3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const files = 256
			e := startUnder(t, []string{prlimit, fmt.Sprintf("--nofile=%d", files)}, floodRoot(t))
			f := newFlood(t, e.addr)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			h := &honest{far: 20 * time.Millisecond}
			var group sync.WaitGroup
			group.Go(func() { h.run(ctx, e.addr) })
			var opened atomic.Int64
			for range 3 * files {
				if _, err := f.open(kind.first, kind.buffer); err == nil {
					opened.Add(1)
				}
				time.Sleep(3 * time.Millisecond)
			}
			time.Sleep(500 * time.Millisecond)
			cancel()
			group.Wait()
			t.Logf("%d connections, %d descriptors: %v; %.0f shed", opened.Load(), files, h, e.metric(t, `segue_connections_shed_total{reason="pressure"}`))
			if share := float64(len(h.failed)) / float64(len(h.took)); share > kind.most {
				t.Errorf("%.1f%% of honest requests failed, the first: %v", 100*share, h.failed[0])
			}
			if worst := h.quantile(1); worst > time.Second {
				t.Errorf("an honest request took %v", worst)
			}
			select {
			case <-e.done:
				t.Fatal("the edge ended")
			default:
			}
			f.close()
			eventually(t, patience, "all is well again", func() bool { return e.metric(t, "segue_connections") < 5 })
			if status, _ := e.operator(t, "/readyz"); status != 200 {
				t.Errorf("/readyz is %d", status)
			}
			wantStatus(t, e.get(t, "/large.flac", "Range: bytes=0-0"), 206)
		})
	}
}
