package conf

import (
	"errors"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestLaterSourcesWin(t *testing.T) {
	f := func(want string, yaml string, settings ...string) {
		t.Helper()
		c := testDefaults()
		if err := Load(&c, source(t, yaml, settings...)); err != nil {
			t.Error(err)
		}
		if c.Listen != want {
			t.Errorf("%q with %q: listen = %q, want %q", yaml, settings, c.Listen, want)
		}
	}
	f(":8080", "")
	f(":8080", "# nothing\n")
	f(":8080", "---\n...\n")
	f(":1", "listen: :1")
	f(":2", "listen: :1", "SEGUE_LISTEN=:2")
	f(":3", "listen: :1", "SEGUE_LISTEN=:2", "--listen=:3")
	f(":3", "listen: :1", "--listen=:3")
	f(":1", "listen: :1", "SEGUE_LISTEN=") // an empty variable is none
	f(":1", "listen: :1", "SEGUE_OTHER=x", "OTHER=y")
	f("8080", "listen: 8080")
	f("1.10", "listen: 1.10")
	f("true", `listen: "true"`)
	f(":1", "listen: &a :1\npeers: [*a]\n")
}

func TestEveryTypeIsReadFromEverySource(t *testing.T) {
	want := testDefaults()
	want.Page = false
	want.Workers = -3
	want.Quota = 1 << 40
	want.Small = 127
	want.Ratio = 1
	want.Peers = []string{"x", "y"}
	want.Nets = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fc00::/7")}
	want.Ages = map[string]time.Duration{"raw": 168 * time.Hour, "image": 90 * time.Second, "new": 0}
	want.Limits.Header = 1 << 20
	want.Limits.Timeout = 1500 * time.Millisecond
	want.Limits.Slow.Idle = 90 * time.Minute

	f := func(name, yaml string, settings ...string) {
		t.Helper()
		defaults := testDefaults()
		c := defaults
		if err := Load(&c, source(t, yaml, settings...)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(c, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, c, want)
		}
		if !reflect.DeepEqual(defaults, testDefaults()) {
			t.Errorf("%s: the defaults have changed with the settings: %+v", name, defaults)
		}
	}
	f("file", `
page: false
workers: -3
quota: 1099511627776
small: 127
ratio: 1
peers: [x, y]
nets:
  - 10.0.0.0/8
  - fc00::/7
ages:
  raw: 168h
  new: 0s
limits:
  header: 1MB
  timeout: 1.5s
  slow: {idle-time: 1h30m}
`)
	f("environment", "", "SEGUE_PAGE=false", "SEGUE_WORKERS=-3", "SEGUE_QUOTA=1099511627776", "SEGUE_SMALL=127",
		"SEGUE_RATIO=1", "SEGUE_PEERS=x, y,", "SEGUE_NETS=10.0.0.0/8,fc00::/7", "SEGUE_AGES=raw=168h, new = 0s",
		"SEGUE_LIMITS_HEADER=1MB", "SEGUE_TIMEOUT=1.5s", "SEGUE_LIMITS_SLOW_IDLE_TIME=1h30m")
	f("flags", "", "--page=0", "--workers=-3", "--quota=1099511627776", "--small=127", "--ratio=1", "--peers=x,y",
		"--nets=10.0.0.0/8,fc00::/7", "--ages=raw=168h,new=0s", "--limits.header=1024KiB",
		"--limits.timeout=1.5s", "--limits.slow.idle-time=1h30m")
}

func TestListsMayBeEmptied(t *testing.T) {
	for _, src := range []Source{source(t, "peers: []"), source(t, "", "--peers=")} {
		c := testDefaults()
		if err := Load(&c, src); err != nil || len(c.Peers) != 0 {
			t.Errorf("peers = %q, %v", c.Peers, err)
		}
	}
	// Nothing becomes neither nil nor something.
	for _, before := range [][]string{nil, {}} {
		c := testDefaults()
		c.Peers = before
		if err := Load(&c, source(t, "peers: []\n")); err != nil || !reflect.DeepEqual(c.Peers, before) {
			t.Errorf("peers = %#v, %v, want %#v", c.Peers, err, before)
		}
	}
}

func TestWithoutPrefixOnlyNamedVariablesAreRead(t *testing.T) {
	src := source(t, "", "LISTEN=:1", "SEGUE_TIMEOUT=7s")
	src.Prefix = ""
	c := testDefaults()
	if err := Load(&c, src); err != nil || c.Listen != ":8080" || c.Limits.Timeout != 7*time.Second {
		t.Errorf("listen = %s, timeout = %s, %v", c.Listen, c.Limits.Timeout, err)
	}
}

func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		name = filepath.Join(dir, name)
		write(t, name, text)
		return name
	}
	one := file("one", "from one\n")
	two := file("two", "from two\r\n")
	list := file("list", "k1\r\n\nk2\n")

	f := func(key string, ring []string, yaml string, settings ...string) {
		t.Helper()
		c := testDefaults()
		if err := Load(&c, source(t, yaml, settings...)); err != nil {
			t.Error(err)
		}
		if c.Token.Key != key || !reflect.DeepEqual(c.Token.Ring, ring) {
			t.Errorf("%q with %q: key = %q, ring = %q, want %q, %q", yaml, settings, c.Token.Key, c.Token.Ring, key, ring)
		}
	}
	f("", nil, "")
	f("k", nil, "", "SEGUE_TOKEN_KEY=k")
	f("k", nil, "", "CDN_SECURITY_KEY=k")
	f("k", nil, "", "CDN_SECURITY_KEY=k", "SEGUE_TOKEN_KEY=k")
	f("from one", nil, "token: {key_file: "+one+"}")
	f("from two", nil, "token: {key_file: "+one+"}", "SEGUE_TOKEN_KEY_FILE="+two)
	f("from two", nil, "", "CDN_SECURITY_KEY_FILE="+two)
	f("k", nil, "token: {key_file: "+one+"}", "SEGUE_TOKEN_KEY=k")
	f("k", nil, "token: {key_file: /nowhere}", "SEGUE_TOKEN_KEY=k")
	f("from two", nil, "", "SEGUE_TOKEN_KEY=k", "--token.key_file="+two)
	f("", []string{"k1", "k2"}, "token: {ring_file: "+list+"}")
	f("", []string{"k1", "k2"}, "", "SEGUE_TOKEN_RING=k1,k2")
	f("", nil, "token: {key_file: ''}")
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	src := source(t, "listen: [a]\nworkers: many\nlimits:\n  heder: 1\n  header: 10\n",
		"SEGUE_PAGE=maybe", "--quota=1.5", "--nothing=1")
	c := testDefaults()
	err := Load(&c, src)
	want := `edge.yaml:1: listen: must be a single value, not a list
edge.yaml:2: workers: "many": must be a whole number
edge.yaml:4: unknown key limits.heder; did you mean limits.header?
SEGUE_PAGE: page: "maybe": must be true or false
--nothing: unknown setting nothing
--quota: "1.5": must be a whole number
edge.yaml:5: limits.header: 10: must be 1KB or more`
	if got := messages(err, src); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	var one *Error
	if !errors.As(err, &one) || one.Key != "listen" {
		t.Errorf("no *Error in %v", err)
	}
}

