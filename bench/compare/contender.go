package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"golang.org/x/sys/unix"

	"segue/bench/corpus"
)

const (
	nginxName     = "nginx"
	edgeName      = "edge"
	floorCopyName = "floor, copying"
	floorSendName = "floor, sendfile"
	// edgeSignedName is an edge that asks for a token where the others do not.
	edgeSignedName = "edge, signed"
	secret         = "kZ3vT9xQ2mB7nW5cR8yL1pJ4hG6dS0fA" // of this measurement only
)

// contender is one server program: how to start it for a kind of row, and how to address it there.
type contender struct {
	name    string
	serves  func(kind) bool
	start   func(ctx context.Context, k kind) (*server, string, error) // the server and its base URL
	address func(k kind, path string) string                           // with a token, if the kind has one
}

//go:embed nginx.conf.tmpl
var nginxTemplate string

// contenders are in the order of the table. Without an edge the rest still runs.
func (b *bench) contenders() []contender {
	always := func(kind) bool { return true }
	when := func(sign func(key, path string, expires int64) string) func(kind, string) string {
		return func(k kind, path string) string {
			if k == signed {
				return sign(secret, path, b.expires)
			}
			return path
		}
	}
	all := []contender{{name: nginxName, serves: always, start: b.startNginx, address: when(corpus.SecureLink)}}
	if b.edge != "" {
		all = append(all, contender{name: edgeName, serves: always, start: b.startEdge, address: when(corpus.Bunny)}, contender{
			name: edgeSignedName, serves: kind.hls,
			start: func(ctx context.Context, _ kind) (*server, string, error) { return b.startEdge(ctx, signed) },
			// A listener has one token for all segments of a song.
			address: func(_ kind, path string) string {
				song, _, _ := strings.Cut(path, "/hls/")
				return corpus.BunnyDirectory(secret, song, path, b.expires)
			},
		})
	}
	// The floors check no token, but the address that they read is as long as the others'.
	return append(all,
		contender{name: floorCopyName, serves: kind.floored, start: b.startFloor("copy"), address: when(corpus.Bunny)},
		contender{name: floorSendName, serves: kind.floored, start: b.startFloor("sendfile"), address: when(corpus.Bunny)})
}

func (b *bench) startNginx(ctx context.Context, k kind) (*server, string, error) {
	addrs, err := freeAddrs(int(kinds))
	if err != nil {
		return nil, "", err
	}
	dir, err := os.MkdirTemp(b.dir, "nginx")
	if err != nil {
		return nil, "", err
	}
	t, err := template.New("nginx").Parse(nginxTemplate)
	if err != nil {
		return nil, "", err
	}
	var conf bytes.Buffer
	if err := t.Execute(&conf, map[string]any{
		"Root": os.Geteuid() == 0, "Dir": dir, "Corpus": b.files, "Secret": secret,
		"Open": addrs[ranged], "Signed": addrs[signed], "TLS": addrs[secure], "Cert": b.cert, "Key": b.key,
		"Playlists": addrs[playlist], "Segments": addrs[segment], "Static": b.static, "Zips": b.zips,
	}); err != nil {
		return nil, "", err
	}
	name := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(name, conf.Bytes(), 0o644); err != nil {
		return nil, "", err
	}
	s, err := startServer(ctx, b.verbose, nil, addrs, "nginx", "-p", dir, "-e", "stderr", "-c", name)
	if err != nil {
		return nil, "", err
	}
	if s.pid, err = childOf(s.cmd.Process.Pid); err != nil {
		s.stop()
		return nil, "", fmt.Errorf("find nginx's worker: %w", err)
	}
	return s, scheme(k) + addrs[k], nil
}

