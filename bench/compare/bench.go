package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// bench is one run: its options and what it made for itself.
type bench struct {
	options
	dir       string // temporary, everything is below
	files     string // the corpus
	cert, key string
	script    string // wrk.lua
	floor     string // the floor's binary
	expires   int64
	suites    map[string]string // negotiated cipher suite by server
	static    string            // what was crawled, for nginx
	crawled   map[string]*pages // by song
	zips      bool              // nginx has gzip_static
	wanted    []row
}

// result is a measured row: microseconds of CPU per request by server, one value a round.
type result struct {
	row
	micros map[string][]float64
	rates  map[string][]float64 // requests a second: for the curious, not for the ratios
	// meanBytes is the mean length of the answers' bodies.
	meanBytes float64
	turns     int
	// starved counts turns in which other programs had the cores.
	starved int
}

// measure runs all rows. Servers of a kind start once and live through its rows.
func (b *bench) measure(ctx context.Context) ([]result, error) {
	var results []result
	b.suites = map[string]string{}
	for k := range kinds {
		todo := slices.DeleteFunc(slices.Clone(b.wanted), func(r row) bool { return r.kind != k })
		if len(todo) == 0 {
			continue
		}
		done, err := b.measureKind(ctx, k, todo)
		if err != nil {
			return nil, err
		}
		results = append(results, done...)
	}
	return results, nil
}

// todo are the rows that are wanted and can be measured here.
func (b *bench) todo() []row {
	var todo []row
	for _, r := range rows {
		switch {
		case !strings.Contains(r.name, b.only):
		case r.kind.hls() && b.edge == "":
			fmt.Printf("%s: left out, as there is no edge to package it\n", r.name)
		case r.gzip && !b.zips:
			fmt.Printf("%s: left out, as nginx is built without gzip_static\n", r.name)
		default:
			todo = append(todo, r)
		}
	}
	return todo
}

// started is a contender that runs.
type started struct {
	contender
	*server
	base string
}

func (b *bench) measureKind(ctx context.Context, k kind, todo []row) ([]result, error) {
	var running []started
	defer func() {
		for _, s := range running {
			s.stop()
		}
	}()
	for _, c := range b.contenders() {
		if !c.serves(k) {
			continue
		}
		s, base, err := c.start(ctx, k)
		if err != nil {
			return nil, err
		}
		running = append(running, started{c, s, base})
		if k == secure {
			if b.suites[c.name], err = negotiated(ctx, strings.TrimPrefix(base, "https://")); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	var results []result
	for _, r := range todo {
		res, err := b.measureRow(ctx, r, running)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		results = append(results, res)
	}
	return results, nil
}

// measureRow checks that all servers send the file's bytes, warms each of them up, and then lets them take
// turns. Each round begins with another server, so that none always follows the same one.
func (b *bench) measureRow(ctx context.Context, r row, running []started) (result, error) {
	fmt.Printf("\n%s\n", r.name)
	res := result{row: r, micros: map[string][]float64{}, rates: map[string][]float64{}}
	list := r.list()
	sample := list[:min(8, len(list))]
	if r.kind.hls() {
		list = r.listOf(b.crawled)
		sample = list
	}
	sizes := make([]int64, len(list))
	for i, q := range list {
		sizes[i] = q.size()
		res.meanBytes += float64(q.size()) / float64(len(list))
	}
	heads := map[string]int{}
	lists := map[string]string{}
	for i, s := range running {
		lines := make([][3]string, len(list))
		for j, q := range list {
			lines[j] = [3]string{s.address(r.kind, q.path), r.rangeHeader(q), q.encoding}
		}
		name := filepath.Join(b.dir, fmt.Sprintf("list%d.txt", i))
		if err := writeList(name, lines); err != nil {
			return res, err
		}
		lists[s.name] = name
		var err error
		if heads[s.name], err = b.checkBytes(ctx, s, r, sample); err != nil {
			return res, fmt.Errorf("%s: %w", s.name, err)
		}
		if _, err := runWRK(ctx, s.base, name, b.script, b.conns, time.Second); err != nil && !errors.Is(err, errTimeouts) {
			return res, fmt.Errorf("%s: warm up: %w", s.name, err)
		}
	}
	if r.kind.hls() {
		if err := alike(heads[edgeName], heads[nginxName]); err != nil {
			return res, err
		}
	}
	for round := range b.rounds {
		order := slices.Concat(running[round%len(running):], running[:round%len(running)])
		for _, s := range order {
			l, used, err := b.turn(ctx, s, lists[s.name])
			if err != nil {
				return res, fmt.Errorf("%s: %w", s.name, err)
			}
			if err := l.plausible(sizes, b.conns); err != nil {
				return res, fmt.Errorf("%s: %w", s.name, err)
			}
			res.turns++
			if l.starved(used) {
				res.starved++
			}
			us := float64(used) / float64(l.requests) / 1e3
			res.micros[s.name] = append(res.micros[s.name], us)
			res.rates[s.name] = append(res.rates[s.name], float64(l.requests)/l.duration.Seconds())
			if b.verbose {
				fmt.Printf("  round %d %-16s %8.2f us  %9.0f/s  core %3.0f %%\n", round+1, s.name, us,
					float64(l.requests)/l.duration.Seconds(), 100*used.Seconds()/l.duration.Seconds())
			}
		}
	}
	for _, s := range running {
		sp := spreadOf(res.micros[s.name])
		fmt.Printf("  %-16s %8.2f us  (%.2f to %.2f)\n", s.name, sp.median, sp.low, sp.high)
	}
	return res, nil
}

// turn loads a server once and tells what it used. It has three tries if connections timed out.
func (b *bench) turn(ctx context.Context, s started, list string) (load, time.Duration, error) {
	for try := 1; ; try++ {
		before, err := cpuTime(s.pid)
		if err != nil {
			return load{}, 0, err
		}
		l, err := runWRK(ctx, s.base, list, b.script, b.conns, b.round)
		if errors.Is(err, errTimeouts) && try < 3 {
			fmt.Printf("  %s: %v, once more\n", s.name, err)
			continue
		}
		if err != nil {
			return load{}, 0, err
		}
		after, err := cpuTime(s.pid)
		return l, after - before, err
	}
}
