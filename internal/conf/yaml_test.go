package conf

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		write(t, name, string(got))
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update and read the change. Got:\n%s", name, got)
	}
}

// One file per mistake, with what is said of it.
func TestBadFiles(t *testing.T) {
	want := map[string]string{
		"alias_loop":       `2: unknown key limits.slow.slow; did you mean limits.slow?`,
		"bool_text":        `1: page: "yes": must be true or false`,
		"bool_as_text":     `1: listen: "true": must not be true or false; a text that reads so needs quotes`,
		"complex_key":      `1: a list cannot be a key`,
		"custom_tag":       `1: listen: has the tag !env, which settings do not know`,
		"duplicate":        `3: listen: is there already, on line 1`,
		"duplicate_group":  `3: limits: is there already, on line 1`,
		"duplicate_in_map": `3: ages.raw: is there already, on line 2`,
		"duration_no_unit": `2: limits.timeout: "30": must be a time with its unit, such as 500ms, 30s, 5m or 1h30m`,
		"element":          `1: nets: element 2: "nowhere": netip.ParsePrefix("nowhere"): no '/'`,
		"group_as_value":   `1: limits: is a group of settings (limits.header, limits.timeout, limits.slow), not a single value`,
		"int_range":        `1: small: "300": must be a whole number of at most 8 bits`,
		"list_as_value":    `1: peers: must be a list, such as [a, b], not a single value`,
		"list_of_lists":    `1: peers: element 1: must be a single value, not a list`,
		"long_value":       `1: workers: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...": must be a whole number`,
		"map_as_list":      `1: ages: must be a mapping of name: value, not a list`,
		"map_value":        `2: ages.raw: "1 week": must be a time with its unit, such as 500ms, 30s, 5m or 1h30m`,
		"merge":            `2: limits: merging (<<) is not supported; write the keys out`,
		"no_value":         `1: listen: has no value; give one, or take the key out`,
		"not_a_mapping":    `1: a list, where the settings should begin as key: value`,
		"not_a_number":     `1: ratio: ".nan": must be a number, such as 0.5`,
		"only_a_word":      `1: a single value, where the settings should begin as key: value`,
		"size":             `2: limits.header: "1.5MB": must be a size in bytes or with a unit, such as 4096, 64KB, 10MB or 1GB`,
		"syntax":           `2: not YAML: mapping values are not allowed in this context`,
		"tab":              `2: a tab in the indentation; YAML takes only spaces`,
		"two_documents":    `2: a second document begins; settings are one`,
		"unclosed":         `1: not YAML: did not find expected ',' or ']'`,
		"unknown":          `1: unknown key zzz`,
		"unknown_case":     `1: unknown key Listen; did you mean listen?`,
		"unknown_far":      `1: unknown key header; did you mean limits.header?`,
		"unknown_near":     `2: unknown key limits.heder; did you mean limits.header?`,
	}
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) != len(want) {
		t.Errorf("%d files, want %d (%v)", len(files), len(want), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".bad.yaml")
		c := testDefaults()
		err := Load(&c, Source{File: file})
		if err == nil || err.Error() != file+":"+want[name] {
			t.Errorf("got  %v\nwant %s:%s", err, file, want[name])
		}
	}
}

func TestGroupWithoutSettingsIsNoMistake(t *testing.T) {
	c := testDefaults()
	if err := Load(&c, source(t, "limits:\n  # header: 1KB\ntoken: {}\n")); err != nil {
		t.Error(err)
	}
	if !reflect.DeepEqual(c, testDefaults()) {
		t.Errorf("got %+v", c)
	}
}

func TestExampleEqualsDefaults(t *testing.T) {
	var b bytes.Buffer
	if err := Example(&b, testDefaults()); err != nil {
		t.Fatal(err)
	}
	golden(t, "example.yaml", b.Bytes())

	// Over nothing, so that every key must be there.
	var c testConfig
	if err := Load(&c, Source{File: "testdata/example.yaml"}); err != nil {
		t.Error(err)
	}
	if !reflect.DeepEqual(c, testDefaults()) {
		t.Errorf("got  %+v\nwant %+v", c, testDefaults())
	}
	for _, f := range Fields(testDefaults(), "SEGUE_") {
		last := f.Key[strings.LastIndexByte(f.Key, '.')+1:]
		if !f.Secret && !strings.Contains(b.String(), last+":") {
			t.Errorf("%s is not in the example", f.Key)
		}
	}
}

func TestPrintHidesSecrets(t *testing.T) {
	c := testDefaults()
	c.Token = tokenConfig{Key: "hush", Ring: []string{"hush"}}
	c.Peers, c.Ages = nil, nil
	var b bytes.Buffer
	if err := Print(&b, &c); err != nil {
		t.Fatal(err)
	}
	golden(t, "print.yaml", b.Bytes())
	if strings.Contains(b.String(), "hush") {
		t.Error("a secret is printed")
	}
}

func FuzzYAML(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("listen: \"\\u2028 \\x01\\n\"\npeers: ['', ' x', '- y', 'null', '1e3', '~', \"\\t\", '0x1', '=', '<<']\nages: {'a b': 1s, '': 2s, '? c': 3s}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		load := func(c *testConfig, data []byte) error {
			l := &loader{root: build(reflect.ValueOf(c).Elem(), "SEGUE_")}
			l.loadYAML("f.yaml", data)
			for _, err := range l.errs {
				if e := err.(*Error); e.Problem == "" || !strings.HasPrefix(e.Where, "f.yaml") {
					t.Errorf("no place or no words: %#v", e)
				}
			}
			if len(l.errs) > 0 {
				return l.errs[0]
			}
			return nil
		}
		var c testConfig
		if load(&c, data) != nil {
			return
		}
		// What was read is written so that the same is read again.
		var b bytes.Buffer
		if err := Example(&b, c); err != nil {
			return // not UTF-8
		}
		var again testConfig
		if err := load(&again, b.Bytes()); err != nil {
			t.Fatalf("%v in:\n%s", err, b.Bytes())
		}
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("read    %+v\nwritten %+v\n%s", c, again, b.Bytes())
		}
	})
}