func TestValidateIsPlaced(t *testing.T) {
	f := func(want, yaml string, settings ...string) {
		t.Helper()
		c := testDefaults()
		src := source(t, yaml, settings...)
		if got := messages(Load(&c, src), src); got != want {
			t.Errorf("%q with %q:\ngot:\n%s\nwant:\n%s", yaml, settings, got, want)
		}
	}
	f("edge.yaml:2: limits.timeout: must be more than 0", "limits:\n  timeout: 0s")
	f("SEGUE_TIMEOUT: limits.timeout: must be more than 0", "", "SEGUE_TIMEOUT=0s")
	f("--limits.header: 1: must be 1KB or more", "", "--limits.header=1")
	f("edge.yaml:1: listen: nothing to listen on", "listen: ''")
	f("so many workers cannot have such a quota", "workers: 101\nquota: 101")
	// A bad text is one mistake, not two.
	c := testDefaults()
	c.Limits.Timeout = 0
	src := source(t, "limits:\n  timeout: soon")
	want := `edge.yaml:2: limits.timeout: "soon": must be a time with its unit, such as 500ms, 30s, 5m or 1h30m`
	if got := messages(Load(&c, src), src); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	// Of defaults there is no place to tell.
	c = testDefaults()
	c.Listen = ""
	err := Load(&c, Source{})
	if !errors.Is(err, errNoListener) || err.Error() != "listen: nothing to listen on" {
		t.Errorf("got %v", err)
	}
}

