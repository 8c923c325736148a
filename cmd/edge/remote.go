package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// openTarget opens a file, or an address to be read by ranges. done ends it.
func openTarget(ctx context.Context, target string) (src io.ReaderAt, size int64, done func(), err error) {
	if strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://") {
		r := &remote{ctx: ctx, url: target, client: &http.Client{Timeout: time.Minute}}
		size, err = r.open()
		return r, size, r.client.CloseIdleConnections, err
	}
	info, err := os.Stat(target) // before opening: a pipe would wait for its writer
	if err != nil {
		return nil, 0, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, nil, fmt.Errorf("%s is no regular file", target)
	}
	f, err := os.Open(target)
	if err != nil {
		return nil, 0, nil, err
	}
	return f, info.Size(), func() { _ = f.Close() }, nil
}

// remote reads a file of another server by range requests, a block at a time.
type remote struct {
	ctx    context.Context //nolint:containedctx // of the one command
	url    string
	client *http.Client
	etag   string
	size   int64
	off    int64 // of block
	block  []byte
}

const remoteBlock = 1 << 20

var errNoRanges = errors.New("the server does not answer range requests: fetch the file and inspect that")

func (r *remote) open() (int64, error) {
	if err := r.fetch(0); err != nil {
		return 0, err
	}
	return r.size, nil
}

// fetch reads the block from off on.
func (r *remote) fetch(off int64) error {
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.url, http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", off, off+remoteBlock-1))
	if r.etag != "" {
		req.Header.Set("If-Match", r.etag) // never two versions in one index
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	switch resp.StatusCode {
	case http.StatusPartialContent:
		var from, to int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &r.size); err != nil || from != off {
			return fmt.Errorf("the server answers bytes=%d- with Content-Range %q", off, resp.Header.Get("Content-Range"))
		}
	case http.StatusOK:
		if resp.ContentLength < 0 || resp.ContentLength > remoteBlock || off > 0 {
			return errNoRanges
		}
		r.size = resp.ContentLength
	case http.StatusRequestedRangeNotSatisfiable:
		return nil // empty
	case http.StatusPreconditionFailed:
		return errors.New("the file changed while it was read")
	default:
		return fmt.Errorf("the server answers %s", resp.Status)
	}
	if tag := resp.Header.Get("ETag"); !strings.HasPrefix(tag, "W/") {
		r.etag = tag
	}
	r.off = off
	r.block, err = io.ReadAll(io.LimitReader(resp.Body, remoteBlock))
	return err
}

// ReadAt implements io.ReaderAt for one caller at a time.
func (r *remote) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		if at >= r.size {
			return n, io.EOF
		}
		if d := at - r.off; d >= 0 && d < int64(len(r.block)) {
			n += copy(p[n:], r.block[d:])
			continue
		}
		if err := r.fetch(at); err != nil {
			return n, err
		}
		if len(r.block) == 0 {
			return n, io.ErrUnexpectedEOF
		}
	}
	return n, nil
}
