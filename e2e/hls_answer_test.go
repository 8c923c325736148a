package e2e

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	playlistType = "application/vnd.apple.mpegurl"
	forPlaylists = "public, max-age=60"
	forSegments  = "public, max-age=86400, immutable"
)

// put copies a file of the recipes into a folder.
func put(t *testing.T, root, as, name string) string {
	t.Helper()
	to := filepath.Join(root, filepath.FromSlash(as))
	write(t, to, string(content(t, name)))
	return to
}

// wantProblem wants an error, as all of ours are.
func wantProblem(t *testing.T, r *reply, status int, code, detail string) {
	t.Helper()
	var p struct {
		Type, Title, Code, Detail string
		Status                    int
		RequestID                 string `json:"request_id"`
	}
	if r.status != status || r.get("Content-Type") != "application/problem+json" || r.get("Cache-Control") != "no-store" {
		t.Fatalf("want %d %s:\n%s", status, code, r)
	}
	for _, name := range []string{"ETag", "Cache-Tag", "Last-Modified", "Content-Encoding", "Accept-Ranges"} {
		if r.has(name) {
			t.Errorf("an error has %s:\n%s", name, r)
		}
	}
	if err := json.Unmarshal(r.body, &p); err != nil || p.Status != status || p.Code != code || p.Title == "" || p.RequestID != r.get("X-Request-Id") {
		t.Errorf("want %s, got %+v (%v)", code, p, err)
	}
	if !strings.Contains(p.Detail, detail) {
		t.Errorf("the reason %q does not say %q", p.Detail, detail)
	}
}

func TestPlaylistsAreShortLivedAndSegmentsForGood(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	kinds := map[string]struct{ of, init, segment string }{
		"a.mp3":  {"cbr44.mp3", "", "audio/mpeg"},
		"b.aac":  {"44.aac", "", "audio/aac"},
		"c.flac": {"cd.flac", "audio/mp4", "audio/mp4"},
		"d.m4a":  {"tail.m4a", "audio/mp4", "audio/mp4"},
		"e.opus": {"20.opus", "audio/mp4", "audio/mp4"},
	}
	for name, k := range kinds {
		put(t, root, name, k.of)
	}
	e := startEdge(t, root)
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) {
			c := connect(t, e.addr)
			master := "/" + name + "/hls/master.m3u8"
			v := readMaster(t, string(c.patient(master).body))
			list := beside(master, v.uri)
			l := readMedia(t, string(c.fetch(list).body))
			tags := map[string]string{}
			tag := ""
			f := func(target, contentType, policy string) {
				t.Helper()
				r := c.fetch(target)
				wantField(t, r, "Content-Type", contentType)
				wantField(t, r, "Cache-Control", policy)
				wantField(t, r, "Access-Control-Allow-Origin", "*")
				wantField(t, r, "Timing-Allow-Origin", "*")
				wantField(t, r, "Cross-Origin-Resource-Policy", "cross-origin")
				etag := r.get("ETag")
				if !strings.HasPrefix(etag, `"`) || !strings.HasSuffix(etag, `"`) || len(etag) < 10 || tags[etag] != "" {
					t.Errorf("%s has the ETag %q, which %q has too", target, etag, tags[etag])
				}
				tags[etag] = target
				if r.get("Cache-Tag") == "" || tag != "" && r.get("Cache-Tag") != tag {
					t.Errorf("%s has the Cache-Tag %q, others %q", target, r.get("Cache-Tag"), tag)
				}
				tag = r.get("Cache-Tag")
				if r.has("Set-Cookie") || r.has("Content-Encoding") {
					t.Errorf("%s", r)
				}
				head := c.ask("HEAD", target)
				wantStatus(t, head, 200)
				for _, name := range []string{"Content-Length", "Content-Type", "ETag", "Cache-Control", "Cache-Tag", "Accept-Ranges", "Vary"} {
					if head.get(name) != r.get(name) {
						t.Errorf("HEAD %s: %s is %q, of GET %q", target, name, head.get(name), r.get(name))
					}
				}
				for _, lines := range [][]string{{"If-None-Match: " + etag}, {`If-None-Match: "x", ` + etag}, {"If-None-Match: W/" + etag}, {"If-None-Match: *"}} {
					same := c.ask("GET", target, lines...)
					wantStatus(t, same, 304)
					for _, name := range []string{"ETag", "Cache-Control", "Cache-Tag", "Vary"} {
						wantField(t, same, name, r.get(name))
					}
				}
				wantStatus(t, c.ask("GET", target, `If-None-Match: "other"`), 200)
				wantStatus(t, c.ask("GET", target, "If-Match: "+etag), 200)
				wantStatus(t, c.ask("GET", target, `If-Match: "other"`), 412)
				wantStatus(t, c.ask("POST", target, "Content-Length: 0"), 405)
				options := c.ask("OPTIONS", target, "Origin: https://player.example", "Access-Control-Request-Method: GET", "Access-Control-Request-Headers: range")
				wantStatus(t, options, 204)
				if !strings.Contains(strings.ToLower(options.get("Access-Control-Allow-Headers")), "range") {
					t.Errorf("a player may not ask for ranges: %s", options)
				}
			}
			f(master, playlistType, forPlaylists)
			f(list, playlistType, forPlaylists)
			f(beside(master, "info.json"), "application/json", forPlaylists)
			for i, p := range l.pieces {
				if i == 0 && k.init != "" {
					f(beside(list, p.init), k.init, forSegments)
				}
				f(beside(list, p.uri), k.segment, forSegments)
			}
		})
	}
	t.Run("the times are those of the settings", func(t *testing.T) {
		e := startEdge(t, root, "--set=cache.playlists=5s", "--set=cache.segments=1h")
		c := connect(t, e.addr)
		wantField(t, c.patient("/a.mp3/hls/master.m3u8"), "Cache-Control", "public, max-age=5")
		l := readMedia(t, string(c.fetch("/a.mp3/hls/mp3/index.m3u8").body))
		wantField(t, c.fetch("/a.mp3/hls/mp3/"+l.pieces[0].uri), "Cache-Control", "public, max-age=3600, immutable")
	})
}

