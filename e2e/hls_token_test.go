package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sign signs an address by the edge's own command.
func sign(t *testing.T, args ...string) string {
	t.Helper()
	out, complaint, status := edgeTool(t, append([]string{"sign", "--key=" + secret}, args...)...)
	if status != 0 {
		t.Fatalf("sign %q: %s", args, complaint)
	}
	return strings.TrimSpace(out)
}

// guarded runs an edge over a few files that serves nothing without a token.
func guarded(t *testing.T) *process {
	t.Helper()
	root := t.TempDir()
	put(t, root, "x.flac", "cd.flac")
	put(t, root, "x.flac.flac", "cd.flac")
	put(t, root, "y.mp3", "cbr44.mp3")
	put(t, root, "album/1.flac", "cd.flac")
	put(t, root, "album/2.flac", "id3.flac")
	return startEdge(t, root, keys, "--require-token")
}

// refused wants addresses to be opened by no token that is in front of them.
func refused(t *testing.T, e *process, prefix string, paths ...string) {
	t.Helper()
	for _, p := range paths {
		if r := e.get(t, prefix+p); r.status != 403 || r.get("Cache-Control") != "no-store" || r.has("ETag") {
			t.Errorf("%s: %s", p, r)
		}
	}
}

func TestATokenForAFilesHLSOpensThatAlone(t *testing.T) {
	t.Parallel()
	e := guarded(t)
	signed := sign(t, "--scheme=bunny-advanced", "--directory", "--token-path=/x.flac/hls/", "/x.flac/hls/master.m3u8")
	prefix := strings.TrimSuffix(signed, "/x.flac/hls/master.m3u8")
	if prefix == signed || !strings.HasPrefix(prefix, "/bcdn_token=") {
		t.Fatalf("signed as %s", signed)
	}
	// All addresses follow from the first one, as a player resolves them.
	v := watch(t, e, signed)
	c := connect(t, e.addr)
	segment := beside(v.sound.at, v.sound.list.pieces[1].uri)
	if !strings.HasPrefix(segment, prefix+"/x.flac/hls/flac/") {
		t.Fatalf("a segment is at %s", segment)
	}
	wantStatus(t, c.ask("GET", segment, "Range: bytes=0-9"), 206)
	wantStatus(t, c.ask("GET", segment, "If-None-Match: "+v.sound.tags[1]), 304)
	for _, target := range []string{signed, v.sound.at, segment, beside(v.sound.at, v.sound.list.pieces[0].init)} {
		wantStatus(t, c.ask("HEAD", target), 200)
	}
	refused(t, e, prefix, "/x.flac", "/x.flac/hls", "/x.flac.flac", "/x.flac.flac/hls/master.m3u8", "/y.mp3/hls/master.m3u8", "/y.mp3", "/", "/hls/master.m3u8", "/album/hls/master.m3u8", "/api/v1/folder")
	// Without it nothing is opened, nor told apart.
	bare := strings.TrimPrefix(segment, prefix)
	refused(t, e, "", "/x.flac/hls/master.m3u8", bare, "/x.flac/hls/none", "/none/hls/master.m3u8", "/y.mp3/hls/mp3/0123456789abcdef/0.mp3")
	refused(t, e, strings.Replace(prefix, "HS256-", "HS256-x", 1), "/x.flac/hls/master.m3u8")
	// A token for the file is none for its HLS, and the other way round.
	file := sign(t, "/x.flac")
	wantStatus(t, e.get(t, file), 200)
	_, token, _ := strings.Cut(file, "?")
	refused(t, e, "", "/x.flac/hls/master.m3u8?"+token, bare+"?"+token)
	// What is not there is told to who may ask.
	for _, target := range []string{"/x.flac/hls/none", "/x.flac/hls/flac/0123456789abcdef/0.m4s", strings.Replace(bare, "/1.m4s", "/99.m4s", 1)} {
		wantStatus(t, e.get(t, prefix+target), 404)
	}
}

func TestATokenForAFolderOpensItsAlbum(t *testing.T) {
	t.Parallel()
	e := guarded(t)
	v := watchAlbum(t, e, sign(t, "--directory", "--token-path=/album/", "/album/hls/master.m3u8"))
	if len(v.sound.segments) != 6 {
		t.Errorf("%d segments", len(v.sound.segments))
	}
	// One for the album's playlists alone does not open the tracks.
	signed := sign(t, "--directory", "/album/hls/master.m3u8")
	prefix := strings.TrimSuffix(signed, "/album/hls/master.m3u8")
	wantStatus(t, e.get(t, signed), 200)
	refused(t, e, prefix, "/album/1.flac/hls/master.m3u8", "/album/1.flac")
}

func TestATokenNearItsEndIsNotKeptBeyondIt(t *testing.T) {
	t.Parallel()
	e := guarded(t)
	expired := sign(t, "--directory", "--expires="+fmt.Sprint(time.Now().Unix()-5), "/x.flac/hls/master.m3u8")
	if r := e.get(t, expired); r.status != 403 || r.get("Cache-Control") != "no-store" {
		t.Errorf("expired: %s", r)
	}
	age := regexp.MustCompile(`^private, max-age=(\d+)$`)
	f := func(rest, playlists, segments int) {
		t.Helper()
		signed := sign(t, "--directory", fmt.Sprintf("--expires=%d", time.Now().Unix()+int64(rest)), "/x.flac/hls/master.m3u8")
		v := watch(t, e, signed)
		for target, want := range map[string]int{signed: playlists, v.sound.at: playlists, beside(v.sound.at, v.sound.list.pieces[0].uri): segments, beside(v.sound.at, v.sound.list.pieces[0].init): segments} {
			r := e.get(t, target)
			wantStatus(t, r, 200)
			m := age.FindStringSubmatch(r.get("Cache-Control"))
			if m == nil {
				t.Fatalf("Cache-Control is %q", r.get("Cache-Control"))
			}
			if n, _ := strconv.Atoi(m[1]); n > want || n < want-10 {
				t.Errorf("%s may be kept for %d s of %d", target, n, want)
			}
		}
	}
	f(40, 40, 40)
	f(7200, 60, 7200)
	f(10*86400, 60, 86400)
	// A pull of the CDN's own is kept by all.
	root := t.TempDir()
	put(t, root, "y.mp3", "cbr44.mp3")
	cdn := startEdge(t, root, keys, "SEGUE_ORIGIN_SECRET="+other, "--require-token")
	wantField(t, cdn.get(t, "/y.mp3/hls/master.m3u8", "X-Origin-Secret: "+other), "Cache-Control", forPlaylists)
	wantStatus(t, cdn.get(t, "/y.mp3/hls/master.m3u8", "X-Origin-Secret: "+secret), 403)
}

