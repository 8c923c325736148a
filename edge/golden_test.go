package edge

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"segue/internal/conf"
	"segue/stream/hls"
	"segue/stream/origin"
)

// golden compares with a file of the repository, or rewrites it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("..", name)
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs from the code; run: go test ./edge -update\n--- want\n%s\n--- got\n%s", name, want, got)
	}
}

func TestRoutesAreDocumented(t *testing.T) {
	var b bytes.Buffer
	if err := PrintRoutes(&b); err != nil {
		t.Fatal(err)
	}
	golden(t, "docs/routes.txt", b.Bytes())
}

func TestEveryPathHasItsRoute(t *testing.T) {
	f := func(path, want string) {
		t.Helper()
		if got := routes[match(routes[:], []byte(path))].name; got != want {
			t.Errorf("match(%q) = %s, want %s", path, got, want)
		}
	}
	f("/", "page")
	f("/a.flac", "file")
	f("/api", "file")
	f("/apix/y", "file")
	f("/api/v1/folder", "folder")
	f("/api/v1/folder/", "reserved")
	f("/api/v2", "reserved")
	f("/.segue/assets/a.js", "asset")
	f("/.seguex", "file")
	f("/rtc", "reserved")
	f("/rtcx", "file")
	f("/rtc/x", "reserved")
	f("/live/x/y", "reserved")
	f("/whep/x", "reserved")
	f("/whip/x", "reserved")
	f("/wave.flac", "file")
	for i := range routeCount {
		if routeName(i) == "" {
			t.Errorf("label %d has no name", i)
		}
	}
}

func TestExampleConfigurationIsTheDefaults(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("# The settings of an edge, every one of them, at its default.\n" +
		"# Later ones win: defaults, this file (--config), SEGUE_… variables, flags.\n" +
		"# Those marked (reload) are taken over at SIGHUP, and within a second or two of this file's change.\n\n")
	if err := conf.Example(&b, Defaults()); err != nil {
		t.Fatal(err)
	}
	golden(t, "configs/edge.yaml", b.Bytes())
	var got Config
	if err := conf.Load(&got, conf.Source{File: "../configs/edge.yaml"}); err != nil {
		t.Fatal(err)
	}
	if want := Defaults(); !reflect.DeepEqual(got, want) {
		t.Errorf("the example over nothing gives\n%+v\nwant\n%+v", got, want)
	}
}

func TestConfigurationIsDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Configuration of the edge

Later sources win: defaults, a YAML file (` + "`--config FILE`" + `), environment variables, flags.
Any key can be given as ` + "`--set KEY=VALUE`" + `; some have a flag of their own (` + "`bin/edge serve --help`" + `).
` + "`bin/edge check-config`" + ` prints what is in effect, with secrets hidden, and fails on unknown keys and on values that cannot be.

Durations have a unit (` + "`30s`, `5m`, `168h`" + `), sizes are in bytes or in KB, MB, GB of 1024. In variables and flags lists are separated by commas.
Secrets never stand in the file. Keys marked (reload) are taken over on SIGHUP and within a second or two of the file's change; the others take a restart, and the log says which.
The complete file, commented, is [configs/edge.yaml](../configs/edge.yaml).

| key | default | variable | what it does |
|---|---|---|---|
`)
	for _, f := range conf.Fields(Defaults(), "SEGUE_") {
		def := f.Default
		if def == "" || f.Secret {
			def = "(empty)"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | `%s` | %s |\n", f.Key, def, f.Env, f.Doc)
	}
	golden(t, "docs/configuration.md", []byte(b.String()))
}

func TestMetricsAreDocumentedAndWellNamed(t *testing.T) {
	m := newMetrics(func() int { return 1 }, func() origin.Stats { return origin.Stats{} }, testStore(t))
	m.record(1, 0, 200, 10, 1, false)
	reg := prometheus.NewPedanticRegistry()
	if err := reg.Register(m); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	var lines []string
	for _, f := range families {
		labels := map[string]map[string]bool{}
		for _, v := range f.GetMetric() {
			for _, l := range v.GetLabel() {
				if labels[l.GetName()] == nil {
					labels[l.GetName()] = map[string]bool{}
				}
				labels[l.GetName()][l.GetValue()] = true
			}
		}
		line := fmt.Sprintf("%s  %s\n    %s\n", f.GetName(), strings.ToLower(f.GetType().String()), f.GetHelp())
		var names []string
		for name := range labels {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			var values []string
			for v := range labels[name] {
				values = append(values, v)
			}
			sort.Strings(values)
			line += fmt.Sprintf("    %s: %s\n", name, strings.Join(values, ", "))
		}
		lines = append(lines, line)
	}
	sort.Strings(lines)
	golden(t, "docs/metrics.txt", []byte(strings.Join(lines, "\n")))
}

func TestMetricsMayNotBeRegisteredTwice(t *testing.T) {
	m := newMetrics(func() int { return 1 }, func() origin.Stats { return origin.Stats{} }, testStore(t))
	reg := prometheus.NewPedanticRegistry()
	if err := reg.Register(m); err != nil {
		t.Fatal(err)
	}
	if reg.Register(newMetrics(nil, nil, nil)) == nil {
		t.Fatal("registered twice")
	}
}

// One file for each mistake, with what is said of it.
func TestBadConfigurations(t *testing.T) {
	files, err := filepath.Glob("../configs/bad/*.bad.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(b), "\n")
		want, ok := strings.CutPrefix(first, "# error: ")
		if !ok {
			t.Errorf("%s: its first line must say the error: # error: …", f)
			continue
		}
		cfg := Defaults()
		err = conf.Load(&cfg, conf.Source{File: f})
		if err == nil {
			err = Check(cfg)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", filepath.Base(f), err, want)
		}
	}
}

func testStore(t *testing.T) *hls.Store {
	t.Helper()
	s, err := hls.NewStore(hls.StoreConfig{Memory: 1 << 20, Dir: t.TempDir(), Disk: 1 << 20, Wait: time.Second, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}
