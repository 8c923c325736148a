package byterange

import (
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func FuzzDecide(f *testing.F) {
	add := func(im, ius, inm, ims, ir, rg, etag string, present byte, modTime, size int64) {
		f.Add([]byte(im), []byte(ius), []byte(inm), []byte(ims), []byte(ir), []byte(rg), etag, present, modTime, size)
	}
	const onlyRange, all = 1 << 5, 1<<6 - 1
	for _, rg := range []string{
		"bytes=0-4", "bytes=-5,0-1", "bytes=,0-1 , 3-", "bytes=9223372036854775808-9223372036854775807",
		"bytes=5-4", "bytes=0-,1-,2-", "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,24-24,26-26,28-28,30-30,32-32",
		"BYTES= 1 - 2", "items=0-1",
	} {
		add("", "", "", "", "", rg, `"A"`, onlyRange, unix, 100)
		add(`"A", W/"B"`, date, `"B,C"`, earlier, `"A"`, rg, `"A"`, all|1<<7, unix, 100)
		add("*", later, "", "Sunday, 06-Nov-94 08:49:37 GMT", date, rg, `W/"A"`, all|1<<7, unix, 10)
	}

	f.Fuzz(func(t *testing.T, im, ius, inm, ims, ir, rg []byte, etag string, present byte, modTime, size int64) {
		keep := func(bit int, v []byte) []byte {
			if present&(1<<bit) == 0 {
				return nil
			}
			return append([]byte{}, v...)
		}
		req := &Request{
			IfMatch: keep(0, im), IfUnmodifiedSince: keep(1, ius), IfNoneMatch: keep(2, inm),
			IfModifiedSince: keep(3, ims), IfRange: keep(4, ir), Range: keep(5, rg),
			Head: present&(1<<6) != 0,
		}
		sel := &Selected{ETag: etag, ModTime: modTime, Size: max(size, 0), DateStrong: present&(1<<7) != 0}
		var d Decision
		Decide(req, sel, &d)
		got := d.Ranges[:d.N]

		if !slices.Contains([]int{200, 206, 304, 412, 416}, d.Status) {
			t.Fatalf("status %d", d.Status)
		}
		if (d.Status == 206) != (d.N > 0) {
			t.Fatalf("status %d with %d ranges", d.Status, d.N)
		}
		left := sel.Size
		for i, r := range got {
			if r.Start < 0 || r.Length < 1 || r.Length > sel.Size || r.Start > sel.Size-r.Length {
				t.Fatalf("range %+v leaves %d bytes", r, sel.Size)
			}
			if left -= r.Length; left < 0 {
				t.Fatalf("ranges %v are more than %d bytes", got, sel.Size)
			}
			for _, o := range got[:i] {
				if r.Start <= o.Start+o.Length-1 && o.Start <= r.Start+r.Length-1 {
					t.Fatalf("ranges %+v and %+v overlap", r, o)
				}
			}
		}

		status, ranges := decideSlowly(req, sel)
		if d.Status != status || !slices.Equal(got, ranges) {
			t.Fatalf("im=%q ius=%q inm=%q ims=%q ir=%q range=%q head=%v of %+v = %d %v, want %d %v",
				req.IfMatch, req.IfUnmodifiedSince, req.IfNoneMatch, req.IfModifiedSince, req.IfRange, req.Range, req.Head,
				sel, d.Status, got, status, ranges)
		}
	})
}

// decideSlowly is the oracle: the same rules from regular expressions, big
// numbers and copies.
func decideSlowly(req *Request, sel *Selected) (int, []Range) {
	ius, iusOK := parseDateSlowly(req.IfUnmodifiedSince)
	ims, imsOK := parseDateSlowly(req.IfModifiedSince)
	dated := sel.ModTime != 0

	if req.IfMatch != nil {
		if !matchesSlowly(req.IfMatch, sel.ETag, false) {
			return 412, nil
		}
	} else if dated && iusOK && sel.ModTime > ius {
		return 412, nil
	}
	if req.IfNoneMatch != nil {
		if matchesSlowly(req.IfNoneMatch, sel.ETag, true) {
			return 304, nil
		}
	} else if dated && imsOK && sel.ModTime <= ims {
		return 304, nil
	}
	if req.Range == nil || req.Head {
		return 200, nil
	}
	if req.IfRange != nil {
		v := latin1(trim(req.IfRange))
		at, ok := parseDateSlowly(req.IfRange)
		byTag := regexp.MustCompile(`^`+opaque+`$`).MatchString(v) && v == latin1([]byte(sel.ETag))
		if !byTag && !(ok && dated && sel.DateStrong && at == sel.ModTime) {
			return 200, nil
		}
	}
	return rangesSlowly(string(req.Range), sel.Size)
}

const opaque = `"[\x21\x23-\x7e\x{80}-\x{ff}]*"`

// latin1 makes every byte one rune, for regexp reads UTF-8.
func latin1(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

var listHead = regexp.MustCompile(`^[ \t,]*((?:W/)?` + opaque + `)[ \t]*(,|$)`)

func matchesSlowly(list []byte, etag string, weak bool) bool {
	if string(trim(list)) == "*" {
		return true
	}
	tag := latin1([]byte(etag))
	rest := latin1(list)
	for {
		m := listHead.FindStringSubmatch(rest)
		if m == nil {
			return false
		}
		switch {
		case weak && strings.TrimPrefix(m[1], "W/") == strings.TrimPrefix(tag, "W/"):
			return true
		case !weak && m[1] == tag && !strings.HasPrefix(tag, "W/"):
			return true
		}
		rest = rest[len(m[0]):]
	}
}

var member = regexp.MustCompile(`^([0-9]*)[ \t]*-[ \t]*([0-9]*)$`)

func rangesSlowly(v string, size int64) (int, []Range) {
	unit, set, ok := strings.Cut(strings.Trim(v, " \t"), "=")
	if !ok || len(unit) != 5 || !strings.EqualFold(unit, "bytes") {
		return 200, nil
	}
	n := big.NewInt(size)
	one := big.NewInt(1)
	var starts, ends []*big.Int // ends are exclusive
	whole := false
	for m := range strings.SplitSeq(set, ",") {
		m = strings.Trim(m, " \t")
		if m == "" {
			continue
		}
		p := member.FindStringSubmatch(m)
		if p == nil || p[1] == "" && p[2] == "" {
			return 416, nil
		}
		first, _ := new(big.Int).SetString("0"+p[1], 10)
		last, _ := new(big.Int).SetString("0"+p[2], 10)
		end := new(big.Int).Add(last, one)
		switch {
		case p[1] == "":
			if last.Sign() == 0 {
				continue
			}
			if size == 0 {
				whole = true
				continue
			}
			first.Sub(n, last)
			if first.Sign() < 0 {
				first.SetInt64(0)
			}
			end.Set(n)
		case p[2] == "":
			end.Set(n)
		case last.Cmp(first) < 0:
			return 416, nil
		}
		if first.Cmp(n) >= 0 {
			continue
		}
		if end.Cmp(n) > 0 {
			end.Set(n)
		}
		for i := range starts {
			if first.Cmp(ends[i]) < 0 && starts[i].Cmp(end) < 0 {
				whole = true
			}
		}
		starts, ends = append(starts, first), append(ends, end)
	}
	switch {
	case whole || len(starts) > MaxRanges:
		return 200, nil
	case len(starts) == 0:
		return 416, nil
	}
	var ranges []Range
	for i, s := range starts {
		ranges = append(ranges, Range{s.Int64(), new(big.Int).Sub(ends[i], s).Int64()})
	}
	return 206, ranges
}
