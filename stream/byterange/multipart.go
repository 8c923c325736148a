package byterange

import "strconv"

// MultipartType, with the boundary after it, is the Content-Type of an answer
// of several ranges (9110 14.6).
const MultipartType = "multipart/byteranges; boundary="

// AppendContentRange appends the value of Content-Range for r in a
// representation of size bytes: "bytes 0-4/10".
func AppendContentRange(dst []byte, r Range, size int64) []byte {
	dst = append(dst, "bytes "...)
	dst = strconv.AppendInt(dst, r.Start, 10)
	dst = append(dst, '-')
	dst = strconv.AppendInt(dst, r.Start+r.Length-1, 10)
	dst = append(dst, '/')
	return strconv.AppendInt(dst, size, 10)
}

// AppendUnsatisfied appends the value of Content-Range for a 416: "bytes */10".
func AppendUnsatisfied(dst []byte, size int64) []byte {
	return strconv.AppendInt(append(dst, "bytes */"...), size, 10)
}

// AppendPartHeader appends all that stands before the bytes of r in a
// multipart/byteranges body, the delimiter included; first is true for the
// first part. An empty contentType is left out. The boundary is the caller's: it
// must not occur in the data, so draw it at random, of characters that need no
// quotes.
func AppendPartHeader(dst []byte, boundary, contentType string, r Range, size int64, first bool) []byte {
	if !first {
		dst = append(dst, "\r\n"...)
	}
	dst = append(dst, "--"...)
	dst = append(dst, boundary...)
	if contentType != "" {
		dst = append(dst, "\r\nContent-Type: "...)
		dst = append(dst, contentType...)
	}
	dst = append(dst, "\r\nContent-Range: "...)
	dst = AppendContentRange(dst, r, size)
	return append(dst, "\r\n\r\n"...)
}

// AppendClosing appends what ends a multipart/byteranges body, after the bytes of
// the last part.
func AppendClosing(dst []byte, boundary string) []byte {
	dst = append(dst, "\r\n--"...)
	dst = append(dst, boundary...)
	return append(dst, "--\r\n"...)
}

// MultipartLength is the length of the whole body that [AppendPartHeader], the
// bytes and [AppendClosing] make of one or more ranges: its Content-Length.
func MultipartLength(boundary, contentType string, size int64, ranges []Range) int64 {
	perPart := len("\r\n--") + len(boundary) + len("\r\nContent-Range: bytes -/\r\n\r\n") + digits(size)
	if contentType != "" {
		perPart += len("\r\nContent-Type: ") + len(contentType)
	}
	n := int64(len(ranges)*perPart - len("\r\n") + // no line end before the first delimiter
		len("\r\n--") + len(boundary) + len("--\r\n"))
	for _, r := range ranges {
		n += r.Length + int64(digits(r.Start)+digits(r.Start+r.Length-1))
	}
	return n
}

// digits is how many the decimal form of n has; n is not negative.
func digits(n int64) int {
	d := 1
	for n >= 10 {
		n /= 10
		d++
	}
	return d
}
