package e2e

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// bothWays runs a test against an edge that holds small files in memory and one
// that sends every file from the disk.
func bothWays(t *testing.T, root string, f func(t *testing.T, e *process)) {
	t.Helper()
	t.Parallel()
	for name, inline := range map[string]string{"from memory": "64KB", "from disk": "0"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, startEdge(t, root, "--set=files.inline="+inline))
		})
	}
}

// span is a range as the answer must give it: first and last byte.
type span struct{ first, last int }

// wantSpans holds an answer against the spans of content that it must carry.
func wantSpans(t *testing.T, r *reply, content, contentType string, spans ...span) {
	t.Helper()
	size := len(content)
	switch len(spans) {
	case 0:
		wantStatus(t, r, 200)
		wantField(t, r, "Content-Type", contentType)
		if r.has("Content-Range") {
			t.Errorf("a whole answer has Content-Range:\n%s", r)
		}
		wantBody(t, r, content)
	case 1:
		wantStatus(t, r, 206)
		wantField(t, r, "Content-Type", contentType)
		wantField(t, r, "Content-Range", fmt.Sprintf("bytes %d-%d/%d", spans[0].first, spans[0].last, size))
		wantBody(t, r, content[spans[0].first:spans[0].last+1])
	default:
		wantStatus(t, r, 206)
		if r.has("Content-Range") {
			t.Errorf("multipart with a Content-Range of its own (RFC 9110 15.3.7.2):\n%s", r)
		}
		wantParts(t, r, content, contentType, spans)
	}
}

func wantParts(t *testing.T, r *reply, content, contentType string, spans []span) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(r.get("Content-Type"))
	if err != nil || kind != "multipart/byteranges" {
		t.Fatalf("Content-Type %q: %v", r.get("Content-Type"), err)
	}
	parts := multipart.NewReader(bytes.NewReader(r.body), params["boundary"])
	for i, s := range spans {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatalf("part %d: %v", i, err)
		}
		want := textproto.MIMEHeader{
			"Content-Type":  {contentType},
			"Content-Range": {fmt.Sprintf("bytes %d-%d/%d", s.first, s.last, len(content))},
		}
		if fmt.Sprint(p.Header) != fmt.Sprint(want) {
			t.Errorf("part %d has %v, want %v", i, p.Header, want)
		}
		body, err := io.ReadAll(p)
		if err != nil || string(body) != content[s.first:s.last+1] {
			t.Errorf("part %d is %s (%v), want %s", i, brief(string(body)), err, brief(content[s.first:s.last+1]))
		}
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		t.Errorf("after the last part: %v", err)
	}
	if strings.Contains(content, params["boundary"]) {
		t.Errorf("the content holds the boundary")
	}
	if end := "\r\n--" + params["boundary"] + "--\r\n"; !strings.HasSuffix(string(r.body), end) {
		t.Errorf("the body does not end in %q", end)
	}
}

