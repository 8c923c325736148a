package edge

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"segue/signer"
)

func song(r *rig, name string, frames int) {
	r.t.Helper()
	r.write(name, bytes.Repeat(mp3Frame(), frames))
}

// addresses follows the playlists as a player does: every segment of the first
// rendition.
func (r *rig) addresses(master string) []string {
	r.t.Helper()
	var uris func(from string) []string
	uris = func(from string) []string {
		resp, body := r.ask("GET", from)
		if resp.StatusCode != 200 {
			r.t.Fatalf("%s: %d %s", from, resp.StatusCode, body)
		}
		var all []string
		for line := range strings.Lines(body) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			base, _, _ := strings.Cut(from, "?")
			uri := base[:strings.LastIndex(base, "/")+1] + line
			for {
				before, after, ok := strings.Cut(uri, "/../")
				if !ok {
					break
				}
				uri = before[:strings.LastIndex(before, "/")+1] + after
			}
			if strings.Contains(line, ".m3u8") {
				all = append(all, uris(uri)...)
			} else {
				all = append(all, uri)
			}
		}
		return all
	}
	return uris(master)
}

func TestEveryFileIsPlayedByItsPlaylists(t *testing.T) {
	r := start(t, nil)
	song(r, "a b.mp3", 1000) // 24 s
	all := r.addresses("/a%20b.mp3/hls/master.m3u8")
	if len(all) != 4 {
		t.Fatal(all)
	}
	var sound string
	for _, uri := range all {
		resp, body := r.ask("GET", uri)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "audio/mpeg" ||
			resp.Header.Get("Cache-Control") != "public, max-age=86400, immutable" || resp.Header.Get("ETag") == "" ||
			resp.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %d %v", uri, resp.StatusCode, resp.Header)
		}
		sound += body[73:]
	}
	if sound != string(bytes.Repeat(mp3Frame(), 1000)) {
		t.Errorf("%d bytes of sound", len(sound))
	}
	resp, _ := r.ask("GET", "/a%20b.mp3/hls/master.m3u8")
	if resp.Header.Get("Content-Type") != "application/vnd.apple.mpegurl" || resp.Header.Get("Cache-Control") != "public, max-age=60" {
		t.Error(resp.Header)
	}
}

func TestSegmentsAnswerRangesAndConditions(t *testing.T) {
	r := start(t, nil)
	song(r, "a.mp3", 1000)
	uri := r.addresses("/a.mp3/hls/master.m3u8")[1]
	resp, whole := r.ask("GET", uri)
	etag := resp.Header.Get("ETag")
	resp, part := r.ask("GET", uri, "Range", "bytes=70-169")
	if resp.StatusCode != 206 || part != whole[70:170] || resp.Header.Get("Content-Range") != "bytes 70-169/"+strconv.Itoa(len(whole)) {
		t.Errorf("%d %q", resp.StatusCode, part)
	}
	if resp, _ := r.ask("GET", uri, "If-None-Match", etag); resp.StatusCode != 304 || resp.Header.Get("Cache-Control") == "" {
		t.Error(resp.StatusCode)
	}
	if resp, _ := r.ask("GET", uri, "Range", "bytes=99999999-"); resp.StatusCode != 416 {
		t.Error(resp.StatusCode)
	}
	if resp, body := r.ask("GET", uri, "Range", "bytes=0-9,100-109,-5"); resp.StatusCode != 206 || !strings.Contains(body, whole[100:110]) {
		t.Error(resp.StatusCode)
	}
	if resp, body := r.ask("HEAD", uri); resp.ContentLength != int64(len(whole)) || body != "" {
		t.Error(resp.ContentLength)
	}
}

func TestPlaylistsAreCompressedBeforehand(t *testing.T) {
	r := start(t, nil)
	song(r, "a.mp3", 9000)
	_, plain := r.ask("GET", "/a.mp3/hls/mp3/index.m3u8")
	resp, zipped := r.ask("GET", "/a.mp3/hls/mp3/index.m3u8", "Accept-Encoding", "gzip")
	if resp.Header.Get("Content-Encoding") != "gzip" || resp.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatal(resp.Header)
	}
	z, err := gzip.NewReader(strings.NewReader(zipped))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != plain {
		t.Error(err)
	}
	if len(zipped) > len(plain)/3 {
		t.Errorf("%d of %d bytes", len(zipped), len(plain))
	}
}

func TestOldNamesAreGone(t *testing.T) {
	r := start(t, nil)
	song(r, "a.mp3", 1000)
	before := r.addresses("/a.mp3/hls/master.m3u8")
	r.write("b.mp3", append(bytes.Repeat(mp3Frame(), 999), append([]byte{0xff, 0xfb, 0xe4, 0xc4}, bytes.Repeat([]byte{1}, 956)...)...))
	if err := os.Rename(filepath.Join(r.dir, "b.mp3"), filepath.Join(r.dir, "a.mp3")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1100 * time.Millisecond) // the promise is one second
	after := r.addresses("/a.mp3/hls/master.m3u8")
	for i := range after {
		if after[i] == before[i] {
			t.Errorf("%s names two files", after[i])
		}
		if resp, _ := r.ask("GET", before[i]); resp.StatusCode != 404 {
			t.Errorf("%s: %d", before[i], resp.StatusCode)
		}
	}
}

