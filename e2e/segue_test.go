package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// usualPort is held while a segue looks for its port, but where tests are about
// that.
var usualPort sync.Mutex

// startSegue runs segue in a home of its own.
func startSegue(t *testing.T, home string, with ...string) *process {
	t.Helper()
	usualPort.Lock()
	defer usualPort.Unlock()
	env, args := split(with)
	env = append(env, "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_CACHE_HOME="+filepath.Join(home, "cache"))
	p, err := launch("segue", env, args)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.finish(t) })
	line, err := p.stdout.wait(`http://[^/]+/$`)
	if err != nil {
		t.Fatalf("segue prints no address: %v\n%s%s", err, p.stdout, p.stderr)
	}
	u, err := url.Parse(regexp.MustCompile(`http://\S+`).FindString(line))
	if err != nil {
		t.Fatal(err)
	}
	p.addr = u.Host
	if line, err := p.stdout.wait(`/metrics$`); err == nil {
		if u, err := url.Parse(regexp.MustCompile(`http://\S+`).FindString(line)); err == nil {
			p.admin = u.Host
		}
	}
	return p
}

type trackList struct {
	Name   string
	Tracks []struct {
		Path, Name, Type, Title, Artist, Artwork string
		Size                                     int
	}
}

func TestSegueWithoutArgumentsPlaysThreeTracks(t *testing.T) {
	t.Parallel()
	p := startSegue(t, t.TempDir())
	page := p.get(t, "/")
	wantStatus(t, page, 200)
	if !strings.HasPrefix(page.get("Content-Type"), "text/html") || page.get("Content-Security-Policy") == "" {
		t.Errorf("the page: %s", page)
	}
	// All that the page loads is there.
	loads := regexp.MustCompile(`(?:src|href)="(/[^"]*)"`).FindAllStringSubmatch(string(page.body), -1)
	if len(loads) == 0 {
		t.Errorf("the page loads nothing: %s", page.body)
	}
	for _, m := range loads {
		r := p.get(t, m[1])
		wantStatus(t, r, 200)
		if strings.Contains(m[1], "/assets/") {
			wantField(t, r, "Cache-Control", "public, max-age=31536000, immutable")
		}
	}
	var list trackList
	decode(t, p.get(t, "/api/v1/folder"), &list)
	if len(list.Tracks) != 3 {
		t.Fatalf("%d tracks: %+v", len(list.Tracks), list)
	}
	kinds := map[string]bool{}
	for _, track := range list.Tracks {
		kinds[track.Type] = true
		if track.Title == "" || track.Artist == "" {
			t.Errorf("%s has no title or artist: %+v", track.Path, track)
		}
		target := escaped(track.Path)
		whole := p.get(t, target)
		wantStatus(t, whole, 200)
		if len(whole.body) != track.Size || track.Size < 10000 {
			t.Errorf("%s: %d bytes, listed with %d", track.Path, len(whole.body), track.Size)
		}
		wantField(t, whole, "Content-Type", track.Type)
		// As a player does: the first bytes, then from somewhere to the end, then the end.
		for _, r := range []span{{0, 1}, {0, track.Size - 1}, {track.Size / 2, track.Size - 1}, {track.Size - 100, track.Size - 1}} {
			wantSpans(t, p.get(t, target, fmt.Sprintf("Range: bytes=%d-%d", r.first, r.last)), string(whole.body), track.Type, r)
		}
		r := p.get(t, target, fmt.Sprintf("Range: bytes=%d-", track.Size/3), "If-Range: "+whole.get("ETag"))
		wantSpans(t, r, string(whole.body), track.Type, span{track.Size / 3, track.Size - 1})
		if track.Artwork != "" {
			art := p.get(t, track.Artwork)
			wantStatus(t, art, 200)
			if !strings.HasPrefix(art.get("Content-Type"), "image/") || !strings.HasPrefix(art.get("Cache-Control"), "public, max-age=2592000") {
				t.Errorf("artwork of %s: %s", track.Path, art)
			}
		}
	}
	for _, kind := range []string{"audio/flac", "audio/mpeg", "audio/mp4"} {
		if !kinds[kind] {
			t.Errorf("no track is %s: %v", kind, kinds)
		}
	}
	if p.admin == "" {
		t.Error("no address of the metrics is printed")
	} else if n := p.metric(t, `segue_requests_total{class="2xx",route="file"}`); n < 18 {
		t.Errorf("%v files are counted", n)
	}
	if log := p.stderr.String(); log != "" {
		t.Errorf("a first run complains:\n%s", log)
	}
}