func TestRangesAreServedByteExact(t *testing.T) {
	sizes := []int{0, 1, 8, 10, 11, 1000, 10000, 300000}
	files := map[string]string{}
	for _, n := range sizes {
		files[fmt.Sprintf("%d.bin", n)] = pattern(n)
	}
	const kind = "application/octet-stream"
	bothWays(t, folder(t, files), func(t *testing.T, e *process) {
		c := connect(t, e.addr)
		f := func(size int, value string, spans ...span) {
			t.Helper()
			t.Run(fmt.Sprintf("%d %s", size, value), func(t *testing.T) {
				c.t = t
				defer func() { c.t = nil }()
				r := c.ask("GET", fmt.Sprintf("/%d.bin", size), "Range: "+value)
				wantSpans(t, r, pattern(size), kind, spans...)
				wantField(t, r, "Accept-Ranges", "bytes")
			})
		}
		// The plain forms.
		f(11, "bytes=0-4", span{0, 4})
		f(11, "bytes=2-4", span{2, 4})
		f(11, "bytes=2-", span{2, 10})
		f(11, "bytes=-5", span{6, 10})
		f(11, "bytes=3-7", span{3, 7})
		f(11, "bytes=0-0", span{0, 0})
		f(11, "bytes=-1", span{10, 10})
		f(11, "bytes=0-9", span{0, 9})
		f(11, "bytes=0-10", span{0, 10})
		f(11, "bytes=10-", span{10, 10})
		f(1, "bytes=0-0", span{0, 0})
		f(1, "bytes=0-", span{0, 0})
		f(1, "bytes=-1", span{0, 0})
		f(1000, "bytes=0-8", span{0, 8})
		f(1000, "bytes=-10", span{990, 999})
		f(1000, "bytes=990-", span{990, 999})
		f(1000, "bytes=990-990", span{990, 990})
		f(10000, "bytes=0-499", span{0, 499})
		f(10000, "bytes=500-999", span{500, 999})
		f(10000, "bytes=-500", span{9500, 9999})
		f(10000, "bytes=9500-", span{9500, 9999})
		f(300000, "bytes=65535-65536", span{65535, 65536})
		f(300000, "bytes=1-299998", span{1, 299998})
		f(300000, "bytes=0-", span{0, 299999})
		// Ends past the end are cut.
		f(10, "bytes=0-20", span{0, 9})
		f(11, "bytes=0-11", span{0, 10})
		f(11, "bytes=10-11", span{10, 10})
		f(11, "bytes=5-1000", span{5, 10})
		f(1000, "bytes=990-1000", span{990, 999})
		f(10, "bytes=-15", span{0, 9})
		f(1000, "bytes=-1000", span{0, 999})
		f(1000, "bytes=-100000000000000000000000000", span{0, 999})
		f(1000, "bytes=0-18446744073709551615", span{0, 999})
		f(1000, "bytes=0-99999999999999999999999999999999", span{0, 999})
		f(1000, "bytes=00000000000000000000000000000000000005-7", span{5, 7})
		// Any letter case of the unit, blanks around commas and numbers, empty members.
		f(11, "Bytes=2-4", span{2, 4})
		f(11, "BYTES=2-4", span{2, 4})
		f(11, "bytes= 2-4", span{2, 4})
		f(11, "bytes=2-4 ", span{2, 4})
		f(11, "bytes=\t2-4\t", span{2, 4})
		f(11, "bytes=2 - 4", span{2, 4})
		f(11, "bytes=,2-4,", span{2, 4})
		f(11, "bytes=,,,2-4,, ,", span{2, 4})
		f(11, "bytes=   1 -2   ,  4- 5, 7 - 8 , ,,", span{1, 2}, span{4, 5}, span{7, 8})
		// Several.
		f(11, "bytes=0-0,-2", span{0, 0}, span{9, 10})
		f(11, "bytes=0-1,5-8", span{0, 1}, span{5, 8})
		f(11, "bytes=0-1,5-", span{0, 1}, span{5, 10})
		f(10, "bytes=1-2,5-", span{1, 2}, span{5, 9})
		f(11, "bytes=-2 , 7-8", span{9, 10}, span{7, 8})
		f(11, "bytes=0-0 ,2-2, 7-", span{0, 0}, span{2, 2}, span{7, 10})
		f(10000, "bytes=0-0,-1", span{0, 0}, span{9999, 9999})
		f(10000, "bytes=500-600,601-999", span{500, 600}, span{601, 999})
		f(1000, "bytes=0-9, -10, 10-19", span{0, 9}, span{990, 999}, span{10, 19})
		f(300000, "bytes=0-9, -10, 10-19", span{0, 9}, span{299990, 299999}, span{10, 19})
		f(300000, "bytes=200000-249999,0-99999", span{200000, 249999}, span{0, 99999})
		var list []string
		var sixteen []span
		for i := range 16 {
			list = append(list, fmt.Sprintf("%d-%d", i*10, i*10+4))
			sixteen = append(sixteen, span{i * 10, i*10 + 4})
		}
		f(1000, "bytes="+strings.Join(list, ","), sixteen...)
		// Members past the end are left out; what is left may be one.
		f(10, "bytes=15-,0-5", span{0, 5})
		f(1000, "bytes=0-9, -10, 10000-", span{0, 9}, span{990, 999})
		f(1000, "bytes=2000-3000,4-5,5000-", span{4, 5})
		f(1000, "bytes=4-5,-0", span{4, 5})
		// No byte ranges: all of it.
		f(11, "")
		f(11, "foo")
		f(11, "lines=1-2")
		f(11, "byte=1-2")
		f(11, "bytes 1-2")
		f(11, "=1-2")
		f(0, "bytes=-5")
		// More bytes than the file has, or too many pieces: all of it, once.
		f(11, "bytes=0-,1-,2-,3-,4-")
		f(11, "bytes=0-5,5-9")
		f(11, "bytes=5-9,0-5")
		f(11, "bytes=-2 , 7-")
		f(1000, "bytes=0-10001, 0-0")
		f(1000, "bytes=0-,0-,0-,0-")
		f(10000, "bytes=500-700,601-999")
		f(1000, "bytes="+strings.Join(append(list, "999-999"), ","))
		f(1000, "bytes="+strings.Repeat("0-,", 1300)+"0-")
	})
}

