package byterange

import "testing"

const (
	date    = "Sun, 06 Nov 1994 08:49:37 GMT"
	earlier = "Sun, 06 Nov 1994 08:49:36 GMT"
	later   = "Sun, 06 Nov 1994 08:49:38 GMT"
	unix    = 784111777
)

// field is a value for Request: "-" is absent.
func field(s string) []byte {
	if s == "-" {
		return nil
	}
	return []byte(s)
}

func TestIfMatch(t *testing.T) {
	f := func(v string, want int) {
		t.Helper()
		var d Decision
		Decide(&Request{IfMatch: field(v)}, &Selected{ETag: `"A"`, Size: 10}, &d)
		if d.Status != want {
			t.Errorf("If-Match: %s = %d, want %d", v, d.Status, want)
		}
	}
	f("-", 200)
	f(`"A"`, 200)
	f(`*`, 200)
	f(" \t* ", 200)
	f(`"foo"`, 412)
	f(`W/"A"`, 412) // strong comparison
	f(`"foo", "bar", `+"\t"+`"A" , "baz"`, 200)
	f(`"foo",W/"A",W/"B"`, 412)
	f(`"foo","A"`, 200)
	f(`,, ,"A",,`, 200)
	f(`"a"`, 412)
	f(`A`, 412)
	f(`"A`, 412)
	f(`A"`, 412)
	f(`"`, 412)
	f(`""`, 412)
	f(``, 412)
	f(`,`, 412)
	f(` `, 412)
	f(`"A,"`, 412)
	f(`",A,","A"`, 200)
	f(`"foo, \"A\"`, 412)
	f(`w/"A"`, 412)
	f(`W/`, 412)
	f(`W/"`, 412)
	// Up to the breach the list counts, after it nothing does.
	f(`"A", foo`, 200)
	f(`foo, "A"`, 412)
	f(`"B" "A"`, 412)
	f(`"A" "B"`, 412)
	f(`"A"x`, 412)
	f(`"B", *`, 412)
	f(`*, "A"`, 412)
	f(`**`, 412)
	f("\"B\x7f\", \"A\"", 412)
	f("\"B\x01\", \"A\"", 412)
	f("\"B C\", \"A\"", 412)
	f("\"\xff\xfe\", \"A\"", 200)
}

func TestIfNoneMatch(t *testing.T) {
	f := func(v, etag string, want int) {
		t.Helper()
		for _, head := range []bool{false, true} {
			var d Decision
			Decide(&Request{IfNoneMatch: field(v), Head: head}, &Selected{ETag: etag, Size: 10}, &d)
			if d.Status != want {
				t.Errorf("If-None-Match: %s of %s (head: %v) = %d, want %d", v, etag, head, d.Status, want)
			}
		}
	}
	f("-", `"A"`, 200)
	f(`"A"`, `"A"`, 304)
	f(`W/"A"`, `"A"`, 304) // weak comparison
	f(`"A"`, `W/"A"`, 304)
	f(`W/"A"`, `W/"A"`, 304)
	f(`"foo"`, `"A"`, 200)
	f(`*`, `"A"`, 304)
	f(`"foo", "bar", "A" , "baz"`, `"A"`, 304)
	f(`"foo",W/"A"`, `"A"`, 304)
	f(`W/"foo" , "B"`, `"A"`, 200)
	f(`A`, `"A"`, 200)
	f(``, `"A"`, 200)
	f(`w/"A"`, `"A"`, 200)
	f(`"A,B"`, `"A,B"`, 304)
	f(`"A`, `"A"`, 200)
	// Without a tag only * says anything.
	f(`*`, ``, 304)
	f(`""`, ``, 200)
	f(`W/""`, ``, 200)
	f(``, ``, 200)
}

func TestDateConditions(t *testing.T) {
	f := func(name, v string, modTime int64, want int) {
		t.Helper()
		req := &Request{}
		switch name {
		case "If-Modified-Since":
			req.IfModifiedSince = []byte(v)
		case "If-Unmodified-Since":
			req.IfUnmodifiedSince = []byte(v)
		}
		var d Decision
		Decide(req, &Selected{ModTime: modTime, Size: 10}, &d)
		if d.Status != want {
			t.Errorf("%s: %s of %d = %d, want %d", name, v, modTime, d.Status, want)
		}
	}
	f("If-Modified-Since", earlier, unix, 200)
	f("If-Modified-Since", date, unix, 304)
	f("If-Modified-Since", later, unix, 304)
	f("If-Modified-Since", "Wed, 08 Jul 2037 22:53:52 GMT", unix, 304)
	f("If-Modified-Since", "Tue, 19 Jan 2038 03:14:08 GMT", unix, 304)
	f("If-Modified-Since", "Fri, 25 Feb 2174 09:42:23 GMT", unix, 304)
	f("If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT", unix, 304)
	f("If-Modified-Since", "Sun Nov  6 08:49:37 1994", unix, 304)
	f("If-Modified-Since", "Sun Nov  6 08:49:36 1994", unix, 200)
	f("If-Modified-Since", "yesterday", unix, 200)
	f("If-Modified-Since", "", unix, 200)
	f("If-Modified-Since", date+", "+date, unix, 200)
	f("If-Modified-Since", later, 0, 200)

	f("If-Unmodified-Since", earlier, unix, 412)
	f("If-Unmodified-Since", date, unix, 200)
	f("If-Unmodified-Since", later, unix, 200)
	f("If-Unmodified-Since", "yesterday", unix, 200)
	f("If-Unmodified-Since", "", unix, 200)
	f("If-Unmodified-Since", earlier, 0, 200)
}

