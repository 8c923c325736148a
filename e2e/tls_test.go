package e2e

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newPrivateKey is a key on P-256, in PEM.
func newPrivateKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

// certificate writes a self-signed pair for media.example into dir.
func certificate(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{"media.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	replace(t, filepath.Join(dir, "cert.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
}

func startTLS(t *testing.T, root string, with ...string) (*process, string) {
	t.Helper()
	dir := t.TempDir()
	certificate(t, dir, "first")
	return startEdge(t, root, append(with, "--tls-listen=127.0.0.1:0", "--tls-cert="+filepath.Join(dir, "cert.pem"), "--tls-key="+filepath.Join(dir, "key.pem"))...), dir
}

func dialTLS(t *testing.T, addr string, version uint16) (*client, string, error) {
	t.Helper()
	c, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", addr, &tls.Config{
		InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, ServerName: "media.example", NextProtos: []string{"h2", "http/1.1"},
	})
	if err != nil {
		return nil, "", err
	}
	state := c.ConnectionState()
	return attach(t, c), state.PeerCertificates[0].Subject.CommonName + " " + state.NegotiatedProtocol, nil
}

func TestTLS12And13AreSpokenAndNothingOlder(t *testing.T) {
	t.Parallel()
	content := pattern(3 << 20)
	e, _ := startTLS(t, folder(t, map[string]string{"a.flac": content, "small.txt": "0123456789"}))
	for name, v := range map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13} {
		c, who, err := dialTLS(t, e.tls, v)
		if err != nil {
			t.Errorf("TLS %s: %v", name, err)
			continue
		}
		if who != "first http/1.1" {
			t.Errorf("TLS %s: certificate and protocol are %q", name, who)
		}
		wantBody(t, c.ask("GET", "/a.flac"), content)
		wantSpans(t, c.ask("GET", "/a.flac", "Range: bytes=65530-65545,-20,0-0"), content, "audio/flac", span{65530, 65545}, span{len(content) - 20, len(content) - 1}, span{0, 0})
		wantBody(t, c.ask("GET", "/small.txt", "Range: bytes=2-4"), "234")
		wantStatus(t, c.ask("GET", "/none"), 404)
		c.send(strings.Repeat(request("GET", "/small.txt"), 5))
		for range 5 {
			wantBody(t, c.reply("GET"), "0123456789")
		}
		c.send(get("X : y") + second)
		wantStatus(t, c.reply("GET"), 400)
		c.closed(patience)
	}
	for name, v := range map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11} {
		if _, _, err := dialTLS(t, e.tls, v); err == nil || !strings.Contains(err.Error(), "protocol version") {
			t.Errorf("TLS %s: %v, want an alert about the version", name, err)
		}
	}
	// The two listeners are not taken for one another.
	c := connect(t, e.tls)
	c.send(request("GET", "/small.txt"))
	if b, err := io.ReadAll(c.br); timedOut(err) || strings.Contains(string(b), "0123456789") {
		t.Errorf("plaintext on the TLS listener: %q %v", b, err)
	}
	if _, _, err := dialTLS(t, e.addr, tls.VersionTLS13); err == nil {
		t.Error("the plaintext listener speaks TLS")
	}
}

func TestTheTLSListenerStandsAlone(t *testing.T) {
	t.Parallel()
	e, _ := startTLS(t, folder(t, map[string]string{"a.txt": "0123456789"}), "--listen=")
	if e.addr != "" {
		t.Errorf("the plaintext listener stands at %q", e.addr)
	}
	c, _, err := dialTLS(t, e.tls, tls.VersionTLS13)
	if err != nil {
		t.Fatal(err)
	}
	wantBody(t, c.ask("GET", "/a.txt"), "0123456789")
}

func TestANewCertificateIsTakenAndOpenConnectionsStand(t *testing.T) {
	t.Parallel()
	content := pattern(large)
	e, dir := startTLS(t, folder(t, map[string]string{"a.flac": content, "small.txt": "0123456789"}))
	e.faults = true // a pair that does not fit, below
	idle, _, err := dialTLS(t, e.tls, tls.VersionTLS13)
	if err != nil {
		t.Fatal(err)
	}
	busy, _, err := dialTLS(t, e.tls, tls.VersionTLS12)
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, idle.ask("GET", "/small.txt"), 200)
	busy.send(request("GET", "/a.flac"))
	certificate(t, dir, "second")
	eventually(t, patience, "the new certificate is shown", func() bool {
		c, who, err := dialTLS(t, e.tls, tls.VersionTLS13)
		if err != nil {
			t.Fatalf("while the certificate changes: %v", err)
		}
		_ = c.Close()
		return who == "second http/1.1"
	})
	wantBody(t, idle.ask("GET", "/small.txt"), "0123456789")
	wantBody(t, busy.reply("GET"), content)

	// A pair that is broken is not taken.
	replace(t, filepath.Join(dir, "cert.pem"), "no certificate")
	eventually(t, patience, "the broken pair is refused", func() bool { return e.metric(t, `segue_reloads_total{result="failed"}`) >= 1 })
	_, who, err := dialTLS(t, e.tls, tls.VersionTLS13)
	if err != nil || who != "second http/1.1" {
		t.Errorf("after a broken pair: %q %v", who, err)
	}
}

func TestAHandshakeThatDoesNotEndIsCut(t *testing.T) {
	t.Parallel()
	e, _ := startTLS(t, t.TempDir(), "--set=limits.head_time=1s", "--set=limits.idle=1s")
	begin := time.Now()
	silent, partial := connect(t, e.tls), connect(t, e.tls)
	partial.send("\x16\x03\x01\x02\x00\x01")
	for _, c := range []*client{silent, partial} {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if b, err := io.ReadAll(bufio.NewReader(c)); timedOut(err) {
			t.Errorf("not cut after %v: %q", time.Since(begin), b)
		}
	}
}

// tap keeps what is read through it.
type tap struct {
	net.Conn
	read []byte
}

func (c *tap) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read = append(c.read, p[:n]...)
	return n, err
}

// A client that is not told takes the end for an attack (RFC 8446 6.1; OpenSSL
// calls it unexpected EOF).
func TestTheEndOfATLSConnectionIsTold(t *testing.T) {
	t.Parallel()
	e, _ := startTLS(t, folder(t, map[string]string{"a.txt": "0123456789"}), "--set=limits.idle=1s")
	for name, lines := range map[string][]string{"after Connection: close": {"Connection: close"}, "after idling": nil, "after a refusal": {"X : y"}} {
		raw := &tap{Conn: connect(t, e.tls).Conn}
		c := attach(t, tls.Client(raw, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}))
		c.ask("GET", "/a.txt", lines...)
		if b, err := c.br.ReadByte(); err == nil {
			t.Fatalf("%s: another byte %q", name, b)
		}
		// The type of a record stands in the clear (RFC 5246 6.2.1): 21 is an alert.
		kind := byte(0)
		for rest := raw.read; len(rest) >= 5; {
			kind = rest[0]
			rest = rest[min(len(rest), 5+int(rest[3])<<8+int(rest[4])):]
		}
		if kind != 21 {
			t.Errorf("%s: the last record is of type %d, want an alert, close_notify", name, kind)
		}
	}
}