func TestSegmentsAreServedInRanges(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "a.mp3", "cbr44.mp3")
	put(t, root, "b.flac", "cd.flac")
	e := startEdge(t, root)
	for name, kind := range map[string]string{"a.mp3": "audio/mpeg", "b.flac": "audio/mp4"} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, e.addr)
			master := "/" + name + "/hls/master.m3u8"
			list := beside(master, readMaster(t, string(c.patient(master).body)).uri)
			for _, p := range readMedia(t, string(c.fetch(list).body)).pieces {
				target := beside(list, p.uri)
				whole := c.fetch(target)
				body, etag := string(whole.body), whole.get("ETag")
				wantField(t, whole, "Accept-Ranges", "bytes")
				n := len(body)
				f := func(value string, spans ...span) {
					t.Helper()
					r := c.ask("GET", target, "Range: "+value)
					wantSpans(t, r, body, kind, spans...)
					wantField(t, r, "ETag", etag)
					wantField(t, r, "Cache-Control", forSegments)
				}
				f("bytes=0-0", span{0, 0})
				f("bytes=0-99", span{0, 99}) // within the head, and over its end
				f("bytes=50-99999", span{50, min(99999, n-1)})
				f(fmt.Sprintf("bytes=%d-%d", n/2, n/2+1000), span{n / 2, n/2 + 1000})
				f("bytes=100-", span{100, n - 1})
				f("bytes=-1", span{n - 1, n - 1})
				f(fmt.Sprintf("bytes=-%d", n+5), span{0, n - 1})
				f("bytes=0-9,1000-1009,-10", span{0, 9}, span{1000, 1009}, span{n - 10, n - 1})
				past := c.ask("GET", target, fmt.Sprintf("Range: bytes=%d-", n))
				wantProblem(t, past, 416, "range_not_satisfiable", "")
				wantField(t, past, "Content-Range", fmt.Sprintf("bytes */%d", n))
				wantSpans(t, c.ask("GET", target, "Range: bytes=5-9", "If-Range: "+etag), body, kind, span{5, 9})
				wantSpans(t, c.ask("GET", target, "Range: bytes=5-9", `If-Range: "other"`), body, kind)
				wantSpans(t, c.ask("GET", target, "Range: bytes=5-9", "If-Range: W/"+etag), body, kind)
				head := c.ask("HEAD", target, "Range: bytes=5-9")
				wantField(t, head, "Content-Length", fmt.Sprint(n))
			}
		})
	}
}