func TestSegueSignsLinksWithAKeyOfItsOwnThatLasts(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	file := filepath.Join(home, "config", "segue", "signing_keys")
	p := startSegue(t, home)
	var list trackList
	decode(t, p.get(t, "/api/v1/folder"), &list)
	var link struct {
		URL     string
		Expires int64
	}
	decode(t, p.get(t, "/api/v1/links?path="+url.QueryEscape(list.Tracks[0].Path)), &link)
	r := p.get(t, link.URL)
	wantStatus(t, r, 200)
	if !strings.HasPrefix(r.get("Cache-Control"), "private, max-age=") {
		t.Errorf("a signed link is kept as %q", r.get("Cache-Control"))
	}
	wantStatus(t, p.get(t, strings.Replace(link.URL, "expires=", "expires=1", 1)), 403)

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file is %v, %v; want 0600", info.Mode(), err)
	}
	id, own, _ := strings.Cut(strings.TrimSpace(string(text)), ":")
	if id == "" || len(own) < 16 {
		t.Fatalf("the key's file holds %q", text)
	}
	// The recipe of this package agrees with the link.
	if want := (token{key: own, path: list.Tracks[0].Path, expires: link.Expires}).basic(); want != link.URL {
		t.Errorf("the link is %s, by the recipe %s", link.URL, want)
	}
	verify, err := launch("edge", []string{"SEGUE_SIGNING_KEYS=" + id + ":" + own}, []string{"verify", "http://" + p.addr + link.URL})
	if err != nil {
		t.Fatal(err)
	}
	if code, err := verify.ended(patience); err != nil || code != 0 {
		t.Errorf("edge verify: %d %v\n%s%s", code, err, verify.stdout, verify.stderr)
	}
	if strings.Contains(p.stdout.String()+p.stderr.String()+string(p.get(t, "/api/v1/config").body), own) {
		t.Error("the key is told")
	}
	// A second run, and a restart, know the same key.
	again := startSegue(t, home)
	wantStatus(t, again.get(t, link.URL), 200)
}

func TestASecondSegueTakesAnotherPort(t *testing.T) {
	t.Parallel()
	first := startSegue(t, t.TempDir())
	second := startSegue(t, t.TempDir())
	if first.addr == second.addr {
		t.Fatalf("both at %s", first.addr)
	}
	wantStatus(t, first.get(t, "/"), 200)
	wantStatus(t, second.get(t, "/"), 200)
}

func TestSeguesStartedTogetherAllServe(t *testing.T) {
	t.Parallel()
	usualPort.Lock()
	defer usualPort.Unlock()
	var started []*process
	for range 4 {
		home := t.TempDir()
		p, err := launch("segue", []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.finish(t) })
		started = append(started, p)
	}
	for _, p := range started {
		if _, err := p.stdout.wait(`http://[^/]+/$`); err != nil {
			t.Errorf("%v: %s", err, p.stderr)
		}
	}
}

func TestSeguePlaysAFolderOfOnesOwn(t *testing.T) {
	t.Parallel()
	root := folder(t, map[string]string{"My song.mp3": "ID3 and then some"})
	p := startSegue(t, t.TempDir(), root, "--listen=127.0.0.1:0")
	var list trackList
	decode(t, p.get(t, "/api/v1/folder"), &list)
	if len(list.Tracks) != 1 || list.Tracks[0].Path != "/My song.mp3" || list.Name != filepath.Base(root) {
		t.Errorf("the folder lists %+v", list)
	}
	wantBody(t, p.get(t, "/My%20song.mp3"), "ID3 and then some")
	var config struct {
		Version, Name string
		Signing       bool
	}
	if err := json.Unmarshal(p.get(t, "/api/v1/config").body, &config); err != nil || config.Version == "" || !config.Signing {
		t.Errorf("config: %v %+v", err, config)
	}
	if !strings.Contains(p.stdout.String(), root) {
		t.Errorf("it does not say what it plays: %s", p.stdout)
	}
}

func TestSegueNamesWhatKeepsItFromStarting(t *testing.T) {
	t.Parallel()
	taken := startSegue(t, t.TempDir(), "--listen=127.0.0.1:0")
	home := t.TempDir()
	env := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home}
	for name, c := range map[string]struct {
		env, args []string
		want      string
	}{
		"a folder that is not there": {nil, []string{"/nonexistent/music"}, "/nonexistent/music"},
		"a port that is taken":       {nil, []string{"--listen=" + taken.addr}, "another process listens there"},
		"an unknown flag":            {nil, []string{"--port=1"}, "unknown flag"},
		"a short key":                {[]string{"SEGUE_SIGNING_KEYS=k:short"}, nil, "5 bytes"},
	} {
		p, err := launch("segue", append(env, c.env...), c.args)
		if err != nil {
			t.Fatal(err)
		}
		code, err := p.ended(patience)
		if err != nil {
			p.kill()
		}
		if err != nil || code == 0 || !strings.Contains(p.stderr.String(), c.want) {
			t.Errorf("%s: exit code %d, %v:\n%s", name, code, err, p.stderr)
		}
	}
}
