package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

func TestImportsFollowThePolicy(t *testing.T) {
	root, module := findModule(t)
	r, err := parsePolicy(policy)
	if err != nil {
		t.Fatal(err)
	}
	sources, err := readSources(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if len(sources) < 10 {
		t.Fatalf("only %d Go files below %s", len(sources), root)
	}
	for _, bad := range r.check(module, sources) {
		t.Error(bad)
	}
}

// findModule goes up to go.mod.
func findModule(t *testing.T) (root, module string) {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil {
			m := regexp.MustCompile(`(?m)^module (\S+)`).FindSubmatch(data)
			if m == nil {
				t.Fatalf("no module in %s/go.mod", dir)
			}
			return dir, string(m[1])
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above")
		}
		dir = filepath.Dir(dir)
	}
}

// readSources reads the imports of all Go files, whatever their build tags. It
// leaves out what is no part of the module: hidden folders, node_modules, vendor,
// modules of their own, and testdata, but for that at the root.
func readSources(fsys fs.FS) ([]source, error) {
	var sources []source
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if d.IsDir() && name != "." {
			_, nested := fs.Stat(fsys, name+"/go.mod")
			if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "node_modules" || base == "vendor" ||
				base == "testdata" && name != "testdata" || nested == nil {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly)
		if err != nil {
			return err
		}
		s := source{file: name}
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, imp)
		}
		sources = append(sources, s)
		return nil
	})
	return sources, err
}