// wholeAndWindow are addresses of segments of all of /x.flac and of a window.
func wholeAndWindow(t *testing.T, e *process) (whole, window string) {
	t.Helper()
	prefix := strings.TrimSuffix(sign(t, "--directory", "/x.flac/hls/master.m3u8"), "/x.flac/hls/master.m3u8")
	v := watch(t, e, prefix+"/x.flac/hls/master.m3u8")
	w := watch(t, e, prefix+"/x.flac/hls/2-8/master.m3u8")
	whole = strings.TrimPrefix(beside(v.sound.at, v.sound.list.pieces[0].uri), prefix)
	window = strings.TrimPrefix(beside(w.sound.at, w.sound.list.pieces[0].uri), prefix)
	return whole, window
}

func TestATokenForAWindowOpensThatAlone(t *testing.T) {
	t.Parallel()
	e := guarded(t)
	whole, window := wholeAndWindow(t, e)
	for what, args := range map[string][]string{
		"by the path":  {"--directory", "--token-path=/x.flac/hls/2-8/", "/x.flac/hls/2-8/master.m3u8"},
		"by the query": {"--directory", "/x.flac/hls/master.m3u8?from=2&to=8"},
	} {
		t.Run(what, func(t *testing.T) {
			signed := sign(t, args...)
			v := watch(t, e, signed)
			if d := v.info.Duration; d < 5.9 || d > 6.3 {
				t.Errorf("the window lasts %v s", d)
			}
			if n := v.sound.list.micros(t); n < 5_900_000 || n > 6_300_000 {
				t.Errorf("its segments last %d µs", n)
			}
			prefix, _, _ := strings.Cut(signed, "/x.flac")
			wantStatus(t, e.get(t, prefix+window), 200)
			other := strings.Replace(window, "/2-8/", "/2-9/", 1)
			refused(t, e, prefix, whole, other, strings.Replace(window, "/2-8/", "/0-8/", 1), "/x.flac", "/y.mp3/hls/master.m3u8", "/x.flac/hls/2-9/master.m3u8",
				"/x.flac/hls/2-9/flac/index.m3u8", strings.Replace(whole, "/0.m4s", "/1.m4s", 1), strings.Replace(whole, "/0.m4s", "/init.mp4", 1))
			// What is asked without naming the window is that window, or refused.
			for _, target := range []string{"/x.flac/hls/master.m3u8", "/x.flac/hls/flac/index.m3u8", "/x.flac/hls/info.json"} {
				for _, q := range []string{"", "?from=0&to=13", "?from=2&to=9", "?from=2", "?to=8"} {
					r := e.get(t, prefix+target+q)
					if r.status == 403 || r.status == 400 {
						continue
					}
					var i description
					switch {
					case r.status != 200:
						t.Errorf("%s%s: %s", target, q, r)
					case strings.HasSuffix(target, ".json"):
						if err := json.Unmarshal(r.body, &i); err != nil || i.Duration > 6.3 {
							t.Errorf("%s%s tells of %v s", target, q, i.Duration)
						}
					case !strings.Contains(string(r.body), "2-8/"):
						t.Errorf("%s%s: %s", target, q, r.body)
					}
				}
			}
		})
	}
	// The same token in the query of each address, as who has no folder in the
	// path may write it.
	t.Run("with the token in the query", func(t *testing.T) {
		k := token{path: "/x.flac/hls/master.m3u8", params: map[string]string{"token_path": "/x.flac/hls/", "from": "2", "to": "8"}}
		signed := k.inQuery()
		_, q, _ := strings.Cut(signed, "?")
		r := e.get(t, signed)
		wantStatus(t, r, 200)
		if !strings.Contains(string(r.body), "2-8/") {
			t.Errorf("not the window: %s", r.body)
		}
		for _, target := range []string{whole, strings.Replace(whole, "/0.m4s", "/1.m4s", 1), strings.Replace(window, "/2-8/", "/2-9/", 1)} {
			if r := e.get(t, target+"?"+q); r.status != 403 {
				t.Errorf("a token for 2 to 8 s opens %s: %d", target, r.status)
			}
		}
	})
	// Whoever changes the window has no token for it.
	signed := sign(t, "--directory", "/x.flac/hls/master.m3u8?from=2&to=8")
	for _, changed := range []string{
		strings.Replace(signed, "to=8", "to=12", 1), strings.Replace(signed, "from=2", "from=0", 1), strings.Replace(signed, "&to=8", "", 1), strings.Replace(signed, "from=2&", "", 1),
	} {
		if changed == signed {
			t.Fatalf("nothing is changed of %s", signed)
		}
		if r := e.get(t, changed); r.status != 403 {
			t.Errorf("%s: %d", changed, r.status)
		}
	}
}
