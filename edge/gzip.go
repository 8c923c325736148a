package edge

import (
	"bytes"
	"strconv"
)

// acceptsGzip reads Accept-Encoding (RFC 9110 12.5.3): gzip named, or any coding,
// with a weight above zero.
func acceptsGzip(field []byte) bool {
	any := false
	for len(field) > 0 {
		var item []byte
		item, field, _ = bytes.Cut(field, []byte(","))
		coding, params, _ := bytes.Cut(item, []byte(";"))
		coding = bytes.TrimSpace(coding)
		star := string(coding) == "*"
		if !star && !bytes.EqualFold(coding, []byte("gzip")) && !bytes.EqualFold(coding, []byte("x-gzip")) {
			continue
		}
		weight := 1.0
		if q, ok := bytes.CutPrefix(bytes.ToLower(bytes.TrimSpace(params)), []byte("q=")); ok {
			w, err := strconv.ParseFloat(string(q), 64)
			if err != nil {
				w = 0
			}
			weight = w
		}
		if !star {
			return weight > 0
		}
		any = weight > 0
	}
	return any
}