func TestReadSources(t *testing.T) {
	file := func(imports string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("package x\nimport (\n" + imports + "\n)\n")}
	}
	sources, err := readSources(fstest.MapFS{
		"go.mod":                  {Data: []byte("module m\n")},
		"edge/a.go":               file(`"os"; alias "m/b"; . "m/c"; _ "m/d"`),
		"edge/a_test.go":          file("`m/raw`"),
		"edge/ignored.go":         {Data: []byte("//go:build ignore\n\npackage main\n\nimport \"m/e\"\n")},
		"edge/readme.md":          file(`"m/no"`),
		"edge/testdata/x.go":      file(`"m/no"`),
		"edge/_old/x.go":          file(`"m/no"`),
		".git/x.go":               file(`"m/no"`),
		"web/node_modules/a/x.go": file(`"m/no"`),
		"tools/go.mod":            {Data: []byte("module tools\n")},
		"tools/x.go":              file(`"m/no"`),
		"testdata/synth/x.go":     file(`"m/f"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range sources {
		got = append(got, s.file+" "+strings.Join(s.imports, " "))
	}
	want := []string{
		"edge/a.go os m/b m/c m/d", "edge/a_test.go m/raw", "edge/ignored.go m/e", "testdata/synth/x.go m/f",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The checker must be able to fail.
func TestCheck(t *testing.T) {
	r, err := parsePolicy(policy)
	if err != nil {
		t.Fatal(err)
	}
	f := func(file, imp string, broken ...string) {
		t.Helper()
		got := r.check("segue", []source{{file, []string{imp}}})
		if len(got) != len(broken) {
			t.Errorf("%s imports %s: got %q, want %d", file, imp, got, len(broken))
			return
		}
		for i, b := range broken {
			if !strings.Contains(got[i], b) {
				t.Errorf("%s imports %s: got %q, want %q", file, imp, got[i], b)
			}
		}
	}
	const good = "github.com/some/lib"
	f("edge/a.go", "net/http")
	f("edge/a.go", good)

	f("cmd/edge/main.go", "segue/edge")
	f("cmd/edge/main.go", "segue/control/billing")
	f("cmd/edge/main.go", "segue/web")
	f("cmd/edge/main.go", "segue/testdata")
	f("cmd/edge/main.go", "segue/internal/testkit", "internal/testkit/... only in tests")
	f("cmd/edge/main.go", "github.com/pion/turn/v5", "github.com/pion/... only in rtc/...")

	f("edge/a.go", "segue/edge/gate")
	f("edge/a.go", "segue/stream/hls")
	f("edge/a.go", "segue/rtc/turn")
	f("edge/a.go", "segue/signer")
	f("edge/a.go", "segue/internal/obs")
	f("edge/a.go", "segue/control", "edge/... may import")
	f("edge/a.go", "segue/control/catalog", "edge/... may import")
	f("edge/a.go", "segue/cmd/internal/serve", "edge/... may import")
	f("edge/a.go", "segue", "edge/... may import")
	f("edge/a.go", "segue/streamer", "edge/... may import")
	f("edge/a.go", "segue/web", "edge/... may import", "web/... only in cmd/...")
	f("edge/a.go", "segue/testdata/synth", "edge/... may import", "testdata/... only in")
	f("edge/a.go", "segue/internal/testkit", "internal/testkit/... only in tests")
	f("edge/wire/a.go", "segue/edge/gate")
	f("edge/gate/a.go", "segue/internal/obs", "edge/gate imports nothing")
	f("edge/gate/a.go", "segue/edge", "edge/gate imports nothing")
	f("edge/gate/a_test.go", "segue/edge/gate")
	f("edge/gate/a_test.go", "segue/internal/testkit")
	f("edge/gate/a_test.go", "segue/edge", "edge/gate imports nothing")

	f("stream/a.go", "segue/stream/cache")
	f("stream/hls/a.go", "segue/stream/container")
	f("stream/hls/a.go", "segue/signer", "stream/... may import")
	f("stream/hls/a.go", "segue/edge", "stream/... may import")
	f("stream/hls/a.go", "segue/control", "stream/... may import")
	f("stream/hls/a.go", "segue/rtc/rtmp", "stream/... may import")
	f("stream/byterange/a.go", "segue/internal/obs", "stream/byterange imports nothing")
	f("stream/hls/a_test.go", "segue/testdata/synth")
	f("stream/hls/a_test.go", "segue/signer", "stream/... may import")

	f("rtc/turn/a.go", "segue/rtc/ice")
	f("rtc/turn/a.go", "segue/stream/livehls", "rtc/... may import")
	f("rtc/whip/a.go", "segue/stream/livehls")
	f("rtc/rtmp/probe/a.go", "segue/stream/livehls")
	f("rtc/rtmp/a.go", "segue/stream/hls", "rtc/rtmp/... may import")

	f("signer/a.go", "segue/internal/clock", "signer/... imports nothing")
	f("signer/a_test.go", "segue/internal/testkit")

	f("control/a.go", "segue/internal/clock", "control imports nothing")
	f("control/a.go", "segue/control/db", "control imports nothing")
	f("control/billing/a.go", "segue/control")
	f("control/billing/a.go", "segue/control/httpapi")
	f("control/billing/a.go", "segue/control/billing/hyperswitch")
	f("control/billing/hyperswitch/a.go", "segue/control/billing")
	f("control/billing/a.go", "segue/control/accounts", "control/*/... may import")
	f("control/billing/hyperswitch/a.go", "segue/control/accounts", "control/*/... may import")
	f("control/billing/a_test.go", "segue/control/accounts", "control/*/... may import")
	f("control/billing/a.go", "segue/stream/container", "control/*/... may import")
	f("control/billing/a.go", "segue/edge", "control/*/... may import")
	f("control/catalog/a.go", "segue/stream/container/mp4")
	f("control/catalog/a.go", "segue/stream/origin")
	f("control/catalog/a.go", "segue/stream/hls", "control/catalog/... may import")
	f("control/catalog/a.go", "segue/control/billing", "control/catalog/... may import")
	f("control/db/a.go", "segue/control")
	f("control/db/a.go", "segue/control/db/migrations")
	f("control/db/a.go", "segue/control/billing", "control/db/... may import")
	f("control/httpapi/a.go", "segue/control/db", "control/httpapi/... may import")

	f("internal/obs/a.go", "segue/internal/clock")
	f("internal/obs/a.go", "segue/signer", "internal/... may import")
	f("internal/testkit/a.go", "segue/internal/testkit/pg")
	f("web/embed.go", "segue/internal/obs", "web/... imports nothing")
	f("helpers/a.go", "os", "no line of the policy is about package helpers")
	f("a.go", "os", "no line of the policy is about package .")

	f("edge/a.go", "github.com/valyala/fasthttp")
	f("bench/run/a.go", "github.com/valyala/fasthttp/fasthttputil")
	f("stream/hls/a.go", "github.com/valyala/fasthttp", "fasthttp/... only in")
	f("stream/hls/a_test.go", "github.com/valyala/fasthttp", "fasthttp/... only in")
	f("control/httpapi/a.go", "github.com/valyala/fasthttp", "fasthttp/... only in")
	f("stream/origin/s3.go", "github.com/minio/minio-go/v7")
	f("stream/cache/a.go", "github.com/minio/minio-go/v7", "github.com/minio/... only in")
	f("signer/a.go", "github.com/minio/minio-go/v7/pkg/signer", "github.com/minio/... only in")
	f("rtc/turn/a.go", "github.com/pion/turn/v5")
	f("edge/a.go", "github.com/pion/stun/v3", "github.com/pion/... only in")
	f("stream/library/a.go", "github.com/dhowden/tag")
	f("control/catalog/a.go", "github.com/dhowden/tag", "dhowden/tag only in")
	f("control/db/a.go", "github.com/jackc/pgx/v5/stdlib")
	f("control/billing/store.go", "github.com/jackc/pgx/v5", "github.com/jackc/... only in")
	f("control/billing/store.go", "modernc.org/sqlite", "modernc.org/sqlite/... only in")
	f("control/billing/store.go", "github.com/uptrace/bun")
	f("control/billing/store.go", "github.com/uptrace/bun/dialect/pgdialect", "bun/dialect/... only in")
	f("stream/cache/metrics.go", "github.com/prometheus/client_golang/prometheus")
	f("edge/admin.go", "github.com/prometheus/client_golang/prometheus/promhttp")
	f("internal/obs/registry.go", "github.com/prometheus/client_golang/prometheus")
	f("cmd/edge/main.go", "github.com/prometheus/client_golang/prometheus")
	f("stream/cache/cache_test.go", "github.com/prometheus/client_golang/prometheus/testutil")
	f("stream/cache/cache.go", "github.com/prometheus/client_golang/prometheus", "github.com/prometheus/... only in")
	f("stream/cache/admin.go", "github.com/prometheus/client_golang/prometheus", "github.com/prometheus/... only in")
}

func TestCheckListsEveryBadImport(t *testing.T) {
	r, err := parsePolicy(policy)
	if err != nil {
		t.Fatal(err)
	}
	got := r.check("segue", []source{
		{"stream/a.go", []string{"segue/signer", "os", "segue/edge", "github.com/pion/rtp"}},
		{"stream/b.go", []string{"segue/signer"}},
		{"misc/a.go", []string{"segue/signer"}},
		{"misc/b.go", []string{"segue/signer"}},
	})
	if len(got) != 5 {
		t.Errorf("%d are told, want 5: %q", len(got), got)
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	for _, policy := range []string{
		"edge may know stream",
		"edge",
		"edge, stream may import signer",
		"edge may import signer\nedge imports nothing",
	} {
		if _, err := parsePolicy(policy); err == nil {
			t.Errorf("%q is taken", policy)
		}
	}
}
