package e2e

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// recipeOf is the snippet of docs/cdn.md in a language.
func recipeOf(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "cdn.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(text)
	if m == nil {
		t.Fatalf("docs/cdn.md has no %s", language)
	}
	return string(m[1])
}

// instead replaces what must be there.
func instead(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the snippet has no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// freePort is an address that nobody listens on just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

const snippetSecret = "0123456789abcdef0123456789abcdef"

// openFolder is a temporary folder that a program under another user can use.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "segue-front-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// front runs a cache until the test ends.
func front(t *testing.T, addr string, line ...string) {
	t.Helper()
	cmd := exec.Command(line[0], line[1:]...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	})
	eventually(t, patience, line[0]+" listens", func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", line[0], err, &log)
		default:
		}
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func startNginx(t *testing.T, edge string) string {
	t.Helper()
	program, addr, dir := needTool(t, "nginx"), freePort(t), openFolder(t)
	conf := instead(t, recipeOf(t, "nginx"), "/var/cache/nginx", dir, "127.0.0.1:8080", edge, "listen 80;", "listen "+addr+";", `"`+snippetSecret+`"`, `"`+other+`"`)
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n"
	}
	write(t, filepath.Join(dir, "nginx.conf"), user+"daemon off;\nworker_processes 1;\nerror_log stderr warn;\npid "+dir+"/pid;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path "+
		dir+"/body;\nproxy_temp_path "+dir+"/proxy;\nfastcgi_temp_path "+dir+"/fastcgi;\nuwsgi_temp_path "+dir+"/uwsgi;\nscgi_temp_path "+dir+"/scgi;\n"+conf+"\n}\n")
	front(t, addr, program, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-e", "stderr")
	return addr
}

func startVarnish(t *testing.T, edge string) string {
	t.Helper()
	program, addr, dir := needTool(t, "varnishd"), freePort(t), openFolder(t)
	_, port, err := net.SplitHostPort(edge)
	if err != nil {
		t.Fatal(err)
	}
	vcl := instead(t, recipeOf(t, "vcl"), `.port = "8080"`, `.port = "`+port+`"`, snippetSecret, other)
	write(t, filepath.Join(dir, "segue.vcl"), vcl)
	front(t, addr, program, "-F", "-j", "none", "-n", filepath.Join(dir, "v"), "-a", addr, "-f", filepath.Join(dir, "segue.vcl"), "-s", "malloc,64m")
	return addr
}

// asked is how many requests the edge has answered.
func (p *process) asked(t *testing.T) (n float64) {
	t.Helper()
	for _, m := range p.metrics(t)["segue_requests_total"].GetMetric() {
		n += m.GetCounter().GetValue()
	}
	return n
}

// settled is asked, once it stands still: an answer is counted after its last
// byte.
func (p *process) settled(t *testing.T) float64 {
	t.Helper()
	last := p.asked(t)
	eventually(t, patience, "the counter stands", func() bool {
		time.Sleep(30 * time.Millisecond)
		now := p.asked(t)
		stands := now == last
		last = now
		return stands
	})
	return last
}

func TestACacheInFrontAsksOnceForASegment(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T, string) string{"nginx": startNginx, "varnish": startVarnish} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			put(t, root, "x.flac", "cd.flac")
			put(t, root, "y.mp3", "cbr44.mp3")
			e := startEdge(t, root, keys, "SEGUE_ORIGIN_SECRET="+other, "--require-token", "--set=access.trusted_proxies=127.0.0.1", "--set=access.client_ip_header=X-Real-IP")
			direct := startEdge(t, root)
			cache := &process{addr: start(t, e.addr)}
			for _, file := range []string{"x.flac", "y.mp3"} {
				master := "/" + file + "/hls/master.m3u8"
				want := watch(t, direct, master)
				signed := sign(t, "--directory", master)
				h := fetcher(t, cache.addr)
				v := h.watch(signed)
				sameViewing(t, want, v)
				before := e.settled(t)
				sameViewing(t, want, h.watch(signed))
				// As a player does that seeks, or comes back.
				segment := beside(v.sound.at, v.sound.list.pieces[1].uri)
				whole := string(v.sound.segments[1])
				if status, _, body := h.get(segment, "Range", "bytes=100-199"); status != 206 || body != whole[100:200] {
					t.Errorf("a range: %d, %d bytes", status, len(body))
				}
				if status, _, _ := h.get(segment, "If-None-Match", v.sound.tags[1]); status != 304 {
					t.Errorf("what the player has: %d", status)
				}
				if n := e.settled(t) - before; n != 0 {
					t.Errorf("%s: the edge was asked %v times for what the cache has", file, n)
				}
				// Another listener's token costs its check alone.
				another := strings.Replace(segment, strings.SplitN(signed, "/", 3)[1], strings.SplitN(sign(t, "--directory", "--expires=9999999999", master), "/", 3)[1], 1)
				if another == segment {
					t.Fatal("not another token")
				}
				if status, _, body := h.get(another); status != 200 || body != whole {
					t.Errorf("another token: %d", status)
				}
				if n := e.settled(t) - before; n != 1 {
					t.Errorf("%s: another token for what the cache has costs %v requests, want 1", file, n)
				}
				// Who has none gets nothing of what is kept.
				bare := segment[strings.Index(segment, "/"+file):]
				if status, _, _ := h.get(bare); status != 403 {
					t.Errorf("without a token: %d", status)
				}
				if status, _, _ := h.get(strings.Replace(segment, "HS256-", "HS256-x", 1)); status != 403 {
					t.Errorf("with a wrong token: %d", status)
				}
			}
			t.Run("a window", func(t *testing.T) {
				want := watch(t, direct, "/x.flac/hls/2-8/master.m3u8")
				h := fetcher(t, cache.addr)
				sameViewing(t, want, h.watch(sign(t, "--directory", "--token-path=/x.flac/hls/2-8/", "/x.flac/hls/2-8/master.m3u8")))
			})
		})
	}
}
