package archtest

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLinksInDocumentsLeadToFiles(t *testing.T) {
	root, _ := findModule(t)
	bad, err := checkLinks(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bad {
		t.Error(b)
	}
}

var (
	code       = regexp.MustCompile("``.*?``|`[^`]*`")
	inlineLink = regexp.MustCompile(`\]\(\s*(<[^>]*>|[^)\s]+)`)
	definition = regexp.MustCompile(`^ {0,3}\[[^\]]+\]:\s+(<[^>]*>|\S+)`)
	imageOrA   = regexp.MustCompile(`(?i)<(?:img|a)\b[^>]*?\b(?:src|href)="([^"]*)"`)
)

// checkLinks lists the links in README.md and below docs that lead to no file.
// Links elsewhere, and the part after "#", are not looked at.
func checkLinks(fsys fs.FS) ([]string, error) {
	var bad []string
	look := func(name string) error {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		fence, n := "", 0
		for line := range strings.Lines(string(data)) {
			n++
			text := strings.TrimSpace(line)
			if len(text) >= 3 && (text[:3] == "```" || text[:3] == "~~~") {
				switch fence {
				case "":
					fence = text[:3]
				case text[:3]:
					fence = ""
				}
				continue
			}
			if fence != "" {
				continue
			}
			for _, target := range targets(line) {
				if why := follow(fsys, name, target); why != "" {
					bad = append(bad, fmt.Sprintf("%s:%d: %s %s", name, n, target, why))
				}
			}
		}
		return nil
	}
	if _, err := fs.Stat(fsys, "README.md"); err == nil {
		if err := look("README.md"); err != nil {
			return nil, err
		}
	}
	if _, err := fs.Stat(fsys, "docs"); err != nil {
		return bad, nil
	}
	err := fs.WalkDir(fsys, "docs", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".md" {
			return err
		}
		return look(name)
	})
	return bad, err
}

func targets(line string) []string {
	line = code.ReplaceAllString(line, "")
	var out []string
	for _, re := range []*regexp.Regexp{inlineLink, definition, imageOrA} {
		for _, m := range re.FindAllStringSubmatch(line, -1) {
			out = append(out, strings.Trim(m[1], "<>"))
		}
	}
	return out
}

// follow says why a link from the file named from leads nowhere; empty if it
// leads somewhere, or away.
func follow(fsys fs.FS, from, target string) string {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return "is no address"
	case u.Scheme != "" || u.Host != "" || u.Path == "":
		return ""
	}
	name := path.Join(path.Dir(from), u.Path)
	if strings.HasPrefix(u.Path, "/") { // forges take this from the root
		name = path.Clean(u.Path[1:])
	}
	if !fs.ValidPath(name) {
		return "leaves the repository"
	}
	if _, err := fs.Stat(fsys, name); err != nil {
		return "leads to no file"
	}
	return ""
}

func TestCheckLinks(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		got, err := checkLinks(fstest.MapFS{
			"README.md":     {Data: []byte("[docs](docs/a.md)\n")},
			"docs/a.md":     {Data: []byte(text)},
			"docs/b c.md":   {Data: []byte("")},
			"docs/x/d.md":   {Data: []byte("[up](../a.md) [top](/README.md)\n")},
			"edge/edge.go":  {Data: []byte("")},
			"docs/link.txt": {Data: []byte("[not](read.md)")},
		})
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%q:\ngot  %q, %v\nwant %q", text, got, err, want)
		}
	}
	f("")
	f("[a](b%20c.md) [b](<b c.md>) [c](x/d.md#part) [d](#part) [e](../edge/edge.go) [f](../edge) [g](/edge/edge.go \"title\")")
	f("[a](https://example.org/x.md) <https://example.org> [b](mailto:a@b.c) [c](//example.org/x)")
	f("![picture](none.png)", "docs/a.md:1: none.png leads to no file")
	f("one\n\n[a](none.md) and [b](also/none.md#x)", "docs/a.md:3: none.md leads to no file", "docs/a.md:3: also/none.md#x leads to no file")
	f("[ref]: none.md\n[ok]: x/d.md 'title'", "docs/a.md:1: none.md leads to no file")
	f(`<img src="none.svg"> <a name="x" href="x/d.md">`, "docs/a.md:1: none.svg leads to no file")
	f("[![badge](none.svg)](x/d.md)", "docs/a.md:1: none.svg leads to no file")
	f("[a](../../etc/passwd)", "docs/a.md:1: ../../etc/passwd leaves the repository")
	f("[a](%zz)", "docs/a.md:1: %zz is no address")
	f("`[a](none.md)` and ``[b](none`.md)``")
	f("```md\n[a](none.md)\n~~~\n[a](none.md)\n```\n[b](none.md)", "docs/a.md:6: none.md leads to no file")
}
