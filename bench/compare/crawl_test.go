package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"segue/bench/corpus"
)

func TestCrawlFollowsEveryAddress(t *testing.T) {
	waited := false
	answers := map[string]string{
		"/a/00.m4a/hls/master.m3u8":        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\naac/index.m3u8\n",
		"/a/00.m4a/hls/aac/index.m3u8":     "#EXTM3U\n#EXT-X-MAP:URI=\"v/init.mp4\"\n#EXTINF:6,\nv/0.m4s\n#EXTINF:6,\nv/1.m4s\n#EXT-X-ENDLIST\n",
		"/a/00.m4a/hls/aac/v/init.mp4":     "init",
		"/a/00.m4a/hls/aac/v/0.m4s":        "zero",
		"/a/00.m4a/hls/aac/v/1.m4s":        "first",
		"/a/00.m4a/hls/aac/v/unnamed.m4s":  "not asked for",
		"/a/00.m4a/hls/aac/v/unnamed2.m4s": "not asked for",
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.URL.Path]
		switch {
		case !ok:
			http.NotFound(w, r)
		case !waited:
			waited = true
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Header.Get("Accept-Encoding") == "gzip":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			fmt.Fprint(z, body)
			z.Close()
		default:
			fmt.Fprint(w, body)
		}
	}))
	defer srv.Close()
	dir := t.TempDir()
	song := corpus.Song{Name: "a", Extension: "m4a", Count: 1}
	p, err := crawl(context.Background(), srv.URL, dir, song)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.playlists) != 1 || len(p.zipped) != 1 || len(p.segments) != 2 || p.segments[1].size() != int64(len("first")) {
		t.Errorf("got %+v", p)
	}
	var stored []string
	if err := filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			stored = append(stored, strings.TrimPrefix(name, dir+"/a/00.m4a/hls/"))
			if want, ok := answers[strings.TrimPrefix(name, dir)]; ok {
				if got, _ := os.ReadFile(name); string(got) != want {
					t.Errorf("%s holds %q", name, got)
				}
			}
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"aac/index.m3u8", "aac/index.m3u8.gz", "aac/v/0.m4s", "aac/v/1.m4s", "aac/v/init.mp4", "master.m3u8"}; !slices.Equal(stored, want) {
		t.Errorf("stored %q, want %q", stored, want)
	}

	delete(answers, "/a/00.m4a/hls/aac/v/1.m4s")
	if _, err := crawl(context.Background(), srv.URL, dir, song); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a missing segment: %v", err)
	}
}

func TestGzipHoldsThePlainBytes(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, "abc")
	z.Close()
	if err := unpacksTo(b.Bytes(), []byte("abc")); err != nil {
		t.Error(err)
	}
	if unpacksTo(b.Bytes(), []byte("abd")) == nil || unpacksTo(nil, []byte("abc")) == nil {
		t.Error("other bytes are accepted")
	}
}

func TestListsOfSegmentsAreTheSameInEveryRun(t *testing.T) {
	crawled := map[string]*pages{"aac": {segments: make([]request, 50)}}
	for i := range crawled["aac"].segments {
		crawled["aac"].segments[i].path = fmt.Sprint(i)
	}
	r := row{kind: segment, songs: []corpus.Song{aac}}
	a := r.listOf(crawled)
	if !slices.Equal(a, r.listOf(crawled)) || slices.Equal(a, crawled["aac"].segments) || len(a) != 50 {
		t.Errorf("got %v", a)
	}
}