func TestPlaylistsComeCompressedToWhoTakesIt(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "a.mp3", "cbr44.mp3")
	e := startEdge(t, root)
	c := connect(t, e.addr)
	for _, target := range []string{"/a.mp3/hls/master.m3u8", "/a.mp3/hls/mp3/index.m3u8", "/a.mp3/hls/info.json"} {
		plain := c.patient(target)
		wantField(t, plain, "Vary", "Accept-Encoding")
		for _, accept := range []string{"gzip", "br, gzip;q=0.5", "deflate,gzip"} {
			r := c.fetch(target, "Accept-Encoding: "+accept)
			if r.get("Content-Encoding") == "" { // a text that grows is sent as it is
				if r.get("ETag") != plain.get("ETag") || len(r.body) > 400 {
					t.Errorf("%s does not come compressed: %s", target, r)
				}
				continue
			}
			wantField(t, r, "Content-Encoding", "gzip")
			wantField(t, r, "Vary", "Accept-Encoding")
			wantField(t, r, "Content-Type", plain.get("Content-Type"))
			if r.get("ETag") == plain.get("ETag") {
				t.Errorf("%s: two texts have one ETag", target)
			}
			z, err := gzip.NewReader(bytes.NewReader(r.body))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(z)
			if err != nil || string(text) != string(plain.body) {
				t.Errorf("%s is another text compressed (%v): %q", target, err, text)
			}
			if len(r.body) >= len(plain.body) {
				t.Errorf("%s grows from %d to %d bytes", target, len(plain.body), len(r.body))
			}
			wantStatus(t, c.ask("GET", target, "Accept-Encoding: gzip", "If-None-Match: "+r.get("ETag")), 304)
		}
		for _, accept := range []string{"identity", "gzip;q=0", "br", "*;q=0"} {
			r := c.fetch(target, "Accept-Encoding: "+accept)
			if r.has("Content-Encoding") || !bytes.Equal(r.body, plain.body) {
				t.Errorf("%s with Accept-Encoding: %s comes as %s", target, accept, r)
			}
		}
	}
	l := readMedia(t, string(c.fetch("/a.mp3/hls/mp3/index.m3u8").body))
	if r := c.fetch("/a.mp3/hls/mp3/"+l.pieces[0].uri, "Accept-Encoding: gzip"); r.has("Content-Encoding") || r.has("Vary") {
		t.Errorf("a segment is compressed again: %v", r.fields)
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "a.mp3", "cbr44.mp3")
	put(t, root, "b.flac", "cd.flac")
	e := startEdge(t, root)
	c := connect(t, e.addr)
	c.patient("/b.flac/hls/master.m3u8")
	c.patient("/a.mp3/hls/master.m3u8")
	mp3 := readMedia(t, string(c.fetch("/a.mp3/hls/mp3/index.m3u8").body))
	flac := readMedia(t, string(c.fetch("/b.flac/hls/flac/index.m3u8").body))
	version := strings.Split(mp3.pieces[0].uri, "/")[0]
	other := strings.Split(flac.pieces[0].uri, "/")[0]
	if len(version) != 16 || version == other {
		t.Fatalf("versions %s and %s", version, other)
	}
	wrong := strings.Replace(version, version[:1], map[bool]string{true: "1", false: "0"}[version[0] == '0'], 1)
	for _, target := range []string{
		"/a.mp3/hls/", "/a.mp3/hls", "/a.mp3/hls/none.m3u8", "/a.mp3/hls/index.m3u8", "/a.mp3/hls/master.m3u8/", "/a.mp3/hls/Master.m3u8",
		"/a.mp3/hls/flac/index.m3u8", "/a.mp3/hls/MP3/index.m3u8", "/a.mp3/hls/mp3/", "/a.mp3/hls/mp3/master.m3u8", "/a.mp3/hls/mp3/index.m3u8/x",
		"/a.mp3/hls/mp3/" + version + "/3.mp3", "/a.mp3/hls/mp3/" + version + "/00.mp3", "/a.mp3/hls/mp3/" + version + "/-1.mp3", "/a.mp3/hls/mp3/" + version + "/0",
		"/a.mp3/hls/mp3/" + version + "/99999999999999999999.mp3", "/a.mp3/hls/mp3/" + version + "/0.m4s", "/a.mp3/hls/mp3/" + version + "/0.aac",
		"/a.mp3/hls/mp3/" + version + "/init.mp4", "/a.mp3/hls/mp3/" + version + "/0.mp3/x", "/a.mp3/hls/mp3/" + version + "/", "/a.mp3/hls/flac/" + version + "/0.mp3",
		"/a.mp3/hls/mp3/" + wrong + "/0.mp3", "/a.mp3/hls/mp3/" + other + "/0.mp3", "/a.mp3/hls/mp3/" + strings.ToUpper(version) + "x/0.mp3", "/a.mp3/hls/mp3/" + version[:15] + "/0.mp3",
		"/b.flac/hls/flac/" + other + "/0.mp3", "/b.flac/hls/flac/" + other + "/init-1.mp4", "/b.flac/hls/flac/" + other + "/init-0.mp4", "/b.flac/hls/flac/" + other + "/init.m4s",
		"/b.flac/hls/flac/" + version + "/0.m4s", "/b.flac/hls/flac/" + version + "/init.mp4",
		"/none.mp3/hls/master.m3u8", "/none.mp3/hls/info.json", "/none/hls/mp3/" + version + "/0.mp3", "/none/hls/master.m3u8",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r := c.ask(method, target)
			if r.status != 404 || r.get("Cache-Control") != "no-store" || r.has("ETag") {
				t.Errorf("%s %s: %s", method, target, r)
			}
		}
	}
	// They are there all the same.
	c.fetch("/a.mp3/hls/mp3/" + version + "/0.mp3")
	c.fetch("/b.flac/hls/flac/" + other + "/init.mp4")
}

