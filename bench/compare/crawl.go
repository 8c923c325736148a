package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"segue/bench/corpus"
)

// pages are what the edge made of a song: each answer is also a file, for nginx, and known by its length.
type pages struct {
	playlists []request // media playlists
	zipped    []request // the same, compressed
	segments  []request
}

// crawl asks a running edge for every playlist, init section and segment of a song, as a player would that
// follows the addresses, and stores each below dir under its own path; beside a playlist its compressed form.
func crawl(ctx context.Context, base, dir string, s corpus.Song) (*pages, error) {
	c := crawler{ctx: ctx, base: base, dir: dir, client: &http.Client{
		Timeout: 30 * time.Second, Transport: &http.Transport{DisableCompression: true},
	}}
	defer c.client.CloseIdleConnections()
	for i := range s.Count {
		if err := c.song(s.Path(i) + "/hls/master.m3u8"); err != nil {
			return nil, fmt.Errorf("crawl %s: %w", s.Path(i), err)
		}
	}
	return &c.pages, nil
}

type crawler struct {
	ctx       context.Context //nolint:containedctx // lives as long as one call of crawl
	base, dir string
	client    *http.Client
	pages
}

func (c *crawler) song(master string) error {
	q, text, err := c.keep(master, "")
	if err != nil {
		return err
	}
	for _, playlist := range addresses(text) {
		if playlist, err = beside(q.path, playlist); err != nil {
			return err
		}
		q, text, err := c.keep(playlist, "")
		if err != nil {
			return err
		}
		z, packed, err := c.keep(playlist, "gzip")
		if err != nil {
			return err
		}
		if err := unpacksTo(packed, text); err != nil {
			return fmt.Errorf("%s: %w", playlist, err)
		}
		c.playlists, c.zipped = append(c.playlists, q), append(c.zipped, z)
		for _, m := range mapAddress.FindAllSubmatch(text, -1) {
			init, err := beside(playlist, string(m[1]))
			if err != nil {
				return err
			}
			if _, _, err := c.keep(init, ""); err != nil {
				return err
			}
		}
		for _, a := range addresses(text) {
			if a, err = beside(playlist, a); err != nil {
				return err
			}
			q, _, err := c.keep(a, "")
			if err != nil {
				return err
			}
			c.segments = append(c.segments, q)
		}
	}
	return nil
}

var mapAddress = regexp.MustCompile(`(?m)^#EXT-X-MAP:.*URI="([^"]*)"`)

// addresses are the lines of a playlist that name something.
func addresses(playlist []byte) []string {
	var found []string
	for line := range strings.Lines(string(playlist)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			found = append(found, line)
		}
	}
	return found
}

// beside resolves an address of a playlist to a path.
func beside(playlist, address string) (string, error) {
	from, err := url.Parse(playlist)
	if err != nil {
		return "", err
	}
	to, err := from.Parse(address)
	if err != nil {
		return "", err
	}
	return to.Path, nil
}

// keep fetches a path and stores what comes.
func (c *crawler) keep(path, encoding string) (request, []byte, error) {
	body, err := c.get(path, encoding)
	if err != nil {
		return request{}, nil, err
	}
	name := filepath.Join(c.dir, filepath.FromSlash(path))
	if encoding == "gzip" {
		name += ".gz"
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return request{}, nil, err
	}
	if err := os.WriteFile(name, body, 0o644); err != nil {
		return request{}, nil, err
	}
	return request{path: path, to: int64(len(body)) - 1, file: name, encoding: encoding}, body, nil
}

// get asks again while the edge is still reading the file.
func (c *crawler) get(path, encoding string) ([]byte, error) {
	for range 20 {
		req, err := http.NewRequestWithContext(c.ctx, http.MethodGet, c.base+path, nil)
		if err != nil {
			return nil, err
		}
		if encoding != "" {
			req.Header.Set("Accept-Encoding", encoding)
		}
		resp, err := c.client.Do(req)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		switch {
		case resp.StatusCode == http.StatusServiceUnavailable:
			after, err := strconv.Atoi(resp.Header.Get("Retry-After"))
			if err != nil {
				return nil, fmt.Errorf("%s: 503 without Retry-After", path)
			}
			select {
			case <-c.ctx.Done():
				return nil, c.ctx.Err()
			case <-time.After(time.Duration(after) * time.Second):
			}
			continue
		case resp.StatusCode != http.StatusOK:
			return nil, fmt.Errorf("%s: status %d: %.300s", path, resp.StatusCode, body)
		case resp.Header.Get("Content-Encoding") != encoding:
			return nil, fmt.Errorf("%s: encoding %q, want %q", path, resp.Header.Get("Content-Encoding"), encoding)
		}
		return body, nil
	}
	return nil, fmt.Errorf("%s: still not ready", path)
}

func unpacksTo(packed, want []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	got, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("its gzip holds other %d bytes than the plain %d", len(got), len(want))
	}
	return nil
}
