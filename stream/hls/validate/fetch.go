package validate

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	maxPlaylistSize = 4 << 20
	maxSegmentSize  = 256 << 20
	maxRedirects    = 5
	// origin is a page's that plays the stream, so that CORS headers come.
	origin = "https://player.example"
)

// fetcher gets resources, by HTTP as a player in a page would, or from the disk
// when the address that is judged is a path.
type fetcher struct {
	client *http.Client
	o      Options
	host   string // of the address that is judged
	local  bool
}

// answer is what a request got.
type answer struct {
	url       string // after redirects
	status    int    // 0 for a file
	header    http.Header
	redirects int
	gzip      bool
	body      []byte // of a playlist
}

// newFetcher also makes an absolute address of what the user wrote.
func newFetcher(address string, o Options) (*fetcher, string, error) {
	f := &fetcher{o: o}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.Scheme == "file" {
		name := address
		if err == nil && u.Scheme == "file" {
			name = u.Path
		}
		if name, err = filepath.Abs(name); err != nil {
			return nil, "", fmt.Errorf("find the file: %w", err)
		}
		f.local = true
		return f, (&url.URL{Scheme: "file", Path: name}).String(), nil
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, "", fmt.Errorf("%s: give an http or https address, or the path of a playlist", shown(address))
	}
	f.host = u.Host
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true // what is compressed is part of the judgement
	t.MaxIdleConnsPerHost = o.Concurrency
	t.MaxResponseHeaderBytes = 1 << 20
	f.client = &http.Client{Transport: t, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return fmt.Errorf("more than %d redirects", maxRedirects)
		}
		if req.URL.Host != f.host {
			for name := range o.Header {
				req.Header.Del(name)
			}
		}
		return nil
	}}
	u.Fragment = ""
	return f, u.String(), nil
}

func (f *fetcher) close() {
	if f.client != nil {
		f.client.CloseIdleConnections()
	}
}

// playlist fetches a playlist whole. A server that asks for patience gets some.
func (f *fetcher) playlist(ctx context.Context, address string) (*answer, error) {
	for try := 0; ; try++ {
		a, body, err := f.get(ctx, "GET", address, http.Header{"Accept-Encoding": {"gzip"}})
		if err != nil {
			return nil, err
		}
		if wait, err := strconv.Atoi(a.header.Get("Retry-After")); a.status == http.StatusServiceUnavailable && err == nil && wait >= 0 && wait <= 10 && try < 6 {
			_ = body.Close()
			if err := sleep(ctx, time.Duration(max(wait, 1))*time.Second); err != nil {
				return nil, err
			}
			continue
		}
		err = f.read(a, body)
		return a, err
	}
}

func (f *fetcher) read(a *answer, body io.ReadCloser) error {
	defer body.Close()
	if a.status != 0 && a.status != http.StatusOK {
		return statusError(a, body)
	}
	var r io.Reader = body
	switch enc := strings.ToLower(a.header.Get("Content-Encoding")); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(io.LimitReader(body, maxPlaylistSize))
		if err != nil {
			return fmt.Errorf("%s says that it is gzip, and is not: %w", shown(a.url), err)
		}
		a.gzip, r = true, z
	default:
		return fmt.Errorf("%s is encoded as %q, which was not asked for", shown(a.url), enc)
	}
	var err error
	if a.body, err = io.ReadAll(io.LimitReader(r, maxPlaylistSize+1)); err != nil {
		return fmt.Errorf("read %s: %w", shown(a.url), inWords(err, f.o.Timeout))
	}
	if len(a.body) > maxPlaylistSize {
		return fmt.Errorf("%s is greater than %d MB: is it a playlist?", shown(a.url), maxPlaylistSize>>20)
	}
	return nil
}

