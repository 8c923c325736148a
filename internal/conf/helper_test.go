package conf

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testConfig has a field of every type.
type testConfig struct {
	Listen  string                   `conf:"listen" doc:"address of the public listener"`
	Page    bool                     `conf:"page" doc:"serve the page"`
	Workers int                      `conf:"workers" doc:"how many work at once; 0 takes one for each processor, and this sentence is long enough to be broken in two"`
	Quota   int64                    `conf:"quota" doc:"uploads a day"`
	Small   int8                     `conf:"small" doc:"a small number"`
	Ratio   float64                  `conf:"ratio" doc:"share of requests that are traced"`
	Peers   []string                 `conf:"peers" doc:"other edges"`
	Nets    []netip.Prefix           `conf:"nets" doc:"networks that are trusted"`
	Ages    map[string]time.Duration `conf:"ages" doc:"how long each kind is kept"`
	Limits  limitsConfig             `conf:"limits" doc:"what one client may take"`
	Token   tokenConfig              `conf:"token"`
	Left    func()                   `conf:"-"`
	hidden  int
}

type limitsConfig struct {
	Header  Size          `conf:"header" doc:"longest request head"`
	Timeout time.Duration `conf:"timeout" env:"SEGUE_TIMEOUT" doc:"time for a request head"`
	Slow    slowConfig    `conf:"slow"`
}

type slowConfig struct {
	Idle time.Duration `conf:"idle-time" doc:"wait for the next request"`
}

type tokenConfig struct {
	Key  string   `conf:"key" env:"SEGUE_TOKEN_KEY,CDN_SECURITY_KEY" secret:"true" doc:"signs URLs"`
	Ring []string `conf:"ring" secret:"true" doc:"older keys"`
	Own  string   `conf:"own" secret:"true" env:"-" doc:"has a file setting of its own"`
	File string   `conf:"own_file" doc:"names the file of own; the component reads it"`
}

func (l limitsConfig) Validate() error {
	var errs []error
	if l.Header < 1024 {
		errs = append(errs, fmt.Errorf("header: %v: must be 1KB or more", l.Header))
	}
	if l.Timeout <= 0 {
		errs = append(errs, fmt.Errorf("timeout: must be more than 0"))
	}
	return errors.Join(errs...)
}

var errNoListener = errors.New("nothing to listen on")

func (c *testConfig) Validate() error {
	if c.Listen == "" {
		return fmt.Errorf("listen: %w", errNoListener)
	}
	if c.Workers > 100 && c.Quota > 100 {
		return errors.New("so many workers cannot have such a quota")
	}
	return nil
}

func testDefaults() testConfig {
	return testConfig{
		Listen: ":8080", Page: true, Workers: 4, Quota: 10, Ratio: 0.25,
		Peers:  []string{"a.example", "b: #x"},
		Nets:   []netip.Prefix{netip.MustParsePrefix("::1/128")},
		Ages:   map[string]time.Duration{"raw": time.Hour, "image": 90 * time.Second},
		Limits: limitsConfig{Header: 64 << 10, Timeout: 10 * time.Second, Slow: slowConfig{time.Minute}},
	}
}

// source makes a Source of a file's text and of variables and flags, "name=text".
func source(t *testing.T, yaml string, settings ...string) Source {
	t.Helper()
	src := Source{Prefix: "SEGUE_", Flags: map[string]string{}}
	if yaml != "" {
		src.File = filepath.Join(t.TempDir(), "edge.yaml")
		write(t, src.File, yaml)
	}
	vars := map[string]string{}
	for _, s := range settings {
		name, text, _ := strings.Cut(s, "=")
		if flag, ok := strings.CutPrefix(name, "--"); ok {
			src.Flags[flag] = text
		} else {
			vars[name] = text
		}
	}
	src.Env = func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
	return src
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// messages are the lines of an error, without the folder of the file.
func messages(err error, src Source) string {
	if err == nil {
		return ""
	}
	return strings.ReplaceAll(err.Error(), filepath.Dir(src.File)+"/", "")
}
