package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// checkBytes asks for some of the row's requests and compares every byte with the file. Once a row it also
// makes sure that a token does matter: an altered one must be refused by whoever checks tokens. It returns about
// how long the head of an answer is.
func (b *bench) checkBytes(ctx context.Context, s started, r row, sample []request) (head int, err error) {
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true}, // our own certificate, on loopback
		DisableCompression: true,
	}}
	defer client.CloseIdleConnections()
	get := func(url, rng, encoding string) (*http.Response, []byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+url, nil)
		if err != nil {
			return nil, nil, err
		}
		if rng != "" {
			req.Header.Set("Range", rng)
		}
		if encoding != "" {
			req.Header.Set("Accept-Encoding", encoding)
		}
		resp, err := client.Do(req)
		if err != nil {
			return nil, nil, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp, body, err
	}
	for _, q := range sample {
		status := http.StatusOK
		if r.kind == ranged {
			status = http.StatusPartialContent
		}
		resp, body, err := get(s.address(r.kind, q.path), r.rangeHeader(q), q.encoding)
		if err != nil {
			return 0, err
		}
		if resp.StatusCode != status {
			return 0, fmt.Errorf("%s: status %d, want %d", q.path, resp.StatusCode, status)
		}
		file := q.file
		if file == "" {
			file = filepath.Join(b.files, filepath.FromSlash(q.path))
		}
		want, err := readPart(file, q.from, q.to)
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(body, want) || resp.Header.Get("Content-Encoding") != q.encoding {
			return 0, fmt.Errorf("%s: %d bytes that are not the file's (%d)", q.path, len(body), len(want))
		}
		head = len(resp.Status) + len("HTTP/1.1 \r\n\r\n")
		for name, values := range resp.Header {
			for _, v := range values {
				head += len(name) + len(": \r\n") + len(v)
			}
		}
	}
	url := s.address(r.kind, sample[0].path)
	if url == sample[0].path || s.name == floorCopyName || s.name == floorSendName {
		return head, nil
	}
	i := strings.IndexByte(url, '=') + 1
	if strings.HasPrefix(url[i:], "HS256-") {
		i += len("HS256-")
	}
	other := byte('A')
	if url[i] == other {
		other = 'B'
	}
	resp, _, err := get(url[:i]+string(other)+url[i+1:], "", "")
	if err != nil {
		return 0, err
	}
	if resp.StatusCode != http.StatusForbidden {
		return 0, fmt.Errorf("an altered token gets %d, want 403", resp.StatusCode)
	}
	return head, nil
}

// alike tells whether two servers write heads of about one length: what one of them says less is work it saves.
func alike(edge, nginx int) error {
	const most = 100
	if d := edge - nginx; d > most || d < -most {
		return fmt.Errorf("the edge's heads have %d bytes, nginx's %d: make nginx.conf.tmpl say the same", edge, nginx)
	}
	return nil
}

func readPart(name string, from, to int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.NewSectionReader(f, from, to-from+1))
}

// negotiated tells version and cipher suite that a server chooses.
func negotiated(ctx context.Context, addr string) (string, error) {
	d := tls.Dialer{NetDialer: &net.Dialer{Timeout: 5 * time.Second}, Config: &tls.Config{InsecureSkipVerify: true}}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	state := conn.(*tls.Conn).ConnectionState()
	return tls.VersionName(state.Version) + " " + tls.CipherSuiteName(state.CipherSuite), nil
}
