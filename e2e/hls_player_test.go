package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// description is what info.json says that tests look at.
type description struct {
	Version    string
	Format     string
	Duration   float64
	Title      string
	Artist     string
	Picture    bool
	Notes      []string
	Renditions []struct {
		Name, URI, Kind, Codec, Codecs, Gapless string
		SegmentFormat                           string `json:"segment_format"`
		SampleRate                              int    `json:"sample_rate"`
		Channels, Bits, Width, Height           int
		Samples, Delay, Padding                 int
		Segments, Bytes, Bandwidth              int
		Average                                 int `json:"average_bandwidth"`
	}
}

// stream is one rendition, fetched whole.
type stream struct {
	at       string // the playlist's path
	list     *listing
	inits    map[string][]byte // by address in the playlist
	segments [][]byte
	tags     []string // their ETags
}

// bytes is what segments are decoded from, by themselves.
func (s *stream) alone(n int) []byte {
	return append(append([]byte(nil), s.inits[s.list.pieces[n].init]...), s.segments[n]...)
}

// viewing is all that a player fetches of a file.
type viewing struct {
	master       string
	variant      *variant
	info         description
	sound, video *stream
}

// fetch takes a whole answer and wants it to be one.
func (c *client) fetch(target string, lines ...string) *reply {
	c.t.Helper()
	r := c.ask("GET", target, lines...)
	if r.status != 200 {
		c.t.Fatalf("%s: %s", target, r)
	}
	return r
}

// watch fetches all of what a master playlist leads to, as a player does.
func watch(t *testing.T, e *process, target string) *viewing {
	t.Helper()
	c := connect(t, e.addr)
	defer func() { _ = c.Close() }()
	v := &viewing{}
	v.master = string(c.patient(target).body)
	v.variant = readMaster(t, v.master)
	info := c.fetch(beside(target, "info.json") + query(target))
	if err := json.Unmarshal(info.body, &v.info); err != nil {
		t.Fatalf("info.json: %v: %s", err, info.body)
	}
	first := c.stream(beside(target, v.variant.uri))
	if v.variant.attributes["RESOLUTION"] == "" {
		v.sound = first
		return v
	}
	v.video = first
	if v.variant.sound != "" {
		v.sound = c.stream(beside(target, v.variant.sound))
	}
	return v
}

func query(target string) string {
	if _, q, ok := strings.Cut(target, "?"); ok {
		return "?" + q
	}
	return ""
}

// patient asks again as long as it is told to.
func (c *client) patient(target string) *reply {
	c.t.Helper()
	var r *reply
	eventually(c.t, 3*patience, target+" is indexed", func() bool {
		r = c.ask("GET", target)
		if r.status == 503 && r.get("Retry-After") == "" {
			c.t.Fatalf("no Retry-After: %s", r)
		}
		return r.status != 503
	})
	if r.status != 200 {
		c.t.Fatalf("%s: %s", target, r)
	}
	return r
}

// stream fetches a media playlist and what it names.
func (c *client) stream(target string) *stream {
	c.t.Helper()
	r := c.fetch(target)
	wantField(c.t, r, "Content-Type", "application/vnd.apple.mpegurl")
	s := &stream{at: target, list: readMedia(c.t, string(r.body)), inits: map[string][]byte{}}
	for _, p := range s.list.pieces {
		if p.init != "" && s.inits[p.init] == nil {
			s.inits[p.init] = c.fetch(beside(target, p.init)).body
		}
		r := c.fetch(beside(target, p.uri))
		s.segments = append(s.segments, r.body)
		s.tags = append(s.tags, r.get("ETag"))
	}
	return s
}
