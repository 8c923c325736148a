package byterange

import (
	"bytes"
	"io"
	"math"
	"mime"
	"mime/multipart"
	"testing"
)

func TestContentRange(t *testing.T) {
	f := func(got []byte, want string) {
		t.Helper()
		if string(got) != "x"+want {
			t.Errorf("got %q, want %q", got[1:], want)
		}
	}
	dst := []byte("x")
	f(AppendContentRange(dst, Range{0, 5}, 10), "bytes 0-4/10")
	f(AppendContentRange(dst, Range{9, 1}, 10), "bytes 9-9/10")
	f(AppendContentRange(dst, Range{0, math.MaxInt64}, math.MaxInt64), "bytes 0-9223372036854775806/9223372036854775807")
	f(AppendUnsatisfied(dst, 10), "bytes */10")
	f(AppendUnsatisfied(dst, 0), "bytes */0")
}

func TestMultipartIsReadByMimeMultipart(t *testing.T) {
	data := []byte("0123456789abcdefghij")
	f := func(contentType string, ranges ...Range) {
		t.Helper()
		size := int64(len(data))
		var body []byte
		for i, r := range ranges {
			body = AppendPartHeader(body, "BOUND", contentType, r, size, i == 0)
			body = append(body, data[r.Start:r.Start+r.Length]...)
		}
		body = AppendClosing(body, "BOUND")

		if n := MultipartLength("BOUND", contentType, size, ranges); n != int64(len(body)) {
			t.Errorf("MultipartLength of %v = %d, the body has %d", ranges, n, len(body))
		}
		_, params, err := mime.ParseMediaType(MultipartType + "BOUND")
		if err != nil {
			t.Fatal(err)
		}
		mr := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		for _, r := range ranges {
			p, err := mr.NextRawPart()
			if err != nil {
				t.Fatalf("%v: %v in %q", ranges, err, body)
			}
			if got, want := p.Header.Get("Content-Range"), string(AppendContentRange(nil, r, size)); got != want {
				t.Errorf("Content-Range %q, want %q", got, want)
			}
			if got := p.Header.Get("Content-Type"); got != contentType {
				t.Errorf("Content-Type %q, want %q", got, contentType)
			}
			got, err := io.ReadAll(p)
			if want := data[r.Start : r.Start+r.Length]; err != nil || !bytes.Equal(got, want) {
				t.Errorf("part %v = %q, %v, want %q", r, got, err, want)
			}
		}
		if _, err := mr.NextRawPart(); err != io.EOF {
			t.Errorf("after the last part: %v, want EOF", err)
		}
	}
	f("audio/mpeg", Range{0, 5}, Range{15, 5})
	f("audio/mpeg", Range{9, 1}, Range{0, 1}, Range{10, 10})
	f("", Range{0, 1}, Range{19, 1})
	f("text/plain; charset=utf-8", Range{3, 4})
}

func TestMultipartLengthOfGreatSizes(t *testing.T) {
	size := int64(1e15)
	ranges := []Range{{0, 10}, {99, 1}, {999, 9001}, {size - 1, 1}}
	var framing []byte
	want := int64(0)
	for i, r := range ranges {
		framing = AppendPartHeader(framing, "b", "audio/flac", r, size, i == 0)
		want += r.Length
	}
	want += int64(len(AppendClosing(framing, "b")))
	if got := MultipartLength("b", "audio/flac", size, ranges); got != want {
		t.Errorf("MultipartLength = %d, want %d", got, want)
	}
}
