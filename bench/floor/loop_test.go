package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The loop blocks in raw system calls, which would stop the test's own collector: it runs as a process.
func TestMain(m *testing.M) {
	if os.Getenv("FLOOR_AS_PROCESS") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func startFloor(t *testing.T, mode, root string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-mode", mode, "-root", root, "-listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "FLOOR_AS_PROCESS=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
}

func TestBothModesSendTheSameBytes(t *testing.T) {
	dir := t.TempDir()
	big := make([]byte, 3<<20)
	rand.NewChaCha8(sha256.Sum256(nil)).Read(big)
	if err := os.WriteFile(filepath.Join(dir, "big.mp3"), big, 0o644); err != nil {
		t.Fatal(err)
	}
	files, err := load(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"copy", "sendfile"} {
		addr := startFloor(t, mode, dir)

		get := func(rng string, status int, want []byte) {
			t.Helper()
			req, err := http.NewRequest("GET", "http://"+addr+"/big.mp3?x=1", nil)
			if err != nil {
				t.Fatal(err)
			}
			if rng != "" {
				req.Header.Set("Range", rng)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != status || !bytes.Equal(got, want) {
				t.Errorf("%s, %q: status %d, %d bytes, %v; want %d, %d bytes", mode, rng, resp.StatusCode, len(got), err, status, len(want))
			}
		}
		get("", 200, big)
		get("bytes=5-9", 206, big[5:10])
		get("bytes=1000000-2999999", 206, big[1000000:3000000])
		get("", 200, big)

		// Two requests in one write, read slowly: partial writes and a buffered second request.
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		one := "GET /big.mp3 HTTP/1.1\r\nHost: x\r\n\r\n"
		io.WriteString(conn, one+one+one[:9])
		io.WriteString(conn, one[9:])
		head := len(files["/big.mp3"].head)
		got := make([]byte, 3*(head+len(big)))
		if _, err := io.ReadFull(conn, got); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if !bytes.Equal(got[i*(head+len(big))+head:(i+1)*(head+len(big))], big) {
				t.Errorf("%s: answer %d differs", mode, i)
			}
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
