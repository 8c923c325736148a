package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const idleName = "idle keep-alive connection"

// idleTarget is the most resident memory of the edge for an idle connection.
const idleTarget = 10 * kb

// idle is memory per connection in bytes, by server.
type idle struct {
	connections int
	bytes       map[string]float64
}

// measureIdle starts each server anew, opens connections of which each asks once, lets them rest and looks by
// how much the process grew.
func (b *bench) measureIdle(ctx context.Context) (*idle, error) {
	fmt.Printf("\n%s, %d of them\n", idleName, b.idle)
	res := &idle{b.idle, map[string]float64{}}
	for _, c := range b.contenders() {
		if c.name != nginxName && c.name != edgeName {
			continue
		}
		each, err := b.measureIdleOf(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		res.bytes[c.name] = each
		fmt.Printf("  %-16s %8.1f KB\n", c.name, each/kb)
	}
	return res, nil
}

func (b *bench) measureIdleOf(ctx context.Context, c contender) (float64, error) {
	s, base, err := c.start(ctx, ranged)
	if err != nil {
		return 0, err
	}
	defer s.stop()
	addr := strings.TrimPrefix(base, "http://")
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	// A server may limit the connections of one address; loopback has many.
	open := func(n int) error {
		for range n {
			i := len(conns)
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i%250))}, Timeout: 10 * time.Second}
			conn, err := d.DialContext(ctx, "tcp", addr)
			if err != nil {
				return fmt.Errorf("connection %d: %w", i, err)
			}
			conns = append(conns, conn)
			if err := askOnce(conn, small.Path(i%small.Count)); err != nil {
				return fmt.Errorf("connection %d: %w", i, err)
			}
		}
		return nil
	}
	// The first connections bring what every process needs once.
	const first = 100
	if err := open(first); err != nil {
		return 0, err
	}
	if err := rest(ctx); err != nil {
		return 0, err
	}
	before, err := resident(s.pid)
	if err != nil {
		return 0, err
	}
	if err := open(b.idle); err != nil {
		return 0, err
	}
	if err := rest(ctx); err != nil {
		return 0, err
	}
	after, err := resident(s.pid)
	if err != nil {
		return 0, err
	}
	// Still open, or the number means nothing.
	for i, conn := range []net.Conn{conns[0], conns[len(conns)/2], conns[len(conns)-1]} {
		if err := askOnce(conn, small.Path(i)); err != nil {
			return 0, fmt.Errorf("a connection was closed while idle: %w", err)
		}
	}
	return float64(after-before) / float64(b.idle), nil
}

func askOnce(conn net.Conn, path string) error {
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || n != small.SizeBytes {
		return fmt.Errorf("status %d with %d bytes", resp.StatusCode, n)
	}
	return nil
}

func rest(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(3 * time.Second):
		return nil
	}
}
