// Package docs holds the documents to what they are about.
package docs

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryDirectDependencyHasItsReason(t *testing.T) {
	page := read(t, "dependencies.md")
	goPart, webPart, ok := strings.Cut(page, "\n## Web\n")
	if !ok {
		t.Fatal("dependencies.md has no part called Web")
	}
	var web struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal([]byte(read(t, "../web/package.json")), &web); err != nil {
		t.Fatal(err)
	}
	var packages []string
	for _, group := range []map[string]string{web.Dependencies, web.DevDependencies} {
		for name := range group {
			packages = append(packages, name)
		}
	}
	for _, m := range differ("go.mod", direct(read(t, "../go.mod")), told(goPart)) {
		t.Error(m)
	}
	for _, m := range differ("web/package.json", packages, told(webPart)) {
		t.Error(m)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var requirement = regexp.MustCompile(`(?m)^(?:require )?\s*([^\s/]+\.[^\s/]+/\S+) v\S+$`)

// direct are the modules that a go.mod requires itself. Others carry a comment.
func direct(mod string) []string {
	var all []string
	for _, m := range requirement.FindAllStringSubmatch(mod, -1) {
		all = append(all, m[1])
	}
	return all
}

var row = regexp.MustCompile("(?m)^\\| `([^`]+)` \\|")

// told are the names that open the rows of tables.
func told(part string) []string {
	var all []string
	for _, m := range row.FindAllStringSubmatch(part, -1) {
		all = append(all, m[1])
	}
	return all
}

func differ(where string, want, got []string) []string {
	var bad []string
	for _, w := range want {
		if !slices.Contains(got, w) {
			bad = append(bad, fmt.Sprintf("%s requires %s: give its reason in docs/dependencies.md", where, w))
		}
	}
	for i, g := range got {
		switch {
		case slices.Contains(got[:i], g):
			bad = append(bad, fmt.Sprintf("docs/dependencies.md tells of %s twice", g))
		case !slices.Contains(want, g):
			bad = append(bad, fmt.Sprintf("docs/dependencies.md tells of %s, which %s does not require", g, where))
		}
	}
	slices.Sort(bad)
	return bad
}

func TestDirectRequirementsAreRead(t *testing.T) {
	got := direct("module segue\n\ngo 1.26.0\n\nrequire a.b/one v1.0.0\n\nrequire (\n\tc.d/two/v2 v2.0.0-rc.1\n\te.f/three v0.0.0 // indirect\n)\n")
	if want := []string{"a.b/one", "c.d/two/v2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDifferencesAreToldBothWays(t *testing.T) {
	f := func(want, got []string, lines int) {
		t.Helper()
		if bad := differ("go.mod", want, got); len(bad) != lines {
			t.Errorf("differ(%q, %q) = %q, want %d lines", want, got, bad, lines)
		}
	}
	f([]string{"a"}, []string{"a"}, 0)
	f([]string{"a", "b"}, []string{"a"}, 1)
	f([]string{"a"}, []string{"a", "b"}, 1)
	f([]string{"a"}, []string{"a", "a"}, 1)
	f([]string{"a"}, nil, 1)
}