func TestWhatIsNotThereIs404(t *testing.T) {
	r := start(t, nil)
	song(r, "a.mp3", 1000)
	uri := r.addresses("/a.mp3/hls/master.m3u8")[0]
	stem := strings.TrimSuffix(uri, "0.mp3")
	for _, other := range []string{
		stem + "4.mp3", stem + "0.m4s", stem + "00.mp3", stem + "init.mp4", strings.Replace(stem, "/mp3/", "/aac/", 1) + "0.mp3",
		"/b.mp3/hls/master.m3u8", "/a.mp3/hls/index.m3u8", "/a.mp3/hls/", "/a.mp3/hls/x.m3u8", "/a.mp3/hls/aac/index.m3u8",
		"/a.mp3/hls/90-100/master.m3u8", "/nowhere/hls/master.m3u8", "/a.mp3/hls/mp3/0000000000000000/0.mp3",
	} {
		if resp, body := r.ask("GET", other); resp.StatusCode != 404 {
			t.Errorf("%s: %d %s", other, resp.StatusCode, body)
		}
	}
}

func TestFilesThatAreNoMediaSaySo(t *testing.T) {
	r := start(t, nil)
	r.write("a.mp3", []byte(strings.Repeat("text ", 1000)))
	r.write("empty.mp3", nil)
	r.write("cut.m4a", []byte("\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A isom\x00\x10\x00\x00mdat"))
	f := func(path string, status int, code string) {
		t.Helper()
		resp, body := r.ask("GET", path+"/hls/master.m3u8")
		if resp.StatusCode != status || !strings.Contains(body, `"code":"`+code+`"`) || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
	f("/a.mp3", 415, "not_media")
	f("/empty.mp3", 415, "not_media")
	f("/cut.m4a", 422, "broken_media")
}

func TestWindowsAreNamedByTheirPath(t *testing.T) {
	r := start(t, nil)
	song(r, "a.mp3", 2000) // 48 s
	inside := r.addresses("/a.mp3/hls/10-20/master.m3u8")
	outside := r.addresses("/a.mp3/hls/master.m3u8?from=10&to=20")
	if len(inside) != 3 || strings.Join(inside, " ") != strings.Join(outside, " ") || !strings.HasPrefix(inside[0], "/a.mp3/hls/10-20/mp3/") {
		t.Fatalf("%v\n%v", inside, outside)
	}
	if direct := r.addresses("/a.mp3/hls/mp3/index.m3u8?from=10.000&to=20"); strings.Join(direct, " ") != strings.Join(inside, " ") {
		t.Error(direct)
	}
	n := 0
	for _, uri := range inside {
		resp, body := r.ask("GET", uri)
		if resp.StatusCode != 200 {
			t.Errorf("%s: %d %s", uri, resp.StatusCode, body)
		}
		n += len(body) - 73
	}
	if frames := n / 960; frames < 417 || frames > 420 {
		t.Errorf("%d frames in 10 s", frames)
	}
	for _, query := range []string{"from=x", "from=20&to=10", "from=60", "from=-1", "to=1e3", "from=1&from=2", "from=%zz"} {
		if resp, _ := r.ask("GET", "/a.mp3/hls/master.m3u8?"+query); resp.StatusCode != 400 {
			t.Errorf("%s: %d", query, resp.StatusCode)
		}
	}
	// An open end, and one behind the end, are the end.
	if all := r.addresses("/a.mp3/hls/master.m3u8?from=40&to=999"); len(all) == 0 {
		t.Error("no open end")
	}
}

func TestDirectoryTokenOpensItsWindowAlone(t *testing.T) {
	r := start(t, func(c *Config) { c.RequireToken, c.Access.SigningKeys = true, "k1:"+testKey })
	song(r, "a.mp3", 2000)
	signed := func(path, tokenPath string) string {
		t.Helper()
		u, err := signer.SignBunnyAdvanced(signer.Key{ID: "k1", Secret: []byte(testKey)}, path, signer.BunnyOptions{
			Expires: time.Now().Unix() + 1000, Directory: true, TokenPath: tokenPath,
		})
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	f := func(uri string, want int) {
		t.Helper()
		if resp, body := r.ask("GET", uri); resp.StatusCode != want {
			t.Errorf("%s: %d %s", uri, resp.StatusCode, body)
		}
	}
	whole := signed("/a.mp3/hls/master.m3u8", "/a.mp3/hls/")
	all := r.addresses(whole)
	for _, uri := range all {
		f(uri, 200)
	}
	if resp, _ := r.ask("GET", all[0]); !strings.HasPrefix(resp.Header.Get("Cache-Control"), "private, max-age=") {
		t.Error(resp.Header)
	}
	prefix, segment, _ := strings.Cut(all[0], "/a.mp3")
	f("/a.mp3"+segment, 403)
	f(prefix+"/b.mp3/hls/master.m3u8", 403)

	window := signed("/a.mp3/hls/10-20/master.m3u8", "/a.mp3/hls/10-20/")
	all = r.addresses(window)
	for _, uri := range all {
		f(uri, 200)
	}
	prefix, _, _ = strings.Cut(all[0], "/a.mp3")
	f(prefix+"/a.mp3"+segment, 403)
	f(prefix+"/a.mp3/hls/10-21/master.m3u8", 403)

	// So does one in a query, wherever that is put.
	u, err := signer.SignBunnyAdvanced(signer.Key{ID: "k1", Secret: []byte(testKey)}, "/a.mp3/hls/master.m3u8?from=10&to=20", signer.BunnyOptions{
		Expires: time.Now().Unix() + 1000, TokenPath: "/a.mp3/hls/",
	})
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(u, "?")
	f(u, 200)
	f("/a.mp3"+segment+"?"+query, 403)
	f("/a.mp3/hls/10-21/master.m3u8?"+query, 403)
	f("/a.mp3/hls/10-20/master.m3u8?"+query, 200)

	// A window in what is signed binds every address below it.
	bound := signed("/a.mp3/hls/master.m3u8?from=10&to=20", "/a.mp3/hls/")
	all = r.addresses(bound)
	if len(all) != 3 {
		t.Fatal(all)
	}
	for _, uri := range all {
		f(uri, 200)
	}
	prefix, _, _ = strings.Cut(all[0], "/a.mp3")
	f(prefix+"/a.mp3"+segment, 403)
	f(prefix+"/a.mp3/hls/10-21/master.m3u8", 403)
	f(prefix+"/a.mp3/hls/master.m3u8", 200)
	f("/a.mp3?"+query, 403) // of another path
	wide := signed("/a.mp3/hls/master.m3u8?from=10&to=20", "/")
	prefix = strings.TrimSuffix(wide, "/a.mp3/hls/master.m3u8")
	f(wide, 200)
	f(prefix+"/a.mp3", 403)
	f(prefix+"/hls/master.m3u8", 403)
}

func TestAlbumIsThePlaylistOfAFolder(t *testing.T) {
	r := start(t, nil)
	song(r, "album/1.mp3", 1000)
	song(r, "album/2 b.mp3", 500)
	r.write("album/readme.txt", []byte("no music"))
	all := r.addresses("/album/hls/master.m3u8")
	if len(all) != 6 || !strings.HasPrefix(all[4], "/album/2%20b.mp3/hls/mp3/") {
		t.Fatal(all)
	}
	for _, uri := range all {
		if resp, _ := r.ask("GET", uri); resp.StatusCode != 200 {
			t.Errorf("%s: %d", uri, resp.StatusCode)
		}
	}
	if _, info := r.ask("GET", "/album/hls/info.json"); !strings.Contains(info, `"start":24`) {
		t.Error(info)
	}
	// A file of the very name goes before it.
	r.write("album/hls/master.m3u8", []byte("mine"))
	time.Sleep(10 * time.Millisecond)
	if _, body := r.ask("GET", "/album/hls/master.m3u8"); body != "mine" {
		t.Error(body)
	}
	if resp, _ := r.ask("GET", "/album/hls/mp3/index.m3u8"); resp.StatusCode != 404 {
		t.Error(resp.StatusCode)
	}
	song(r, "1.mp3", 100)
	if all := r.addresses("/hls/master.m3u8"); len(all) != 1 {
		t.Error(all)
	}
}

func TestHLSCanBeTurnedOff(t *testing.T) {
	r := start(t, func(c *Config) { c.HLS.Enabled = false })
	song(r, "a.mp3", 1000)
	for _, path := range []string{"/a.mp3/hls/master.m3u8", "/hls/master.m3u8"} {
		if resp, _ := r.ask("GET", path); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	if _, body := r.ask("GET", "/api/v1/config"); !strings.Contains(body, `"hls":false`) {
		t.Error(body)
	}
}

func TestFileBeingIndexedSaysWhenToComeBack(t *testing.T) {
	r := start(t, func(c *Config) { c.HLS.Wait = 1 })
	song(r, "a.mp3", 200_000)
	resp, body := r.ask("GET", "/a.mp3/hls/master.m3u8")
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "1" || !strings.Contains(body, "indexing") {
		t.Fatalf("%d %s", resp.StatusCode, body)
	}
	until := time.Now().Add(10 * time.Second)
	for {
		if resp, _ := r.ask("GET", "/a.mp3/hls/master.m3u8"); resp.StatusCode == 200 {
			return
		}
		if time.Now().After(until) {
			t.Fatal("the walk does not go on")
		}
		time.Sleep(20 * time.Millisecond)
	}
}
