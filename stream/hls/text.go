package hls

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// Text is a document, rendered once: as it is and compressed, as Apple wants
// playlists (HLS Authoring Specification 10.1). Both are representations with a
// strong ETag of their own.
type Text struct {
	Body, Gzip     []byte
	ETag, GzipETag string
}

func newText(body []byte) *Text {
	sum := sha256.Sum256(body)
	tag := hex.EncodeToString(sum[:8])
	t := &Text{Body: body, ETag: `"` + tag + `"`, GzipETag: `"` + tag + `-gzip"`}
	var z bytes.Buffer
	w := compressors.Get().(*gzip.Writer)
	w.Reset(&z)
	// A buffer takes everything, and the header holds no time.
	_, _ = w.Write(body)
	_ = w.Close()
	compressors.Put(w)
	t.Gzip = bytes.Clone(z.Bytes())
	return t
}

// compressors are most of a megabyte each, and slow to make.
var compressors = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestCompression)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return w
}}

// size is what the text takes in memory.
func (t *Text) size() int64 { return int64(len(t.Body) + len(t.Gzip) + 128) }
