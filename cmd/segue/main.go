// Command segue is everything in one process on defaults that need nothing else:
// what a newcomer runs first.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"segue/cmd/internal/serve"
	"segue/edge"
	"segue/testdata"
	"segue/web"
)

type cli struct {
	Dir     string           `arg:"" optional:"" type:"existingdir" help:"Folder of music to serve (default: three pieces of our own)."`
	Listen  string           `help:"Address of the page and the music; when the default is taken, a free port is used instead." placeholder:"HOST:PORT"`
	Admin   string           `help:"Address of /metrics and the like." placeholder:"HOST:PORT"`
	Log     string           `help:"Least level of log lines: debug, info, warn or error." placeholder:"LEVEL"`
	Version kong.VersionFlag `help:"Print the version."`
}

const usualAddress = "127.0.0.1:8080"

func main() {
	var c cli
	kong.Parse(&c, kong.Name("segue"), kong.Vars{"version": "segue " + serve.Version},
		kong.Description("Serves a folder of music with a page to play it. Every other setting is read from SEGUE_… variables."))
	if err := c.run(); err != nil {
		serve.Fatal("segue", err)
	}
}

func (c *cli) run() error {
	defaults := edge.Defaults()
	defaults.Log.Level = "warn"
	flags := map[string]string{}
	for key, value := range map[string]string{"admin": c.Admin, "log.level": c.Log, "listen": c.Listen, "root": c.Dir} {
		if value != "" {
			flags[key] = value
		}
	}
	var ln *net.TCPListener
	if c.Listen == "" && os.Getenv("SEGUE_LISTEN") == "" {
		var err error
		if ln, err = bind(); err != nil {
			return err
		}
		defaults.Listen = ln.Addr().String()
	}
	if c.Dir == "" && os.Getenv("SEGUE_ROOT") == "" {
		dir, err := unpackDemo()
		if err != nil {
			return err
		}
		defaults.Root, defaults.Name = dir, "Demo music"
	}
	if os.Getenv("SEGUE_SIGNING_KEYS") == "" && os.Getenv("SEGUE_SIGNING_KEYS_FILE") == "" {
		file, err := ownKeys()
		if err != nil {
			return err
		}
		defaults.Access.SigningKeysFile = file
	}
	if dir, err := home(os.UserCacheDir, "hls"); err == nil { // else nothing outlives the process
		defaults.CacheDir = dir
	}
	load := func() (edge.Config, error) { return serve.Load(defaults, "", flags) }
	cfg, err := load()
	if err != nil {
		return err
	}
	return serve.Run(context.Background(), serve.Process{
		Config: cfg, Load: load, Pages: web.Pages(), Log: os.Stderr, Listener: ln,
		Started: func(public, _, admin net.Addr) { welcome(cfg.Root, public, admin) },
	})
}

// welcome tells a person where to look.
func welcome(root string, public, admin net.Addr) {
	fmt.Printf("\n  Segue %s plays %s\n\n", serve.Version, root)
	fmt.Printf("  Open      http://%s/\n", public)
	if admin != nil {
		fmt.Printf("  Metrics   http://%s/metrics\n", admin)
	}
	fmt.Printf("  Stop      Ctrl-C\n\n")
}

// bind listens on the usual address, or on a free port beside it.
func bind() (*net.TCPListener, error) {
	ln, err := net.Listen("tcp", usualAddress)
	if errors.Is(err, syscall.EADDRINUSE) {
		ln, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, err
	}
	return ln.(*net.TCPListener), nil
}

// home is the folder below base for what segue keeps, made if need be.
func home(base func() (string, error), name string) (string, error) {
	dir, err := base()
	if err != nil {
		dir = filepath.Join(os.TempDir(), fmt.Sprintf("segue-%d", os.Getuid()))
	}
	dir = filepath.Join(dir, "segue", name)
	return dir, os.MkdirAll(dir, 0o700)
}

// unpackDemo puts the music that the binary carries into a folder.
func unpackDemo() (string, error) {
	dir, err := home(os.UserCacheDir, "demo")
	if err != nil {
		return "", fmt.Errorf("unpack the demo music: %w", err)
	}
	files, err := testdata.Music.ReadDir("music")
	if err != nil {
		return "", err
	}
	for _, f := range files {
		b, err := testdata.Music.ReadFile("music/" + f.Name())
		if err != nil {
			return "", err
		}
		if err := writeOnce(filepath.Join(dir, f.Name()), b, 0o644); err != nil {
			return "", fmt.Errorf("unpack the demo music: %w", err)
		}
	}
	return dir, nil
}

// writeOnce writes a file whole, by rename, unless it is there already.
func writeOnce(name string, b []byte, mode os.FileMode) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, b) {
		return nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(b)
	if err := errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
