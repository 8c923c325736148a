// Command urls makes the corpus of the k6 scripts and the addresses they ask for, as JSON.
//
//	go run ./bench/k6/urls -dir DIR -key SECRET
//
// writes DIR/files, DIR/ranges.json (objects with their size), DIR/signed.json (addresses with a good token, and
// some whose token is over), DIR/hls.json (master playlists of the music) and DIR/hls-signed.json (the same with a
// directory token). The music is copied from the folder that -music names.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"segue/bench/corpus"
)

// object is what both scripts read; Expired is set in signed.json only.
type object struct {
	URL     string `json:"url"`
	Size    int64  `json:"size"`
	Expired string `json:"expired,omitempty"`
}

// song is what hls.js reads.
type song struct {
	URL    string `json:"url"`
	Signed bool   `json:"signed"`
}

func main() {
	dir := flag.String("dir", "", "folder to write to")
	key := flag.String("key", "", "the edge's signing secret")
	music := flag.String("music", "testdata/music", "folder with music")
	flag.Parse()
	if *dir == "" || *key == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*dir, *key, *music, time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, "urls:", err)
		os.Exit(1)
	}
}

func run(dir, key, music string, now time.Time) error {
	files := filepath.Join(dir, "files")
	if err := os.MkdirAll(files, 0o755); err != nil {
		return err
	}
	sets := []corpus.Set{
		{Name: "10k", Count: 8, SizeBytes: 10 << 10},
		{Name: "320k", Count: 8, SizeBytes: 320 << 10},
		{Name: "1m", Count: 8, SizeBytes: 1 << 20},
	}
	if err := corpus.Write(files, sets...); err != nil {
		return fmt.Errorf("make corpus: %w", err)
	}
	var plain, signed []object
	for _, s := range sets {
		for _, p := range s.Paths() {
			plain = append(plain, object{URL: p, Size: s.SizeBytes})
			signed = append(signed, object{
				URL:     corpus.Bunny(key, p, now.Add(time.Hour).Unix()),
				Size:    s.SizeBytes,
				Expired: corpus.Bunny(key, p, now.Add(-time.Hour).Unix()),
			})
		}
	}
	if err := writeJSON(filepath.Join(dir, "ranges.json"), plain); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, "signed.json"), signed); err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(files, "music"), os.DirFS(music)); err != nil {
		return fmt.Errorf("copy music: %w", err)
	}
	entries, err := os.ReadDir(music)
	if err != nil {
		return err
	}
	var open, closed []song
	for _, e := range entries {
		master := (&url.URL{Path: "/music/" + e.Name() + "/hls/master.m3u8"}).EscapedPath()
		open = append(open, song{URL: master})
		closed = append(closed, song{URL: corpus.BunnyDirectory(key, "/music", master, now.Add(time.Hour).Unix()), Signed: true})
	}
	if len(open) == 0 {
		return fmt.Errorf("no music in %s", music)
	}
	if err := writeJSON(filepath.Join(dir, "hls.json"), open); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "hls-signed.json"), closed)
}

func writeJSON(name string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o644)
}