func TestIfRange(t *testing.T) {
	sel := Selected{ETag: `"A"`, ModTime: unix, Size: 8, DateStrong: true}
	f := func(v string, sel Selected, want int) {
		t.Helper()
		var d Decision
		Decide(&Request{Range: []byte("bytes=0-4"), IfRange: field(v)}, &sel, &d)
		if d.Status != want {
			t.Errorf("If-Range: %s of %+v = %d, want %d", v, sel, d.Status, want)
		}
	}
	f("-", sel, 206)
	f(`"A"`, sel, 206)
	f(` "A" `, sel, 206)
	f(`"B"`, sel, 200)
	f(`W/"A"`, sel, 200)
	f(`wrong`, sel, 200)
	f(``, sel, 200)
	f(`*`, sel, 200)
	f(`"A", "B"`, sel, 200)
	f(`"A"x`, sel, 200)
	f(`"A`, sel, 200)
	f(date, sel, 206)
	f("Sunday, 06-Nov-94 08:49:37 GMT", sel, 206)
	// Only the very date: later ones do not serve (13.1.5).
	f(earlier, sel, 200)
	f(later, sel, 200)

	weak := sel
	weak.ETag = `W/"A"`
	f(`W/"A"`, weak, 200)
	f(`"A"`, weak, 200)

	young := sel
	young.DateStrong = false
	f(date, young, 200)
	f(`"A"`, young, 206)

	bare := Selected{Size: 8, DateStrong: true}
	f(date, bare, 200)
	f("Thu, 01 Jan 1970 00:00:00 GMT", bare, 200)
	f(`"A"`, bare, 200)
	f(`""`, bare, 200)
}

func TestIfRangeWithoutRangeSaysNothing(t *testing.T) {
	for _, v := range []string{`"A"`, `"B"`, "wrong", date} {
		var d Decision
		Decide(&Request{IfRange: []byte(v)}, &Selected{ETag: `"A"`, Size: 8}, &d)
		if d.Status != 200 {
			t.Errorf("If-Range: %s alone = %d, want 200", v, d.Status)
		}
	}
}

func TestIfRangeHidesABadRange(t *testing.T) {
	for _, v := range []string{"bytes=x", "bytes=100-"} {
		var d Decision
		Decide(&Request{IfRange: []byte(`"B"`), Range: []byte(v)}, &Selected{ETag: `"A"`, Size: 8}, &d)
		if d.Status != 200 {
			t.Errorf("Range: %s with If-Range that fails = %d, want 200", v, d.Status)
		}
	}
}

// Every combination of the six fields, each absent, holding, failing or
// meaningless, against the steps of 9110 13.2.2 written out as the RFC numbers them.
func TestPrecedence(t *testing.T) {
	sel := &Selected{ETag: `"A"`, ModTime: unix, Size: 10, DateStrong: true}
	tags := []string{"-", `"A"`, `"B"`, ``}
	dates := []string{"-", earlier, date, later, "junk"}
	ifRanges := []string{"-", `"A"`, `"B"`, date, later, "junk"}
	ranges := []string{"-", "bytes=0-1", "bytes=1-2,4-5", "bytes=10-", "bytes=x", "bytes=0-,0-", "lines=1-2"}

	n := 0
	for _, im := range tags {
		for _, ius := range dates {
			for _, inm := range tags {
				for _, ims := range dates {
					for _, ir := range ifRanges {
						for _, rg := range ranges {
							for _, head := range []bool{false, true} {
								n++
								req := &Request{
									IfMatch: field(im), IfUnmodifiedSince: field(ius),
									IfNoneMatch: field(inm), IfModifiedSince: field(ims),
									IfRange: field(ir), Range: field(rg), Head: head,
								}
								want := bySteps(im, ius, inm, ims, ir, rg, head)
								var d Decision
								Decide(req, sel, &d)
								if d.Status != want {
									t.Errorf("im=%s ius=%s inm=%s ims=%s ir=%s range=%s head=%v: %d, want %d",
										im, ius, inm, ims, ir, rg, head, d.Status, want)
								}
							}
						}
					}
				}
			}
		}
	}
	if n != 4*5*4*5*6*7*2 {
		t.Fatalf("%d combinations", n)
	}
}

func bySteps(im, ius, inm, ims, ir, rg string, head bool) int {
	// 1 and 2.
	switch {
	case im != "-":
		if im != `"A"` {
			return 412
		}
	case ius == earlier:
		return 412
	}
	// 3 and 4.
	switch {
	case inm != "-":
		if inm == `"A"` {
			return 304
		}
	case ims == date || ims == later:
		return 304
	}
	// 5.
	if head || rg == "-" || ir != "-" && ir != `"A"` && ir != date {
		return 200
	}
	switch rg {
	case "bytes=0-1", "bytes=1-2,4-5":
		return 206
	case "bytes=10-", "bytes=x":
		return 416
	}
	return 200 // 6.
}
