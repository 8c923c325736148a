package edge

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"segue/edge/wire"
)

// hot are the requests that a busy edge answers all day.
func hot(r *rig) map[string]string {
	r.write("small", bytes.Repeat([]byte("s"), 10<<10))
	r.write("large", bytes.Repeat([]byte("l"), 300<<10))
	head := func(target, more string) string { return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n" }
	// 160 s of MP3 at 320 kbit/s: a segment goes out by sendfile.
	r.write("song.mp3", bytes.Repeat(mp3Frame(), 6000))
	_, master := r.ask("GET", sign("/song.mp3/hls/info.json", time.Now().Unix()+1000))
	version := strings.Split(strings.SplitAfter(master, `"version":"`)[1], `"`)[0]
	return map[string]string{
		"playlist": head("/song.mp3/hls/mp3/index.m3u8", "Accept-Encoding: gzip\r\n"),
		"segment":  head("/song.mp3/hls/mp3/"+version+"/3.mp3", ""),
		"memory":   head("/small", ""),
		"sendfile": head("/large", ""),
		"range":    head("/large", "Range: bytes=1000-66535\r\n"),
		"signed":   head(sign("/small", time.Now().Unix()+1000), ""),
		"304":      head("/small", "If-Modified-Since: Tue, 19 Jan 2100 03:14:07 GMT\r\n"),
	}
}

// mp3Frame is a frame of silence: 320 kbit/s at 48 kHz, so 960 bytes.
func mp3Frame() []byte {
	return append([]byte{0xff, 0xfb, 0xe4, 0xc4}, make([]byte, 956)...)
}

// A cache hit costs the handler no allocation: not the token, not the look-up,
// not the plan, not the headers, not the count.
func TestHitDoesNotAllocate(t *testing.T) {
	skipUnderRace(t)
	r := start(t, func(c *Config) { c.Access.SigningKeys = "k1:" + testKey })
	for name, request := range hot(r) {
		t.Run(name, func(t *testing.T) {
			result := make(chan float64, 1)
			serve := r.http.Handler
			r.http.Handler = func(ctx *fasthttp.RequestCtx) {
				x := ctx.Conn().(*wire.Conn).Exchange()
				result <- testing.AllocsPerRun(100, func() {
					x.Plan.Reset()
					x.Fields = x.Fields[:0]
					ctx.Response.Reset()
					serve(ctx)
				})
			}
			defer func() { r.http.Handler = serve }()
			c := r.dial()
			defer func() { _ = c.Close() }()
			if _, err := io.WriteString(c, request); err != nil {
				t.Fatal(err)
			}
			if n := <-result; n != 0 {
				t.Errorf("%v allocations, want 0", n)
			}
		})
	}
}

// All the way from the socket to the socket there is one allocation of one byte,
// which is fasthttp's: it waits for a request's first byte in a variable that
// escapes.
func TestWholeWayAllocatesNothingOfOurs(t *testing.T) {
	skipUnderRace(t)
	r := start(t, func(c *Config) { c.Access.SigningKeys = "k1:" + testKey })
	for name, request := range hot(r) {
		t.Run(name, func(t *testing.T) {
			c := r.dial()
			defer func() { _ = c.Close() }()
			ask := exchange(t, c, request)
			for range 10 {
				ask()
			}
			if n := testing.AllocsPerRun(200, ask); n > 1 {
				t.Errorf("%v allocations, want 1 at most", n)
			}
		})
	}
}

// The race detector makes sync.Pool forget at random.
func skipUnderRace(t *testing.T) {
	if raceEnabled {
		t.Skip("pools forget at random under the race detector; make test runs this without it too")
	}
}

func (r *rig) dial() net.Conn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// exchange returns a function that asks once and reads the answer, without
// allocating.
func exchange(t testing.TB, c net.Conn, request string) func() {
	text, buf := []byte(request), make([]byte, 1<<20)
	first := 0
	read := func(size int) int {
		n := 0
		for n < size || size == 0 {
			k, err := c.Read(buf[n:])
			if err != nil {
				t.Fatal(err)
			}
			n += k
			if size == 0 {
				end := bytes.Index(buf[:n], []byte("\r\n\r\n"))
				if end < 0 {
					continue
				}
				length := 0
				if i := bytes.Index(buf[:end], []byte("Content-Length: ")); i >= 0 {
					_, _ = fmt.Sscanf(string(buf[i+16:end]), "%d", &length)
				}
				size = end + 4 + length
			}
		}
		return n
	}
	write := func() {
		if _, err := c.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	// Request ids grow by a digit now and then, so the size is that of the head
	// plus what is left of it.
	write()
	first = read(0)
	return func() {
		write()
		n := 0
		for n < first {
			k, err := c.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			n += k
		}
	}
}

// BenchmarkHandler is the whole way over loopback, client included.
func BenchmarkHandler(b *testing.B) {
	r := start(b, func(c *Config) { c.Access.SigningKeys = "k1:" + testKey })
	for name, request := range hot(r) {
		b.Run(name, func(b *testing.B) {
			c := r.dial()
			defer func() { _ = c.Close() }()
			ask := exchange(b, c, request)
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}