func TestWhatIsNoMediaSaysWhy(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, filepath.Join(root, "text.mp3"), strings.Repeat("These are words, and no sound.\n", 1000))
	write(t, filepath.Join(root, "empty.mp3"), "")
	write(t, filepath.Join(root, "one.mp3"), "x")
	write(t, filepath.Join(root, "zeros.mp3"), strings.Repeat("\x00", 200_000))
	write(t, filepath.Join(root, "random.mp3"), randomBytes(300_000))
	write(t, filepath.Join(root, "page.mp3"), "<!DOCTYPE html><title>404</title>")
	write(t, filepath.Join(root, "readme.txt"), "words")
	write(t, filepath.Join(root, "tag.mp3"), string(id3("TIT2", []byte("\x00alone"))))
	write(t, filepath.Join(root, "RIFF.wav"), "RIFF\x00\x00\x00\x00WAVE")
	write(t, filepath.Join(root, "cut.flac"), string(content(t, "cd.flac")[:3000]))
	write(t, filepath.Join(root, "head.flac"), string(content(t, "cd.flac")[:40]))
	write(t, filepath.Join(root, "page.opus"), string(content(t, "20.opus")[:60]))
	m4a := content(t, "tail.m4a")
	write(t, filepath.Join(root, "cut.m4a"), string(m4a[:len(m4a)/2]))
	write(t, filepath.Join(root, "half.m4a"), string(content(t, "fast.m4a")[:20000]))
	var others []coded
	for name, args := range map[string]string{
		"picture.jpg": "-f lavfi -i testsrc2=size=160x120:duration=1 ; -map 1:v -frames:v 1 -c:v mjpeg -f image2", "layer2.mp2": "-c:a mp2", "vorbis.ogg": "-c:a libvorbis", "windows.wma": "-c:a wmav2",
		"ac3.ac3": "-c:a ac3", "av.mkv": "-c:a libopus", "mp3.mp4": "-c:a libmp3lame", "flac.ogg": "-c:a flac -f ogg",
		"chopped.m4a": "-c:a aac -frag_duration 500000 -movflags +empty_moov+default_base_moof",
	} {
		if !strings.Contains(args, "-map") {
			args = "-map 0:a " + args
		}
		others = append(others, coded{filepath.Join(root, name), args})
	}
	if err := code(t, []recording{{rate: 44100, channels: 2, bits: 16, millis: 1500}}, others...); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(root, "picture.jpg"), filepath.Join(root, "picture.mp3")); err != nil {
		t.Fatal(err)
	}
	e := startEdge(t, root, "--cache-dir="+t.TempDir())
	for _, w := range []struct {
		name   string
		status int
		code   string
		reason string
	}{
		{"text.mp3", 415, "not_media", ""},
		{"picture.mp3", 415, "not_media", ""},
		{"random.mp3", 415, "not_media", ""},
		{"zeros.mp3", 415, "not_media", ""},
		{"page.mp3", 415, "not_media", ""},
		{"readme.txt", 415, "not_media", ""},
		{"empty.mp3", 415, "not_media", "empty"},
		{"one.mp3", 415, "not_media", ""},
		{"tag.mp3", 422, "broken_media", "ID3"},
		{"layer2.mp2", 415, "unsupported_media", "II"},
		{"vorbis.ogg", 415, "unsupported_media", "Vorbis"},
		{"flac.ogg", 415, "unsupported_media", "FLAC"},
		{"av.mkv", 415, "unsupported_media", "Matroska"},
		{"mp3.mp4", 415, "unsupported_media", ""},
		{"chopped.m4a", 415, "unsupported_media", "fragment"},
		{"windows.wma", 415, "", ""},
		{"ac3.ac3", 415, "", ""},
		{"cut.m4a", 422, "broken_media", "moov"},
		{"half.m4a", 422, "broken_media", ""},
		{"RIFF.wav", 422, "broken_media", ""},
		{"head.flac", 422, "broken_media", ""},
		{"page.opus", 422, "broken_media", ""},
	} {
		t.Run(w.name, func(t *testing.T) {
			for _, tail := range []string{"master.m3u8", "info.json", "mp3/index.m3u8", "mp3/0123456789abcdef/0.mp3"} {
				target := "/" + w.name + "/hls/" + tail
				r := e.get(t, target)
				if w.code == "" { // one of the two is right
					if r.status != w.status || !strings.Contains(string(r.body), "_media") {
						t.Errorf("%s: %s", target, r)
					}
					continue
				}
				wantProblem(t, r, w.status, w.code, w.reason)
			}
			// The file itself is served, whatever it holds, if its kind is.
			if r := e.get(t, "/"+w.name); r.status != 200 {
				t.Errorf("the file: %s", r)
			}
			out, complaint, status := edgeTool(t, "inspect", "--json", filepath.Join(root, w.name))
			var i struct{ Error, Reason string }
			if err := json.Unmarshal([]byte(out), &i); err != nil || status != 1 || i.Reason == "" || !strings.Contains(complaint, i.Reason) {
				t.Errorf("inspect ends with %d (%v): %s%s", status, err, out, complaint)
			}
			if w.code != "" && i.Error != w.code {
				t.Errorf("inspect says %s, the edge %s", i.Error, w.code)
			}
			if w.code == "" {
				return
			}
			out, complaint, status = edgeTool(t, "inspect", filepath.Join(root, w.name))
			if status != 1 || out != "" || !strings.Contains(complaint, i.Reason) {
				t.Errorf("inspect in words ends with %d: %s%s", status, out, complaint)
			}
		})
	}
	// What is cut short plays as far as it goes.
	t.Run("cut.flac", func(t *testing.T) {
		r := e.get(t, "/cut.flac/hls/master.m3u8")
		if r.status != 200 && r.status != 422 {
			t.Errorf("%s", r)
		}
	})
	// Each file counts once, however often it is asked for.
	for reason, least := range map[string]float64{"not_media": 8, "unsupported": 4, "broken": 5} {
		if n := e.metric(t, fmt.Sprintf("segue_hls_refused_total{reason=%q}", reason)); n < least || n > 15 {
			t.Errorf("%v files are counted as %s, want %v or a few more", n, reason, least)
		}
	}
	if n := e.metric(t, "segue_connections_shed_total"); n > 0 {
		t.Errorf("%v connections were cut", n)
	}
}

