package validate

import (
	"fmt"
	"io"
	"strings"
)

// Report is what Run found. Its JSON form is that of the --json flag.
type Report struct {
	URL       string   `json:"url"`
	Kind      string   `json:"kind"` // "multivariant" or "media"
	Playlists int      `json:"playlists"`
	Segments  int      `json:"segments"` // that were fetched
	Bytes     int64    `json:"bytes"`    // of media
	Seconds   float64  `json:"seconds"`  // of the longest media playlist
	Results   []Result `json:"results"`
	// Notes say what was not judged, and what is worth knowing.
	Notes []string `json:"notes,omitempty"`
}

// Verdict is how a stream stands to a rule.
type Verdict string

// The verdicts.
const (
	Passed        Verdict = "passed"
	Failed        Verdict = "failed"
	NotApplicable Verdict = "not applicable"
)

// Result is one rule's.
type Result struct {
	Rule
	Verdict  Verdict   `json:"verdict"`
	Checked  int       `json:"checked"`
	Faults   int       `json:"faults"`
	Findings []Finding `json:"findings,omitempty"` // the first five faults
}

// Finding is one place where a rule is broken.
type Finding struct {
	URL  string `json:"url"`            // without its query, which may hold a token
	Line int    `json:"line,omitempty"` // of the playlist; 0 for the whole resource
	Text string `json:"text"`           // what is there, and what would be right
}

// Failed reports whether a must rule is broken.
func (r *Report) Failed() bool { return r.count(Must, Failed) > 0 }

// Warned reports whether a should rule is broken.
func (r *Report) Warned() bool { return r.count(Should, Failed) > 0 }

func (r *Report) count(s Severity, v Verdict) int {
	n := 0
	for i := range r.Results {
		if r.Results[i].Severity == s && r.Results[i].Verdict == v {
			n++
		}
	}
	return n
}

// Print writes the report for a person: broken rules with their first places,
// then the others in brief. It returns the first error of w.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s playlist, %d playlists in all, %d segments fetched (%.1f MB), %.1f s\n", r.URL, r.Kind, r.Playlists, r.Segments, float64(r.Bytes)/1e6, r.Seconds)
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "note  %s\n", n)
	}
	for _, s := range []Severity{Must, Should} {
		for i := range r.Results {
			if x := &r.Results[i]; x.Severity == s && x.Verdict == Failed {
				fmt.Fprintf(&b, "\nfailed  %-6s  %s: %s (%s)\n", s, x.ID, x.Text, x.Source)
				for _, f := range x.Findings {
					fmt.Fprintf(&b, "    %s  %s\n", f.where(), f.Text)
				}
				if more := x.Faults - len(x.Findings); more > 0 {
					fmt.Fprintf(&b, "    … and %d more\n", more)
				}
			}
		}
	}
	b.WriteByte('\n')
	for i := range r.Results {
		if x := &r.Results[i]; x.Verdict == Passed {
			fmt.Fprintf(&b, "passed  %-6s  %s: %s (%s)\n", x.Severity, x.ID, x.Text, x.Source)
		}
	}
	var idle []string
	for i := range r.Results {
		if r.Results[i].Verdict == NotApplicable {
			idle = append(idle, r.Results[i].ID)
		}
	}
	if len(idle) > 0 {
		fmt.Fprintf(&b, "\nnot applicable  %s\n", strings.Join(idle, ", "))
	}
	fmt.Fprintf(&b, "\n%d rules: must %d passed, %d failed; should %d passed, %d failed; %d not applicable\n", len(r.Results),
		r.count(Must, Passed), r.count(Must, Failed), r.count(Should, Passed), r.count(Should, Failed), len(idle))
	_, err := io.WriteString(w, b.String())
	return err
}

func (f *Finding) where() string {
	if f.Line > 0 {
		return fmt.Sprintf("%s:%d", f.URL, f.Line)
	}
	return f.URL
}

// place is where a rule is looked at.
type place struct {
	url  string
	line int
}

// sheet counts checks. It is not safe for concurrent use: what looks at segments
// side by side has a sheet for each, and they are added in order.
type sheet struct{ tally map[string]*tally }

type tally struct {
	checked, faults int
	first           []Finding
}

// maxFindings are kept of each rule, so that no playlist makes a report endless.
const maxFindings = 5

var ruleByID = func() map[string]*Rule {
	m := map[string]*Rule{}
	for i := range rules {
		m[rules[i].ID] = &rules[i]
	}
	return m
}()

func newSheet() *sheet { return &sheet{tally: map[string]*tally{}} }

func (s *sheet) of(id string) *tally {
	t := s.tally[id]
	if t == nil {
		if ruleByID[id] == nil {
			panic("BUG: no rule is called " + id)
		}
		t = &tally{}
		s.tally[id] = t
	}
	return t
}

// check looks at a rule once. The text is of the fault: what is there, and what
// would be right.
func (s *sheet) check(id string, ok bool, at place, format string, args ...any) {
	t := s.of(id)
	t.checked++
	if ok {
		return
	}
	t.faults++
	if len(t.first) < maxFindings {
		t.first = append(t.first, Finding{shown(at.url), at.line, clean(fmt.Sprintf(format, args...))})
	}
}

func (s *sheet) fault(id string, at place, format string, args ...any) {
	s.check(id, false, at, format, args...)
}

// add takes over what another sheet counted.
func (s *sheet) add(o *sheet) {
	for id, t := range o.tally {
		sum := s.of(id)
		sum.checked += t.checked
		sum.faults += t.faults
		sum.first = append(sum.first, t.first[:min(len(t.first), maxFindings-len(sum.first))]...)
	}
}

func (s *sheet) results() []Result {
	list := make([]Result, len(rules))
	for i, r := range rules {
		list[i] = Result{Rule: r, Verdict: NotApplicable}
		if t := s.tally[r.ID]; t != nil {
			list[i].Checked, list[i].Faults, list[i].Findings = t.checked, t.faults, t.first
			list[i].Verdict = Passed
			if t.faults > 0 {
				list[i].Verdict = Failed
			}
		}
	}
	return list
}

// clean makes foreign text fit for a terminal: no control characters, no end.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r <= 0x9f || r == '\u2028' || r == '\u202e' {
			return '\ufffd'
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if len(s) > 600 {
		s = strings.ToValidUTF8(s[:600], "") + "…"
	}
	return s
}