func TestRangesThatCannotBeAreRefusedWithTheSize(t *testing.T) {
	files := map[string]string{}
	for _, n := range []int{0, 8, 10, 11, 1000, 300000} {
		files[fmt.Sprintf("%d.bin", n)] = pattern(n)
	}
	bothWays(t, folder(t, files), func(t *testing.T, e *process) {
		c := connect(t, e.addr)
		f := func(size int, value string) {
			t.Helper()
			r := c.ask("GET", fmt.Sprintf("/%d.bin", size), "Range: "+value)
			if r.status != 416 {
				t.Errorf("%d %s: status %d, want 416", size, value, r.status)
				return
			}
			wantField(t, r, "Content-Range", fmt.Sprintf("bytes */%d", size))
			wantField(t, r, "Cache-Control", "no-store")
			if r.has("ETag") || r.has("Last-Modified") || r.has("Cache-Tag") {
				t.Errorf("%d %s: a refusal has the file's validators:\n%s", size, value, r)
			}
		}
		for _, past := range []string{
			"bytes=11-", "bytes=11-12", "bytes=12-12", "bytes=11-100", "bytes=12-100", "bytes=100-", "bytes=100-1000",
			"bytes=-0", "bytes=-00", "bytes=11-,12-", "bytes=9223372036854775807-", "bytes=9223372036854775808-",
			"bytes=99999999999999999999999999999-", "bytes=18446744073709551617-18446744073709551618",
		} {
			f(11, past)
		}
		for _, malformed := range []string{
			"bytes=", "bytes=7", "bytes= 7 ", "bytes=5-4", "bytes=0-2,5-4", "bytes=2-5,4-3", "bytes=--5,4--3", "bytes=A-",
			"bytes=A- ", "bytes=A-Z", "bytes= -Z", "bytes=5-Z", "bytes=Ran-dom, garbage", "bytes=0x01-0x02", "bytes=         ",
			"bytes= , , ,   ", "bytes=alpha", "bytes=10-alpha", "bytes=10", "bytes=10-11 12-", "bytes=-", "bytes=--", "bytes=1--2",
			"bytes=-1-2", "bytes=+1-2", "bytes=1-+2", "bytes=1-2;3-4", "bytes=1-2/3", "bytes==1-2", "bytes=bytes=1-2", "bytes=1.0-2",
			"bytes=1e0-2", "bytes=\"1-2\"", "bytes=1-2,x", "bytes=x,1-2", "bytes=18446744073709551617-18446744073709551616",
		} {
			f(10, malformed)
		}
		f(0, "bytes=0-")
		f(0, "bytes=0-0")
		f(0, "bytes=1-")
		f(8, "bytes=10-20")
		f(1000, "bytes=100000-")
		f(300000, "bytes=300000-")
	})
}

