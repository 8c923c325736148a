package archtest

import (
	"fmt"
	"path"
	"strings"
)

// rules is a policy as read.
type rules struct {
	may   []rule // of ours
	tests []string
	only  []rule
}

type rule struct {
	left  string
	right []string
	text  string // the line, for messages
}

func parsePolicy(policy string) (rules, error) {
	var r rules
	for line := range strings.Lines(policy) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if left, right, ok := strings.Cut(line, " may import "); ok && left == "tests" {
			r.tests = append(r.tests, list(right)...)
		} else if ok {
			r.may = append(r.may, rule{left, list(right), line})
		} else if left, ok := strings.CutSuffix(line, " imports nothing"); ok {
			r.may = append(r.may, rule{left, nil, line})
		} else if left, right, ok := strings.Cut(line, " only in "); ok {
			r.only = append(r.only, rule{left, list(right), line})
		} else {
			return rules{}, fmt.Errorf("no rule: %q", line)
		}
	}
	for i, a := range r.may {
		if strings.ContainsAny(a.left, ", ") {
			return rules{}, fmt.Errorf("one package on the left: %q", a.text)
		}
		for _, b := range r.may[:i] {
			if a.left == b.left {
				return rules{}, fmt.Errorf("two lines for %s", a.left)
			}
		}
	}
	return r, nil
}

func list(s string) []string {
	items := strings.Split(s, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}

// match reports whether pkg is meant by pattern.
func match(pattern, pkg string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(pkg, "/")
	for i, w := range want {
		switch {
		case w == "...":
			return true
		case i == len(got) || w != "*" && w != got[i]:
			return false
		}
	}
	return len(want) == len(got)
}

func matchAny(patterns []string, pkg string) bool {
	for _, p := range patterns {
		if match(p, pkg) {
			return true
		}
	}
	return false
}

// exactness orders patterns that match one package: more names first, then
// those without "...".
func exactness(pattern string) int {
	n := 0
	for name := range strings.SplitSeq(pattern, "/") {
		switch name {
		case "...":
			n--
		case "*":
		default:
			n += 2
		}
	}
	return n
}

// itself is the part of pkg that stands for pattern without its "...".
func itself(pattern, pkg string) string {
	names := strings.Split(strings.TrimSuffix(pattern, "/..."), "/")
	return strings.Join(strings.Split(pkg, "/")[:len(names)], "/")
}

// ruleFor is the most exact of the lines about pkg.
func (r rules) ruleFor(pkg string) (rule, bool) {
	var best rule
	found := false
	for _, m := range r.may {
		if match(m.left, pkg) && (!found || exactness(m.left) > exactness(best.left)) {
			best, found = m, true
		}
	}
	return best, found
}

// source is one Go file with its imports.
type source struct {
	file    string // path below the module's root
	imports []string
}

func (s source) pkg() string  { return path.Dir(s.file) }
func (s source) isTest() bool { return strings.HasSuffix(s.file, "_test.go") }

// check lists every import that a rule forbids.
func (r rules) check(module string, sources []source) []string {
	var bad []string
	lawless := map[string]bool{}
	for _, s := range sources {
		law, ok := r.ruleFor(s.pkg())
		if !ok && !lawless[s.pkg()] {
			lawless[s.pkg()] = true
			bad = append(bad, fmt.Sprintf("%s: no line of the policy is about package %s; write one", s.file, s.pkg()))
		}
		for _, imp := range s.imports {
			ours, isOurs := strings.CutPrefix(imp, module+"/")
			if imp == module {
				ours, isOurs = ".", true
			}
			if isOurs && ok && !r.permits(law, s, ours) {
				bad = append(bad, fmt.Sprintf("%s imports %s, but: %s", s.file, imp, law.text))
			}
			if isOurs {
				imp = ours
			}
			for _, fence := range r.only {
				if match(fence.left, imp) && !inside(fence.right, s) {
					bad = append(bad, fmt.Sprintf("%s imports %s, but: %s", s.file, imp, fence.text))
				}
			}
		}
	}
	return bad
}

func (r rules) permits(law rule, s source, ours string) bool {
	if s.isTest() && (ours == s.pkg() || matchAny(r.tests, ours)) {
		return true
	}
	for _, p := range law.right {
		if p == "anything" {
			return true
		}
		if rest, ok := strings.CutPrefix(p, "itself"); ok {
			p = itself(law.left, s.pkg()) + rest
		}
		if match(p, ours) {
			return true
		}
	}
	return false
}

func inside(places []string, s source) bool {
	for _, p := range places {
		switch {
		case p == "tests":
			if s.isTest() {
				return true
			}
		case strings.HasSuffix(p, ".go"):
			if p == s.file || p == path.Base(s.file) {
				return true
			}
		case match(p, s.pkg()):
			return true
		}
	}
	return false
}
