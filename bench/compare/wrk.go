package main

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed wrk.lua
var wrkScript string

// errTimeouts: wrk counts a connection that did not even get to send within two seconds as timed out. On a busy
// machine that is no fault of the server, so the turn is worth another try.
var errTimeouts = errors.New("connections timed out")

// load is what wrk says after a turn.
type load struct {
	requests int64
	bytes    int64
	duration time.Duration
	cpu      time.Duration // what wrk itself used
}

// runWRK loads a server from core 1. list is a file for wrk.lua.
func runWRK(ctx context.Context, url, list, script string, conns int, d time.Duration) (load, error) {
	seconds := max(1, int(d.Round(time.Second)/time.Second))
	cmd := exec.CommandContext(ctx, "taskset", "-c", "1", "wrk", "-t1", "-c"+strconv.Itoa(conns), fmt.Sprintf("-d%ds", seconds),
		"--timeout", "10s", "-s", script, url, "--", list)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return load{}, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	l, err := parseWRK(string(out))
	l.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return l, err
}

// parseWRK reads the line that wrk.lua prints at the end. A turn in which any request went wrong is no
// measurement: it is an error.
func parseWRK(out string) (load, error) {
	for line := range strings.Lines(out) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "turn ")
		if !ok {
			continue
		}
		var l load
		var us int64
		var bad [5]int64
		_, err := fmt.Sscanf(rest, "requests=%d bytes=%d us=%d connect=%d read=%d write=%d status=%d timeout=%d",
			&l.requests, &l.bytes, &us, &bad[0], &bad[1], &bad[2], &bad[3], &bad[4])
		if err != nil {
			return load{}, fmt.Errorf("wrk: %q: %w", line, err)
		}
		if bad == [5]int64{4: bad[4]} && bad[4] > 0 {
			return load{}, fmt.Errorf("wrk: %d: %w", bad[4], errTimeouts)
		}
		if bad != [5]int64{} {
			return load{}, fmt.Errorf("wrk: errors: connect %d, read %d, write %d, status %d, timeout %d", bad[0], bad[1], bad[2], bad[3], bad[4])
		}
		if l.requests == 0 {
			return load{}, errors.New("wrk: no request was answered")
		}
		l.duration = time.Duration(us) * time.Microsecond
		return l, nil
	}
	return load{}, fmt.Errorf("wrk: no result in its output:\n%s", out)
}

// starved tells whether others had the cores: neither the server nor wrk got two thirds of its own.
func (l load) starved(server time.Duration) bool {
	return l.cpu < l.duration*2/3 && server < l.duration*2/3
}

// plausible tells whether the bytes fit answers of these lengths, asked for in their order again and again: a 200
// in place of a 206 or an error page would not.
func (l load) plausible(sizes []int64, conns int) error {
	const leastHead, mostHead = 60, 1200
	// The first requests are answered, but as many as there are connections may have overtaken some of them.
	var round, rest int64
	for i, n := range sizes {
		round += n
		if int64(i) < l.requests%int64(len(sizes)) {
			rest += n
		}
	}
	bodies := l.requests/int64(len(sizes))*round + rest
	least, most := slices.Min(sizes), slices.Max(sizes)
	low := bodies - int64(conns)*(most-least) + l.requests*leastHead
	high := bodies + int64(conns)*(2*most-least) + (l.requests+int64(conns))*mostHead
	if l.bytes < low || l.bytes > high {
		return fmt.Errorf("%d requests brought %d bytes: expected %d to %d", l.requests, l.bytes, low, high)
	}
	return nil
}

// writeList stores a list of requests for wrk.lua: path, Range and Accept-Encoding.
func writeList(name string, lines [][3]string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for _, l := range lines {
		fmt.Fprintln(w, l[0], cmp.Or(l[1], "-"), cmp.Or(l[2], "-"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
