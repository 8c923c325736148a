package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// outsider is a player that talks to another server than ours, which need not
// answer by our rules.
type outsider struct {
	t      *testing.T
	base   string
	client *http.Client
}

func fetcher(t *testing.T, addr string) *outsider {
	return &outsider{t, "http://" + addr, &http.Client{Timeout: patience}}
}

func (o *outsider) get(target string, header ...string) (status int, fields http.Header, body string) {
	o.t.Helper()
	r, err := http.NewRequest(http.MethodGet, o.base, http.NoBody)
	if err != nil {
		o.t.Fatal(err)
	}
	// As it stands: the token's own escapes must come through.
	path, q, _ := strings.Cut(target, "?")
	r.URL.Opaque, r.URL.RawQuery = path, q
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := o.client.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		o.t.Fatalf("%s: %v", target, err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

func (o *outsider) fetch(target string) (fields http.Header, body string) {
	o.t.Helper()
	status, fields, body := o.get(target)
	if status != http.StatusOK {
		o.t.Fatalf("%s: %d %v %s", target, status, fields, brief(body))
	}
	return fields, body
}

// watch fetches all of what a master playlist leads to.
func (o *outsider) watch(target string) *viewing {
	o.t.Helper()
	v := &viewing{}
	_, v.master = o.fetch(target)
	v.variant = readMaster(o.t, v.master)
	_, info := o.fetch(beside(target, "info.json"))
	if err := json.Unmarshal([]byte(info), &v.info); err != nil {
		o.t.Fatalf("%v: %s", err, info)
	}
	s := &stream{at: beside(target, v.variant.uri), inits: map[string][]byte{}}
	_, text := o.fetch(s.at)
	s.list = readMedia(o.t, text)
	for _, p := range s.list.pieces {
		if p.init != "" && s.inits[p.init] == nil {
			_, b := o.fetch(beside(s.at, p.init))
			s.inits[p.init] = []byte(b)
		}
		fields, b := o.fetch(beside(s.at, p.uri))
		s.segments = append(s.segments, []byte(b))
		s.tags = append(s.tags, fields.Get("ETag"))
	}
	v.sound = s
	return v
}
