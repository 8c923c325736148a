package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dated is a file whose modification time is known to the second.
var modified = time.Date(1970, 9, 28, 6, 0, 0, 0, time.UTC)

const modifiedText = "Mon, 28 Sep 1970 06:00:00 GMT"

func datedFolder(t *testing.T) string {
	t.Helper()
	root := folder(t, map[string]string{"t": "0123456789", "zero": "0123456789", "nanos": "0123456789"})
	for name, at := range map[string]time.Time{"t": modified, "zero": time.Unix(0, 0), "nanos": modified.Add(123456789)} {
		if err := os.Chtimes(filepath.Join(root, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestConditionsDecideBeforeTheBodyIsSent(t *testing.T) {
	bothWays(t, datedFolder(t), func(t *testing.T, e *process) {
		c := connect(t, e.addr)
		tag := c.ask("GET", "/t").get("ETag")
		f := func(status int, lines ...string) {
			t.Helper()
			for _, method := range []string{"GET", "HEAD"} {
				want := status
				if method == "HEAD" && status == 206 {
					want = 200 // RFC 9110 14.2
				}
				r := c.ask(method, "/t", lines...)
				if r.status != want {
					t.Errorf("%s %q: %d, want %d", method, lines, r.status, want)
					continue
				}
				switch want {
				case 200, 206, 304:
					// RFC 9110 15.4.5: what caches need is in 304 as in 200.
					for name, value := range map[string]string{"ETag": tag, "Last-Modified": modifiedText} {
						wantField(t, r, name, value)
					}
					if !strings.HasPrefix(r.get("Cache-Control"), "public, max-age=604800") || r.get("Cache-Tag") == "" {
						t.Errorf("%s %q: Cache-Control or Cache-Tag is missing:\n%s", method, lines, r)
					}
				}
				if want == 304 && (r.has("Content-Range") || r.has("Content-Encoding")) {
					t.Errorf("%s %q: 304 describes a body:\n%s", method, lines, r)
				}
			}
		}
		const past, future, same = "Mon, 28 Sep 1970 05:59:59 GMT", "Mon, 28 Sep 1970 06:00:01 GMT", modifiedText

		// If-None-Match compares weakly.
		f(304, "If-None-Match: "+tag)
		f(304, "If-None-Match: W/"+tag)
		f(304, "If-None-Match: *")
		f(304, `If-None-Match: "foo", "bar", `+tag+` , "baz"`)
		f(304, `If-None-Match: "baz", W/`+tag)
		f(304, `If-None-Match: "foo"`, "If-None-Match: "+tag)
		f(304, `If-None-Match: , ,`+tag)
		f(304, `If-None-Match: "a,b\",`+tag)
		f(200, `If-None-Match: "foo"`)
		f(200, "If-None-Match: "+strings.ToUpper(tag)+"x")
		f(200, "If-None-Match: ,")
		f(200, "If-None-Match:")
		f(200, "If-None-Match: "+strings.Trim(tag, `"`))
		f(200, "If-None-Match: w/"+tag)
		f(304, "If-None-Match: "+tag, "Range: bytes=2-4")
		f(206, `If-None-Match: "foo"`, "Range: bytes=2-4")

		// If-Modified-Since, in each form that dates have.
		f(304, "If-Modified-Since: "+same)
		f(304, "If-Modified-Since: "+future)
		f(304, "If-Modified-Since: Wed, 08 Jul 2037 22:53:52 GMT")
		f(304, "If-Modified-Since: Tue, 19 Jan 2038 03:14:07 GMT")
		f(304, "If-Modified-Since: Monday, 28-Sep-70 06:00:00 GMT")
		f(304, "If-Modified-Since: Mon Sep 28 06:00:00 1970")
		f(200, "If-Modified-Since: "+past)
		f(200, "If-Modified-Since: yesterday")
		f(200, "If-Modified-Since: Mon, 28 Sep 1970 06:00:00 UTC")
		f(200, "If-Modified-Since: Mon, 31 Feb 2030 06:00:00 GMT")
		f(200, "If-Modified-Since: 23014800")
		f(200, "If-Modified-Since:")
		f(200, `If-None-Match: "foo"`, "If-Modified-Since: "+future) // the tag has the say
		f(304, "If-None-Match: "+tag, "If-Modified-Since: "+past)

		// If-Match compares strongly.
		f(200, "If-Match: "+tag)
		f(200, "If-Match: *")
		f(200, `If-Match: "Z", `+tag)
		f(200, `If-Match: "foo", "bar", `+"\t"+tag+` , "baz"`)
		f(200, `If-Match: "foo"`, "If-Match: "+tag)
		f(206, "If-Match: "+tag, "Range: bytes=2-4")
		f(412, `If-Match: "foo"`)
		f(412, "If-Match: W/"+tag)
		f(412, "If-Match:")
		f(412, "If-Match: "+strings.Trim(tag, `"`))
		f(412, `If-Match: "foo"`, "Range: bytes=2-4")
		f(412, `If-Match: "foo"`, "Range: bytes=99-")
		f(412, `If-Match: "foo"`, "If-None-Match: "+tag)
		f(304, "If-Match: "+tag, "If-None-Match: "+tag)

		// If-Unmodified-Since.
		f(200, "If-Unmodified-Since: "+same)
		f(200, "If-Unmodified-Since: "+future)
		f(200, "If-Unmodified-Since: never")
		f(412, "If-Unmodified-Since: "+past)
		f(200, "If-Match: "+tag, "If-Unmodified-Since: "+past)
		f(412, `If-Match: "foo"`, "If-Unmodified-Since: "+future)
		f(412, "If-Unmodified-Since: "+past, "If-None-Match: "+tag)

		// If-Range: a strong tag, or the very date.
		f(206, "Range: bytes=2-4", "If-Range: "+tag)
		f(206, "Range: bytes=2-4", "If-Range: "+same)
		f(200, "Range: bytes=2-4", `If-Range: "wrong"`)
		f(200, "Range: bytes=2-4", "If-Range: W/"+tag)
		f(200, "Range: bytes=2-4", "If-Range: "+past)
		f(200, "Range: bytes=2-4", "If-Range: "+future)
		f(200, "Range: bytes=2-4", "If-Range: "+tag+", "+tag)
		f(200, "Range: bytes=2-4", "If-Range: *")
		f(200, "Range: bytes=2-4", "If-Range:")
		f(200, "Range: bytes=2-4", "If-Range: "+strings.Trim(tag, `"`))
		f(200, "Range: bytes=99-", `If-Range: "wrong"`)
		f(200, "If-Range: "+tag)

		// On what is not there, no condition matters.
		wantStatus(t, c.ask("GET", "/nx", `If-Match: "foo"`), 404)
		wantStatus(t, c.ask("GET", "/nx", "If-None-Match: *"), 404)
	})
}

func TestConditionalAnswersHaveNoBodyAndKeepTheConnection(t *testing.T) {
	t.Parallel()
	e := startEdge(t, datedFolder(t))
	c := connect(t, e.addr)
	tag := c.ask("GET", "/t").get("ETag")
	for range 3 { // a stray body would be read as the next status line
		wantStatus(t, c.ask("GET", "/t", "If-None-Match: "+tag), 304)
		r := c.ask("GET", "/t", `If-Match: "x"`)
		wantStatus(t, r, 412)
		wantField(t, r, "Content-Type", "application/problem+json")
		wantField(t, r, "Cache-Control", "no-store")
	}
	wantBody(t, c.ask("GET", "/t"), "0123456789")
}

func TestDatesAtTheEdgeOfTimeDoNoHarm(t *testing.T) {
	t.Parallel()
	e := startEdge(t, datedFolder(t))
	wantBody(t, e.get(t, "/zero"), "0123456789")
	wantStatus(t, e.get(t, "/zero", "If-None-Match: "+e.get(t, "/zero").get("ETag")), 304)
	wantField(t, e.get(t, "/nanos"), "Last-Modified", modifiedText)
	wantStatus(t, e.get(t, "/nanos", "If-Modified-Since: "+modifiedText), 304)
	wantStatus(t, e.get(t, "/nanos", "If-Unmodified-Since: "+modifiedText), 200)
	wantStatus(t, e.get(t, "/nanos", "Range: bytes=0-4", "If-Range: "+modifiedText), 206)
}

// RFC 9110 8.8.2.1: an origin never says that it was modified after its own Date.
func TestLastModifiedIsNeverLaterThanDate(t *testing.T) {
	t.Parallel()
	root := datedFolder(t)
	ahead := time.Now().Add(48 * time.Hour)
	if err := os.Chtimes(filepath.Join(root, "t"), ahead, ahead); err != nil {
		t.Fatal(err)
	}
	r := startEdge(t, root).get(t, "/t")
	if !r.has("Last-Modified") {
		return
	}
	date, err := time.Parse(http.TimeFormat, r.get("Date"))
	if err != nil {
		t.Fatal(err)
	}
	last, err := time.Parse(http.TimeFormat, r.get("Last-Modified"))
	if err != nil {
		t.Fatal(err)
	}
	if last.After(date) {
		t.Errorf("Last-Modified %s is after Date %s", r.get("Last-Modified"), r.get("Date"))
	}
}

// A player resumes with what it was told a moment ago, however new the file is.
func TestIfRangeHoldsRightAfterTheFileWasWritten(t *testing.T) {
	root := t.TempDir()
	bothWays(t, root, func(t *testing.T, e *process) {
		name := strings.ReplaceAll(filepath.Base(t.Name()), "_", "-") + ".bin"
		write(t, filepath.Join(root, name), pattern(100))
		first := e.get(t, "/"+name)
		for what, value := range map[string]string{"tag": first.get("ETag"), "date": first.get("Last-Modified")} {
			r := e.get(t, "/"+name, "Range: bytes=2-4", "If-Range: "+value)
			if r.status != 206 {
				t.Errorf("If-Range with the %s right after: %d, want 206", what, r.status)
			}
		}
		// A second version within the second makes the date worthless, the tag not.
		replace(t, filepath.Join(root, name), strings.ToUpper(pattern(101)))
		var second *reply
		eventually(t, 5*time.Second, "the new version is served", func() bool {
			second = e.get(t, "/"+name)
			return second.get("ETag") != first.get("ETag")
		})
		wantStatus(t, e.get(t, "/"+name, "Range: bytes=2-4", "If-Range: "+first.get("ETag")), 200)
		wantStatus(t, e.get(t, "/"+name, "Range: bytes=2-4", "If-Range: "+second.get("ETag")), 206)
		if first.get("Last-Modified") == second.get("Last-Modified") {
			wantStatus(t, e.get(t, "/"+name, "Range: bytes=2-4", "If-Range: "+first.get("Last-Modified")), 200)
		}
	})
}