// randomBytes are the same in each run, and no media.
func randomBytes(n int) string {
	b := make([]byte, 0, n+8)
	for k := uint64(77); len(b) < n; k++ {
		v := uint64(int64(noise(k) * (1 << 62)))
		for range 8 {
			b = append(b, byte(v))
			v >>= 7
		}
	}
	return string(b[:n])
}

func TestWhatCannotBeIndexedAtOnceIsIndexedMeanwhile(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	// Long enough that no machine walks it in a millisecond.
	_, sound := cutID3(content(t, "cbr44.mp3"))
	write(t, filepath.Join(root, "long.mp3"), strings.Repeat(string(sound), 200))
	e := startEdge(t, root, "--set=hls.wait=1ms")
	c := connect(t, e.addr)
	r := c.ask("GET", "/long.mp3/hls/master.m3u8")
	wantProblem(t, r, 503, "indexing", "")
	if after := r.get("Retry-After"); after < "1" || after > "9" || len(after) != 1 {
		t.Errorf("Retry-After is %q", after)
	}
	// The file itself, and others, are served meanwhile.
	wantStatus(t, c.ask("GET", "/long.mp3", "Range: bytes=0-9"), 206)
	c.patient("/long.mp3/hls/master.m3u8")
	if n := e.metric(t, `segue_hls_indexes_total{source="file"}`); n != 1 {
		t.Errorf("%v indexes were made, want 1", n)
	}
	if n := e.metric(t, "segue_hls_pending_total"); n < 1 {
		t.Errorf("%v requests were told to come back", n)
	}
	var i description
	if err := json.Unmarshal(c.fetch("/long.mp3/hls/info.json").body, &i); err != nil || i.Duration < 13*200 {
		t.Errorf("%v s (%v)", i.Duration, err)
	}
}

