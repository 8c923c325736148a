package byterange

import (
	"math"
	"net/http"
	"regexp"
	"testing"
	"time"
)

func TestParseHTTPDate(t *testing.T) {
	f := func(s string, want int64) {
		t.Helper()
		got, ok := ParseHTTPDate([]byte(s))
		if !ok || got != want {
			t.Errorf("ParseHTTPDate(%q) = %d, %v, want %d", s, got, ok, want)
		}
	}
	f("Sun, 06 Nov 1994 08:49:37 GMT", 784111777)
	f("Sunday, 06-Nov-94 08:49:37 GMT", 784111777)
	f("Sun Nov  6 08:49:37 1994", 784111777)
	f("Sun Nov 06 08:49:37 1994", 784111777)
	f(" \tSun, 06 Nov 1994 08:49:37 GMT ", 784111777)
	f("Wed Nov 16 08:49:37 1994", 784111777+10*86400)
	f("Thu, 01 Jan 1970 00:00:00 GMT", 0)
	f("Wed, 31 Dec 1969 23:59:59 GMT", -1)
	f("Tue, 19 Jan 2038 03:14:08 GMT", 1<<31)
	f("Fri, 25 Feb 2174 09:42:23 GMT", 6442450943)
	f("Thu, 29 Feb 2024 00:00:00 GMT", 1709164800)
	f("Tue, 29 Feb 2000 00:00:00 GMT", 951782400)
	f("Sat, 01 Jan 0000 00:00:00 GMT", firstDate)
	f("Fri, 31 Dec 9999 23:59:59 GMT", lastDate)
	f("Wednesday, 01-Jan-69 00:00:00 GMT", -31536000)
	f("Sunday, 01-Jan-68 00:00:00 GMT", 3092601600)
	// The day's name says nothing that the date does not.
	f("Mon, 06 Nov 1994 08:49:37 GMT", 784111777)
}

func TestParseHTTPDateRefuses(t *testing.T) {
	for _, s := range []string{
		"", " ", "-1", "0", "yesterday",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 +0000",
		"Sun, 06 Nov 1994 08:49:37 gmt",
		"sun, 06 Nov 1994 08:49:37 GMT",
		"Son, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06 Nev 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun,  6 Nov 1994 08:49:37 GMT",
		"Sun, 06-Nov-1994 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Sun, 32 Dec 1994 08:49:37 GMT",
		"Wed, 29 Feb 2023 00:00:00 GMT",
		"Thu, 29 Feb 2100 00:00:00 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:00 GMT",
		"Sun, 06 Nov 1994 08:49:60 GMT",
		"Sun, 06 Nov 1994 08:49:3x GMT",
		"Sun, 06 Nov 1994 08-49-37 GMT",
		"Sun, 06 Nov 199x 08:49:37 GMT",
		"Sun, 06 Nov x994 08:49:37 GMT",
		"Sun, 06 Nov -994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT; length=10",
		"Sun, 06-Nov-94 08:49:37 GMT",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sunday, 06-Nov-9x 08:49:37 GMT",
		"Sunday 06-Nov-94 08:49:37 GMT",
		", 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 199",
		"Sun Nov 6 08:49:37 1994",
		"Sun Nov  0 08:49:37 1994",
		"Sun Nov 31 08:49:37 1994",
		"Sun Nov  6 08:49:37 199x",
	} {
		if got, ok := ParseHTTPDate([]byte(s)); ok {
			t.Errorf("ParseHTTPDate(%q) = %d, want refusal", s, got)
		}
	}
}

func TestAppendHTTPDate(t *testing.T) {
	f := func(unix int64, want string) {
		t.Helper()
		if got := string(AppendHTTPDate([]byte("x"), unix)); got != "x"+want {
			t.Errorf("AppendHTTPDate(%d) = %q, want %q", unix, got[1:], want)
		}
	}
	f(784111777, "Sun, 06 Nov 1994 08:49:37 GMT")
	f(0, "Thu, 01 Jan 1970 00:00:00 GMT")
	f(-1, "Wed, 31 Dec 1969 23:59:59 GMT")
	f(1709164800, "Thu, 29 Feb 2024 00:00:00 GMT")
	f(firstDate, "Sat, 01 Jan 0000 00:00:00 GMT")
	f(lastDate, "Fri, 31 Dec 9999 23:59:59 GMT")
	f(math.MinInt64, "Sat, 01 Jan 0000 00:00:00 GMT")
	f(math.MaxInt64, "Fri, 31 Dec 9999 23:59:59 GMT")
}

// What the grammar asks of letters and blanks, which time.Parse does not.
var strictDate = regexp.MustCompile(`^(?:` +
	`(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT|` +
	`(?:Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday), \d\d-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d\d \d\d:\d\d:\d\d GMT|` +
	`(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d \d{4})$`)

// parseDateSlowly is net/http's parser behind the grammar.
func parseDateSlowly(s []byte) (int64, bool) {
	s = trim(s)
	if !strictDate.Match(s) {
		return 0, false
	}
	t, err := http.ParseTime(string(s))
	if err != nil {
		return 0, false
	}
	return t.Unix(), true
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"Thu, 29 Feb 2024 23:59:59 GMT", "Wed, 31 Apr 2024 00:00:00 GMT", "Thu Feb 29 24:00:60 2023",
	} {
		f.Add([]byte(s), int64(784111777))
	}
	f.Fuzz(func(t *testing.T, s []byte, unix int64) {
		got, ok := ParseHTTPDate(s)
		want, wantOK := parseDateSlowly(s)
		if got != want && ok || ok != wantOK {
			t.Errorf("ParseHTTPDate(%q) = %d, %v, want %d, %v", s, got, ok, want, wantOK)
		}

		text := AppendHTTPDate(nil, unix)
		unix = min(max(unix, firstDate), lastDate)
		if want := time.Unix(unix, 0).UTC().Format(http.TimeFormat); string(text) != want {
			t.Errorf("AppendHTTPDate(%d) = %s, want %s", unix, text, want)
		}
		if got, ok := ParseHTTPDate(text); !ok || got != unix {
			t.Errorf("ParseHTTPDate(%s) = %d, %v, want %d", text, got, ok, unix)
		}
	})
}
