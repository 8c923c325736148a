package origin

import (
	"bytes"
	"compress/gzip"
	"strings"
)

// gzipMin is the size below which compressing saves no packet.
const gzipMin = 1024

// Compressible reports whether the file is a text small enough to be held in
// memory, and so may be had compressed.
func (f *File) Compressible() bool { return f.text }

func isText(contentType string) bool {
	return strings.HasPrefix(contentType, "text/") || contentType == "application/json" || contentType == "application/xml" ||
		contentType == "application/vnd.apple.mpegurl" || contentType == "application/dash+xml" || contentType == "image/svg+xml"
}

// Gzip returns the file compressed, made at the first call and kept, and the
// ETag of that representation. It returns nil when compressing saves nothing.
// Only for a file that is Compressible.
func (f *File) Gzip() (body []byte, etag string) {
	f.gzipOnce.Do(func() {
		f.gzipped = Compress(f.body)
		f.gzipETag = strings.TrimSuffix(f.ETag, `"`) + `-gz"`
	})
	return f.gzipped, f.gzipETag
}

// Compress returns b by gzip, or nil when that saves nothing.
func Compress(b []byte) []byte {
	if len(b) < gzipMin {
		return nil
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	// A bytes.Buffer takes everything.
	_, _ = w.Write(b)
	_ = w.Close()
	if out.Len() >= len(b) {
		return nil
	}
	return out.Bytes()
}