func TestOneIndexIsMadeForManyWhoAsk(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "a.mp3", "cbr44.mp3")
	e := startEdge(t, root)
	replies := make(chan *reply)
	for range 40 {
		c := connect(t, e.addr)
		go func() {
			_, _ = io.WriteString(c, request("GET", "/a.mp3/hls/master.m3u8"))
			r, err := readReply(c.br, "GET")
			if err != nil {
				r = &reply{}
			}
			replies <- r
		}()
	}
	for range 40 {
		if r := <-replies; r.status != 200 {
			t.Errorf("%s", r)
		}
	}
	c := connect(t, e.addr)
	l := readMedia(t, string(c.fetch("/a.mp3/hls/mp3/index.m3u8").body))
	for range 3 {
		for _, p := range l.pieces {
			c.fetch("/a.mp3/hls/mp3/" + p.uri)
		}
	}
	for series, want := range map[string]float64{
		`segue_hls_indexes_total{source="file"}`:             1,
		`segue_hls_segments_cut_total`:                       float64(len(l.pieces)),
		`segue_requests_total{class="2xx",route="playlist"}`: 41,
		`segue_requests_total{class="2xx",route="segment"}`:  float64(3 * len(l.pieces)),
		`segue_hls_indexes_total{source="disk"}`:             0,
		`segue_hls_indexes_total{source="conversion"}`:       0,
		`segue_hls_disk_failures_total`:                      0,
		`segue_hls_refused_total{reason="not_media"}`:        0,
		`segue_requests_total{class="5xx",route="playlist"}`: 0,
	} {
		var got float64
		eventually(t, patience, series, func() bool { got = e.metric(t, series); return got >= want })
		if got != want {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
	if n := e.metric(t, "segue_hls_memory_bytes"); n < 1000 || n > 2<<20 {
		t.Errorf("%v bytes are in memory", n)
	}
}

func TestHLSIsOffWhereItIsTurnedOff(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "a.mp3", "cbr44.mp3")
	write(t, filepath.Join(root, "b", "hls", "master.m3u8"), "#EXTM3U\n")
	for _, off := range []string{"--set=hls.enabled=false", "HLS_STREAMING=false"} {
		t.Run(off, func(t *testing.T) {
			t.Parallel()
			e := startEdge(t, root, off)
			for _, tail := range []string{"master.m3u8", "info.json", "mp3/index.m3u8", "mp3/0123456789abcdef/0.mp3"} {
				wantProblem(t, e.get(t, "/a.mp3/hls/"+tail), 404, "not_found", "")
			}
			wantStatus(t, e.get(t, "/a.mp3"), 200)
			wantBody(t, e.get(t, "/b/hls/master.m3u8"), "#EXTM3U\n") // a file like another
		})
	}
}
