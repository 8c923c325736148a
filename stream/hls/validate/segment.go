package validate

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

func (r *initRef) key() string { return r.url + r.span.String() }

func (s *span) String() string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("bytes=%d-%d", s.off, s.off+s.n-1)
}

// download is media on its way.
type download struct {
	*answer
	*bufio.Reader
	body  io.Closer
	count *counter
}

// counter counts and bounds bytes.
type counter struct {
	r    io.Reader
	n    int64
	left int64
}

func (c *counter) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, fmt.Errorf("it is greater than %d MB", maxSegmentSize>>20)
	}
	n, err := c.r.Read(b[:min(int64(len(b)), c.left)])
	c.n += int64(n)
	c.left -= int64(n)
	return n, err
}

// download begins to fetch media. A nil result was reported.
func (j *judge) download(ctx context.Context, address string, r *span, at place) *download {
	header := http.Header{}
	if r != nil {
		header.Set("Range", r.String())
	}
	a, body, err := j.fetch.get(ctx, "GET", address, header)
	if err == nil && a.status != 0 && (a.status != http.StatusOK && (r == nil || a.status != http.StatusPartialContent && a.status != http.StatusRequestedRangeNotSatisfiable)) {
		err = statusError(a, body)
		_ = body.Close()
	}
	if err != nil {
		j.fault("media-reachable", at, "%v", err)
		return nil
	}
	d := &download{answer: a, body: body}
	d.count = &counter{r: body, left: maxSegmentSize}
	j.check("media-redirect", a.redirects == 0, at, "%s was reached over %d redirects; list the last address", shown(address), a.redirects)
	if r != nil && a.status == 0 {
		n, err := io.CopyN(io.Discard, body, r.off)
		d.count.r = io.LimitReader(body, r.n)
		j.check("byterange-answer", err == nil, at, "the range begins at byte %d, the file has %d", r.off, n)
	} else if r != nil {
		got := a.header.Get("Content-Range")
		ok := a.status == http.StatusPartialContent && strings.HasPrefix(got, fmt.Sprintf("bytes %d-%d/", r.off, r.off+r.n-1))
		j.check("byterange-answer", ok, at, "Range: %s of %s is answered %d, Content-Range %q; it should be 206 with these bytes", r, shown(address), a.status, got)
		if !ok {
			_ = body.Close()
			return nil
		}
	}
	d.Reader = bufio.NewReaderSize(d.count, 64<<10)
	return d
}

// end reads what is left and reports whether all of it came.
func (j *judge) end(d *download, r *span, at place) bool {
	_, err := io.Copy(io.Discard, d.Reader)
	_ = d.body.Close()
	if err != nil {
		err = inWords(err, j.o.Timeout)
	} else if r != nil && d.count.n != r.n {
		j.fault("byterange-answer", at, "%d of %d bytes came; the range should lie inside the file", d.count.n, r.n)
	}
	j.check("media-reachable", err == nil, at, "%s: %v", shown(d.url), err)
	return err == nil
}

// init fetches and judges an init section.
func (j *judge) init(ctx context.Context, p *playlist, r *initRef) *initSection {
	at := place{p.url, r.line}
	x := &initSection{}
	if r.url == "" {
		return x
	}
	d := j.download(ctx, r.url, r.span, at)
	if d == nil {
		return x
	}
	if head, _ := d.Peek(1); len(head) > 0 && head[0] == 0x47 { // PAT and PMT of MPEG-TS
		j.end(d, r.span, at)
		return x
	}
	inside := &judge{sheet: newSheet()}
	inside.readInit(d.Reader, x, place{r.url, 0})
	if !j.end(d, r.span, at) {
		return &initSection{}
	}
	j.add(inside.sheet)
	x.size = d.count.n
	if d.status != 0 {
		j.mediaType(d.answer, "fmp4", at)
	}
	return x
}

// segment fetches and judges one segment. It runs beside others, on a judge that
// has a sheet of its own.
func (j *judge) segment(ctx context.Context, s *stream, g *segment, first bool) *content {
	at := place{s.list.url, g.line}
	if g.url == "" || g.gap || ctx.Err() != nil {
		return nil
	}
	d := j.download(ctx, g.url, g.span, at)
	if d == nil {
		return nil
	}
	c := &content{}
	inside := &judge{sheet: newSheet()} // what it holds is judged if all of it came
	head, _ := d.Peek(256)
	head = append([]byte(nil), head...)
	if s.frames || s.list.iframes {
		c.format = "frames" // parts of segments
	} else if g.encrypted == "AES-128" || g.encrypted == "AES-256-GCM" || g.encrypted != "" && g.init == nil {
		c.format = "encrypted"
	} else {
		if g.init != nil {
			c.init = s.inits[g.init.key()]
		}
		inside.inspect(d.Reader, c, head, g, at)
	}
	if !j.end(d, g.span, at) {
		return nil
	}
	j.add(inside.sheet)
	c.size = d.count.n
	if d.status != 0 && c.format != "" {
		j.mediaType(d.answer, c.format, at)
		if first {
			j.mediaDelivery(ctx, d.answer, g, head, c.size, at)
		}
	}
	if (s.list.independent || s.parent != nil && s.parent.independent) && c.setup != "" {
		j.check("independent-true", !c.dependent, at, "the first sample of %s depends on others; begin with a key frame, or leave #EXT-X-INDEPENDENT-SEGMENTS out", shown(g.url))
	}
	return c
}

// inspect tells the format by the first bytes and looks inside.
func (j *judge) inspect(r *bufio.Reader, c *content, head []byte, g *segment, at place) {
	here := place{g.url, 0}
	box := ""
	if len(head) >= 8 {
		box = string(head[4:8])
	}
	switch {
	case box == "styp" || box == "moof" || box == "sidx" || box == "ftyp" || box == "emsg" || box == "prft" || box == "mdat" || box == "moov":
		c.format = "fmp4"
		j.check("map-needed", g.init != nil, at, "%s is fMP4 and no #EXT-X-MAP stands before it", shown(g.url))
		j.readSegment(r, c, here)
	case len(head) > 0 && head[0] == 0x47:
		c.format = "ts"
		j.readTS(r, c, here)
	case strings.HasPrefix(strings.TrimPrefix(string(head), "\ufeff"), "WEBVTT"):
		c.format = "webvtt"
	case strings.HasPrefix(string(head), "ID3") || len(head) > 3 && (head[0] == 0xff && head[1]&0xe0 == 0xe0 || head[0] == 0x0b && head[1] == 0x77):
		j.readPacked(r, c, here)
	}
	known := c.format != ""
	j.check("format", known, here, "the segment begins with % x, which is no format of HLS segments", head[:min(len(head), 8)])
	if known {
		j.check("one-audio", c.audio <= 1, here, "it has %d audio streams; give each its own playlist", c.audio)
	}
}