// get begins a request. The body is never nil, and closed by the caller.
func (f *fetcher) get(ctx context.Context, method, address string, header http.Header) (*answer, io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, nil, fmt.Errorf("%s is no URI", shown(address))
	}
	if u.Scheme == "file" && f.local {
		return openFile(u.Path, address)
	}
	if f.local || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, nil, fmt.Errorf("%s is not fetched: its scheme is not that of the playlist", shown(address))
	}
	ctx, cancel := context.WithTimeout(ctx, f.o.Timeout)
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("%s is no address", shown(address))
	}
	req.Header.Set("User-Agent", "segue-validate")
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("Origin", origin)
	for name, v := range header {
		req.Header[name] = v
	}
	if u.Host == f.host {
		for name, v := range f.o.Header {
			req.Header[http.CanonicalHeaderKey(name)] = v
		}
	}
	resp, err := f.client.Do(req)
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("%s: %w", shown(address), inWords(err, f.o.Timeout))
	}
	a := &answer{url: resp.Request.URL.String(), status: resp.StatusCode, header: resp.Header}
	for r := resp.Request; r.Response != nil; r = r.Response.Request {
		a.redirects++
	}
	if resp.ContentLength >= 0 && a.header.Get("Content-Length") == "" {
		a.header.Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
	}
	return a, &body{resp.Body, cancel}, nil
}

// body ends its request's timeout when it is closed.
type body struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

func openFile(name, address string) (*answer, io.ReadCloser, error) {
	// A pipe or a device would hang or never end.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is no file", name)
	}
	file, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, fmt.Errorf("there is no file %s: before the address of a server write http:// or https://", name)
	}
	if err != nil {
		return nil, nil, err
	}
	return &answer{url: address, header: http.Header{}}, file, nil
}

func statusError(a *answer, r io.Reader) error {
	detail, _ := io.ReadAll(io.LimitReader(r, 2048))
	said := ""
	if strings.Contains(a.header.Get("Content-Type"), "json") {
		if m := regexp.MustCompile(`"detail"\s*:\s*"((?:[^"\\]|\\.)*)"`).FindSubmatch(detail); m != nil {
			said = clean(fmt.Sprintf(" (the server says: %s)", m[1]))
		}
	}
	hint := "it should be 200"
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden:
		hint = "the server wants a token, or the one in the address is wrong or has expired: sign the address again (edge sign; edge verify says which part fails)"
	case http.StatusNotFound, http.StatusGone:
		hint = "nothing is there: look at the path, letter by letter; of a file of ours the playlist is at …/hls/master.m3u8"
	case http.StatusTooManyRequests:
		hint = "the server limits requests: try again later, or with fewer segments"
	case http.StatusServiceUnavailable:
		hint = "the server is busy or still prepares the stream: try again later"
	}
	return fmt.Errorf("%s answers %d%s: %s", shown(a.url), a.status, said, hint)
}

// inWords says what to do about an error of the network.
func inWords(err error, timeout time.Duration) error {
	var wrapped *url.Error // it would show the address with its token
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var timed net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nothing listens there: is the server running, and the port right? (%w)", err)
	case errors.As(err, &dns):
		return fmt.Errorf("the host has no address: is its name right? (%w)", err)
	case errors.As(err, &authority), errors.As(err, &hostname), errors.As(err, &invalid):
		return fmt.Errorf("its certificate is not trusted: players refuse it, too (%w)", err)
	case errors.As(err, &record), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return fmt.Errorf("it speaks no TLS there: try http:// (%w)", err)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timed) && timed.Timeout():
		return fmt.Errorf("no whole answer within %v: is a firewall between, or the server overloaded? (%w)", timeout, err)
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF):
		return fmt.Errorf("the server closed the connection without an answer: does it speak TLS there? try https:// (%w)", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the answer is shorter than its Content-Length (%w)", err)
	}
	return err
}

var pathToken = regexp.MustCompile(`bcdn_token=[^/]*`)

// shown is an address as it may be printed: without what could be a secret.
func shown(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		address, _, _ = strings.Cut(address, "?")
		return clean(address)
	}
	if u.Scheme == "file" {
		return clean(u.Path)
	}
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	return clean(pathToken.ReplaceAllString(u.Redacted(), "bcdn_token=…"))
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func withoutQuery(address string) string {
	before, _, _ := strings.Cut(address, "?")
	return before
}
