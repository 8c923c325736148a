package conf

import (
	"strconv"
	"strings"
)

// Error is one mistake in the settings. Its text is "where: key: problem",
// without the parts that are unknown or say the same.
type Error struct {
	Where   string // "edge.yaml:12", a variable, or "--flag"; empty for defaults
	Key     string // full key path, if there is one
	Problem string // what is wrong, with the value unless it is secret, and what would be right
	err     error  // of Validate
}

func (e *Error) Error() string {
	s := e.Problem
	if e.Key != "" && e.Where != "--"+e.Key {
		s = e.Key + ": " + s
	}
	if e.Where != "" {
		s = e.Where + ": " + s
	}
	return s
}

// Unwrap gives the error of Validate, if that is what this is about.
func (e *Error) Unwrap() error { return e.err }

// quote shows a value in a message, not more of it than helps.
func quote(s string) string {
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return strconv.Quote(s)
}

// suggest is "; did you mean limits.header?" for limits.heder, or nothing when
// no key is near.
func (n *node) suggest(key string) string {
	best, bestCost := "", len(key)/3+2
	last := key[strings.LastIndexByte(key, '.')+1:]
	for _, known := range n.keys() {
		cost := distance(strings.ToLower(key), known)
		if known[strings.LastIndexByte(known, '.')+1:] == last {
			cost = 1 // the right name in the wrong place
		}
		if cost < bestCost {
			best, bestCost = known, cost
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is Levenshtein's.
func distance(a, b string) int {
	if len(a) > 100 || len(b) > 100 {
		return 100
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
