package byterange

import "testing"

// fullRequest passes through every step and ends in ranges.
var fullRequest = Request{
	IfMatch:           []byte(`"x", "y,z", W/"v", "A"`),
	IfUnmodifiedSince: []byte(date),
	IfNoneMatch:       []byte(`W/"x", "y"`),
	IfModifiedSince:   []byte("Sun Nov  6 08:49:36 1994"),
	IfRange:           []byte("Sunday, 06-Nov-94 08:49:37 GMT"),
	Range:             []byte("bytes=0-9, -10, 100000-, 10-19, 20-29"),
}

var (
	testSelected = Selected{ETag: `"A"`, ModTime: unix, Size: 1000, DateStrong: true}
	testDecision Decision
	testBuf      = make([]byte, 0, 4096)
	testInt      int64
)

func TestNothingAllocates(t *testing.T) {
	f := func(name string, run func()) {
		t.Helper()
		if n := testing.AllocsPerRun(100, run); n != 0 {
			t.Errorf("%s: allocs = %v, want 0", name, n)
		}
	}
	f("no fields", func() { Decide(&Request{}, &testSelected, &testDecision) })
	f("all fields", func() { Decide(&fullRequest, &testSelected, &testDecision) })
	f("dates", func() {
		for _, s := range [][]byte{fullRequest.IfUnmodifiedSince, fullRequest.IfModifiedSince, fullRequest.IfRange} {
			testInt, _ = ParseHTTPDate(s)
		}
		testBuf = AppendHTTPDate(testBuf[:0], testInt)
	})
	f("multipart", func() {
		rs := testDecision.Ranges[:testDecision.N]
		testInt = MultipartLength("boundary", "audio/mpeg", 1000, rs)
		testBuf = testBuf[:0]
		for i, r := range rs {
			testBuf = AppendPartHeader(testBuf, "boundary", "audio/mpeg", r, 1000, i == 0)
		}
		testBuf = AppendClosing(AppendUnsatisfied(testBuf, 1000), "boundary")
	})
}

func BenchmarkDecide(b *testing.B) {
	f := func(name string, req Request) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Decide(&req, &testSelected, &testDecision)
			}
		})
	}
	f("none", Request{})
	f("one", Request{Range: []byte("bytes=100-")})
	f("one-if-range", Request{Range: []byte("bytes=100-"), IfRange: []byte(`"A"`)})
	f("three", Request{Range: []byte("bytes=0-9, -10, 10-19")})
	f("etag-304", Request{IfNoneMatch: []byte(`"A"`)})
	f("date-304", Request{IfModifiedSince: []byte(date)})
	f("all-fields", fullRequest)
}

func BenchmarkDate(b *testing.B) {
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		s := []byte(date)
		for b.Loop() {
			testInt, _ = ParseHTTPDate(s)
		}
	})
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			testBuf = AppendHTTPDate(testBuf[:0], unix)
		}
	})
}

func BenchmarkMultipart(b *testing.B) {
	rs := []Range{{0, 10}, {990, 10}, {10, 10}}
	b.ReportAllocs()
	for b.Loop() {
		testInt = MultipartLength("boundary", "audio/mpeg", 1000, rs)
		testBuf = testBuf[:0]
		for i, r := range rs {
			testBuf = AppendPartHeader(testBuf, "boundary", "audio/mpeg", r, 1000, i == 0)
		}
		testBuf = AppendClosing(testBuf, "boundary")
	}
}
