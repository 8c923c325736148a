package main

import (
	"bytes"
	"strconv"
)

var (
	endOfHead   = []byte("\r\n\r\n")
	rangeHeader = []byte("\r\nRange: bytes=")
	notFound    = []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
)

// path cuts the path without query out of a request's first line.
func path(req []byte) []byte {
	i := bytes.IndexByte(req, ' ')
	if i < 0 {
		return nil
	}
	req = req[i+1:]
	for i, c := range req {
		if c == '?' || c == ' ' {
			return req[:i]
		}
	}
	return nil
}

// byteRange reads "bytes=A-B" with both ends given and inside the file; nothing else is a range here.
func byteRange(req []byte, size int64) (from, to int64, ok bool) {
	i := bytes.Index(req, rangeHeader)
	if i < 0 {
		return 0, 0, false
	}
	var n [2]int64
	k, digits := 0, 0
	for _, c := range req[i+len(rangeHeader):] {
		switch {
		case c >= '0' && c <= '9' && digits < 15:
			n[k] = n[k]*10 + int64(c-'0')
			digits++
		case c == '-' && k == 0 && digits > 0:
			k, digits = 1, 0
		case c == '\r' && k == 1 && digits > 0:
			return n[0], n[1], n[0] <= n[1] && n[1] < size
		default:
			return 0, 0, false
		}
	}
	return 0, 0, false
}

// appendPartialHead writes the head of a 206.
func appendPartialHead(b []byte, from, to, size int64) []byte {
	b = append(b, "HTTP/1.1 206 Partial Content\r\nContent-Type: audio/mpeg\r\nContent-Range: bytes "...)
	b = strconv.AppendInt(b, from, 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, to, 10)
	b = append(b, '/')
	b = strconv.AppendInt(b, size, 10)
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, to-from+1, 10)
	return append(b, "\r\n\r\n"...)
}
