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
	"time"
)

// checkBytes asks for some of the row's requests and compares every byte with the file. Once a row it also
// makes sure that a token does matter: an altered one must be refused by whoever checks tokens.
func (b *bench) checkBytes(ctx context.Context, s started, r row, sample []request) error {
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true}, // our own certificate, on loopback
		DisableCompression: true,
	}}
	defer client.CloseIdleConnections()
	get := func(url, rng string) (*http.Response, []byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+url, nil)
		if err != nil {
			return nil, nil, err
		}
		if rng != "" {
			req.Header.Set("Range", rng)
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
		url, status := q.path, http.StatusOK
		if r.kind == signed {
			url = s.sign(q.path)
		}
		if r.kind == ranged {
			status = http.StatusPartialContent
		}
		resp, body, err := get(url, r.rangeHeader(q))
		if err != nil {
			return err
		}
		if resp.StatusCode != status {
			return fmt.Errorf("%s: status %d, want %d", q.path, resp.StatusCode, status)
		}
		want, err := readPart(filepath.Join(b.files, filepath.FromSlash(q.path)), q.from, q.to)
		if err != nil {
			return err
		}
		if !bytes.Equal(body, want) {
			return fmt.Errorf("%s: %d bytes that are not the file's (%d)", q.path, len(body), len(want))
		}
	}
	if r.kind != signed || s.name != nginxName && s.name != edgeName {
		return nil
	}
	url := s.sign(sample[0].path)
	i := bytes.IndexByte([]byte(url), '=') + 1
	other := byte('A')
	if url[i] == other {
		other = 'B'
	}
	resp, _, err := get(url[:i]+string(other)+url[i+1:], "")
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusForbidden {
		return fmt.Errorf("an altered token gets %d, want 403", resp.StatusCode)
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