func (b *bench) startEdge(ctx context.Context, k kind) (*server, string, error) {
	addrs, err := freeAddrs(3)
	if err != nil {
		return nil, "", err
	}
	args := []string{"--root", b.files, "--listen", addrs[0], "--admin", addrs[2]}
	env := []string{}
	wait := addrs[:1]
	at := addrs[0]
	switch k {
	case signed:
		args = append(args, "--require-token")
		env = append(env, "SEGUE_SIGNING_KEYS=bench:"+secret)
	case secure:
		args = append(args, "--tls-listen", addrs[1], "--tls-cert", b.cert, "--tls-key", b.key)
		wait = addrs[:2]
		at = addrs[1]
	}
	s, err := startServer(ctx, b.verbose, env, wait, b.edge, args...)
	if err != nil {
		return nil, "", err
	}
	return s, scheme(k) + at, nil
}

func (b *bench) startFloor(mode string) func(context.Context, kind) (*server, string, error) {
	return func(ctx context.Context, k kind) (*server, string, error) {
		addrs, err := freeAddrs(1)
		if err != nil {
			return nil, "", err
		}
		s, err := startServer(ctx, b.verbose, []string{"GODEBUG=asyncpreemptoff=1"}, addrs, b.floor, "-mode", mode, "-root", b.files, "-listen", addrs[0])
		if err != nil {
			return nil, "", err
		}
		return s, scheme(k) + addrs[0], nil
	}
}

func scheme(k kind) string {
	if k == secure {
		return "https://"
	}
	return "http://"
}

// prepare builds the floor and makes what the servers need.
func (b *bench) prepare(ctx context.Context) error {
	if b.edge != "" {
		if _, err := os.Stat(b.edge); err != nil {
			return fmt.Errorf("the edge: %w (build it, name it with -edge, or leave it out with -edge '')", err)
		}
	}
	var err error
	if b.cert, b.key, err = makeCert(b.dir); err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	b.script = filepath.Join(b.dir, "wrk.lua")
	if err := os.WriteFile(b.script, []byte(wrkScript), 0o644); err != nil {
		return err
	}
	built, err := exec.CommandContext(ctx, "nginx", "-V").CombinedOutput()
	if err != nil {
		return fmt.Errorf("nginx -V: %w", err)
	}
	b.zips = bytes.Contains(built, []byte("http_gzip_static_module"))
	b.static = filepath.Join(b.dir, "static")
	if err := os.Mkdir(b.static, 0o755); err != nil {
		return err
	}
	b.wanted = b.todo()
	if err := b.record(ctx); err != nil {
		return err
	}
	b.floor = filepath.Join(b.dir, "floor")
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", b.floor, "segue/bench/floor").CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("build the floor: %w", err), errors.New(string(out)))
	}
	return nil
}

// record makes the songs of the rows to be measured, and has an edge package them for nginx.
func (b *bench) record(ctx context.Context) error {
	var songs []corpus.Song
	for _, r := range b.wanted {
		for _, s := range r.songs {
			if !slices.ContainsFunc(songs, func(o corpus.Song) bool { return o.Name == s.Name }) {
				songs = append(songs, s)
			}
		}
	}
	if len(songs) == 0 {
		return nil
	}
	fmt.Println("recording songs")
	if err := corpus.WriteSongs(ctx, b.files, songLength, songs...); err != nil {
		return err
	}
	s, base, err := b.startEdge(ctx, segment)
	if err != nil {
		return err
	}
	defer s.stop()
	b.crawled = map[string]*pages{}
	for _, song := range songs {
		if b.crawled[song.Name], err = crawl(ctx, base, b.static, song); err != nil {
			return err
		}
		if err := reread(filepath.Join(b.files, song.Name)); err != nil {
			return err
		}
	}
	return reread(b.static)
}

// reread puts all files below dir into the page cache as reading them puts them there. As they were written they
// are in pieces of their writer's size, and what sends them pays by the piece.
func reread(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := f.Sync(); err != nil {
			return err
		}
		if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
			return fmt.Errorf("drop %s from the page cache: %w", name, err)
		}
		_, err = io.Copy(io.Discard, f)
		return err
	})
}