func TestAnUnreadableFileIsTheOnlyMistake(t *testing.T) {
	c := testDefaults()
	c.Listen = ""
	src := Source{File: filepath.Join(t.TempDir(), "edge.yaml")}
	err := Load(&c, src)
	if got, want := messages(err, src), "edge.yaml: no such file or directory"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := Load(&c, source(t, "listen: [")); err == nil || strings.Contains(err.Error(), "nothing to listen on") {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreNeverInMessages(t *testing.T) {
	file := filepath.Join(t.TempDir(), "empty")
	write(t, file, "\n")
	f := func(want, yaml string, settings ...string) {
		t.Helper()
		c := testDefaults()
		src := source(t, yaml, settings...)
		err := Load(&c, src)
		got := strings.ReplaceAll(messages(err, src), file, "FILE")
		if got != want {
			t.Errorf("%q with %q:\ngot:\n%s\nwant:\n%s", yaml, settings, got, want)
		}
		if strings.Contains(got, "hush") {
			t.Errorf("the secret is told: %s", got)
		}
	}
	f("edge.yaml:2: token.key: is a secret and does not belong in this file; write it to a file named in token.key_file, or to SEGUE_TOKEN_KEY",
		"token:\n  key: hush")
	f("edge.yaml:1: token.own: is a secret and does not belong in this file; write it to a file and name that in token.own_file",
		"token: {own: hush}")
	f("--token.key: is a secret, and a command line can be read by others; write it to a file named in token.key_file, or to SEGUE_TOKEN_KEY",
		"", "--token.key=hush")
	f("CDN_SECURITY_KEY: token.key: SEGUE_TOKEN_KEY is set too, to another value; leave one",
		"", "SEGUE_TOKEN_KEY=hush", "CDN_SECURITY_KEY=hush2")
	f("SEGUE_TOKEN_KEY_FILE: token.key_file: SEGUE_TOKEN_KEY is set too; leave one",
		"", "SEGUE_TOKEN_KEY=hush", "SEGUE_TOKEN_KEY_FILE="+file)
	f(`edge.yaml:1: token.key_file: "FILE" is empty; it should hold token.key`, "token: {key_file: "+file+"}")
	f(`edge.yaml:1: token.key_file: "/nowhere/x": no such file or directory`, "token: {key_file: /nowhere/x}")
}

func TestBugsInTagsPanic(t *testing.T) {
	f := func(want string, v any) {
		t.Helper()
		defer func() {
			if got, _ := recover().(string); !strings.HasPrefix(got, "BUG: conf: ") || !strings.Contains(got, want) {
				t.Errorf("%T: panic %q, want BUG: conf: ... %q", v, got, want)
			}
		}()
		Fields(v, "SEGUE_")
	}
	f("needs a tag conf", struct{ A string }{})
	f("needs a tag conf", struct {
		A string `conf:"a.b" doc:"x"`
	}{})
	f("needs a tag doc", struct {
		A string `conf:"a"`
	}{})
	f("a second", struct {
		A string `conf:"a" doc:"x"`
		B string `conf:"a" doc:"x"`
	}{})
	f("cannot be of type", struct {
		A *int `conf:"a" doc:"x"`
	}{})
	f("cannot be of type", struct {
		A [][]string `conf:"a" doc:"x"`
	}{})
	f("cannot be of type", struct {
		A map[string][]string `conf:"a" doc:"x"`
	}{})
	f("cannot be of type", struct {
		A int `conf:"a" doc:"x" secret:"true"`
	}{})
	f("share the variable SEGUE_A_B", struct {
		A string `conf:"a_b" doc:"x"`
		B struct {
			B string `conf:"b" doc:"x"`
		} `conf:"a"`
	}{})
	f("no struct", 1)
	defer func() {
		if recover() == nil {
			t.Error("Load into a struct, not a pointer: no panic")
		}
	}()
	Load(testDefaults(), Source{})
}

func TestFields(t *testing.T) {
	c := testDefaults()
	c.Token.Key = "hush"
	got := map[string]Field{}
	for _, f := range Fields(c, "SEGUE_") {
		got[f.Key] = f
	}
	f := func(want Field) {
		t.Helper()
		if !reflect.DeepEqual(got[want.Key], want) {
			t.Errorf("got %+v, want %+v", got[want.Key], want)
		}
	}
	if len(got) != 18 {
		t.Errorf("%d fields, want 18", len(got))
	}
	f(Field{Key: "listen", Env: "SEGUE_LISTEN", Type: "string", Default: ":8080", Doc: "address of the public listener"})
	f(Field{Key: "small", Env: "SEGUE_SMALL", Type: "integer", Default: "0", Doc: "a small number"})
	f(Field{Key: "ratio", Env: "SEGUE_RATIO", Type: "number", Default: "0.25", Doc: "share of requests that are traced"})
	f(Field{Key: "peers", Env: "SEGUE_PEERS", Type: "list of string", Default: "a.example,b: #x", Doc: "other edges"})
	f(Field{Key: "nets", Env: "SEGUE_NETS", Type: "list of text", Default: "::1/128", Doc: "networks that are trusted"})
	f(Field{Key: "ages", Env: "SEGUE_AGES", Type: "map of duration", Default: "image=1m30s,raw=1h", Doc: "how long each kind is kept"})
	f(Field{Key: "limits.header", Env: "SEGUE_LIMITS_HEADER", Type: "size", Default: "64KB", Doc: "longest request head"})
	f(Field{Key: "limits.timeout", Env: "SEGUE_TIMEOUT", Type: "duration", Default: "10s", Doc: "time for a request head"})
	f(Field{Key: "token.key", Env: "SEGUE_TOKEN_KEY", Aliases: []string{"CDN_SECURITY_KEY"}, Type: "string", Doc: "signs URLs", Secret: true})
	f(Field{Key: "token.key_file", Env: "SEGUE_TOKEN_KEY_FILE", Aliases: []string{"CDN_SECURITY_KEY_FILE"}, Type: "string", Doc: "file that holds the secret key: signs URLs"})
	f(Field{Key: "token.own", Type: "string", Doc: "has a file setting of its own", Secret: true})
}