// RFC 9110 14.2: Range has a meaning for GET alone.
func TestHeadSaysWhatGetWouldSayAndSendsNothing(t *testing.T) {
	bothWays(t, folder(t, map[string]string{"a.mp3": pattern(300000)}), func(t *testing.T, e *process) {
		c := connect(t, e.addr)
		get, head := c.ask("GET", "/a.mp3"), c.ask("HEAD", "/a.mp3")
		for _, name := range []string{"Content-Type", "Content-Length", "ETag", "Last-Modified", "Accept-Ranges", "Cache-Control", "Cache-Tag", "Vary"} {
			if get.get(name) != head.get(name) {
				t.Errorf("%s: GET says %q, HEAD %q", name, get.get(name), head.get(name))
			}
		}
		for _, value := range []string{"bytes=0-4", "bytes=0-1,3-4", "bytes=999999-", "bytes=x"} {
			r := c.ask("HEAD", "/a.mp3", "Range: "+value)
			wantStatus(t, r, 200)
			wantField(t, r, "Content-Length", "300000")
			if r.has("Content-Range") {
				t.Errorf("HEAD with Range: %s has Content-Range", value)
			}
		}
		// An error has a length, and no body, too.
		r := c.ask("HEAD", "/none.mp3")
		wantStatus(t, r, 404)
		if n, err := strconv.Atoi(r.get("Content-Length")); err != nil || n == 0 {
			t.Errorf("Content-Length of a HEAD's 404: %q", r.get("Content-Length"))
		}
		// Had any of these sent a body, this answer would not be readable.
		wantStatus(t, c.ask("GET", "/a.mp3", "Range: bytes=0-4"), 206)
	})
}

func TestHeadersAreSpelledAsTheirStandardsDo(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.mp3": "0123456789"}))
	r := e.get(t, "/a.mp3", "Range: bytes=2-4")
	for _, name := range []string{
		"Server", "Date", "Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified",
		"Cache-Control", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "X-Content-Type-Options", "X-Request-Id",
	} {
		if r.get(name) == "" {
			t.Errorf("no field spelled %q:\n%s", name, r)
		}
	}
	if tag := r.get("ETag"); len(tag) < 3 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		t.Errorf("ETag %q is not a strong tag in quotes", tag)
	}
}

func TestContentTypeFollowsTheBytesAndThenTheName(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"a.mp3": "ID3\x04\x00", "b.mp3": "\xff\xfb\x90\x00", "c.m4a": "\x00\x00\x00\x18ftypM4A ", "d.mp4": "\x00\x00\x00\x18ftypisom",
		"e.aac": "\xff\xf1\x50\x80", "f.flac": "fLaC\x00", "g.ogg": "OggS\x00", "h.opus": "OggS\x00", "i.wav": "RIFF\x00\x00\x00\x00WAVE",
		"j.aiff": "FORM\x00\x00\x00\x00AIFF", "k.weba": "\x1a\x45\xdf\xa3", "l.webm": "\x1a\x45\xdf\xa3", "wrong.mp3": "fLaC\x00",
		"none": "?", "M.MP3": "?",
	}
	want := map[string]string{
		"a.mp3": "audio/mpeg", "b.mp3": "audio/mpeg", "c.m4a": "audio/mp4", "d.mp4": "video/mp4", "e.aac": "audio/aac",
		"f.flac": "audio/flac", "g.ogg": "audio/ogg", "h.opus": "audio/ogg", "i.wav": "audio/wav", "j.aiff": "audio/aiff",
		"k.weba": "audio/webm", "l.webm": "video/webm", "wrong.mp3": "audio/flac", "none": "application/octet-stream", "M.MP3": "audio/mpeg",
	}
	root := folder(t, files)
	for name := range files { // a large file tells by the same bytes
		write(t, filepath.Join(root, "large", name), files[name]+strings.Repeat(" ", 100<<10))
	}
	e := startEdge(t, root)
	for name, kind := range want {
		for _, path := range []string{"/" + name, "/large/" + name} {
			r := e.ask(t, "HEAD", path)
			wantStatus(t, r, 200)
			wantField(t, r, "Content-Type", kind)
		}
	}
}
