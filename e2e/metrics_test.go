package e2e

import (
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// operator asks the admin listener.
func (p *process) operator(t testing.TB, path string) (int, string) {
	t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + p.admin + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// metrics reads /metrics by Prometheus's own parser.
func (p *process) metrics(t testing.TB) map[string]*dto.MetricFamily {
	t.Helper()
	status, text := p.operator(t, "/metrics")
	if status != 200 {
		t.Fatalf("/metrics: %d", status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("/metrics is no Prometheus text: %v", err)
	}
	return families
}

// metric is a counter or gauge, named as Prometheus prints it:
// name{label="value"}. One that is not there is -1.
func (p *process) metric(t testing.TB, series string) float64 {
	t.Helper()
	name, _, _ := strings.Cut(series, "{")
	f := p.metrics(t)[name]
	for _, m := range f.GetMetric() {
		var labels []string
		for _, l := range m.GetLabel() {
			labels = append(labels, fmt.Sprintf("%s=%q", l.GetName(), l.GetValue()))
		}
		sort.Strings(labels)
		full := name
		if len(labels) > 0 {
			full += "{" + strings.Join(labels, ",") + "}"
		}
		if full == series {
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return -1
}

func TestMetricsCountWhatWasAsked(t *testing.T) {
	t.Parallel()
	e := startEdge(t, folder(t, map[string]string{"a.flac": pattern(1000), "b.txt": "b"}), keys)
	c := connect(t, e.addr)
	for range 7 {
		c.ask("GET", "/a.flac")
	}
	for range 3 {
		c.ask("GET", "/a.flac", "Range: bytes=0-99")
		c.ask("HEAD", "/a.flac")
	}
	c.ask("GET", "/a.flac", "If-None-Match: *")
	c.ask("GET", "/none")
	c.ask("GET", "/a.flac", "Range: bytes=5000-")
	c.ask("GET", "/a.flac?token=x")
	c.ask("GET", token{path: "/a.flac", expires: 1700000000}.basic())
	c.ask("GET", token{path: "/a.flac", key: other}.basic())
	c.ask("GET", "/api/v1/config")
	c.ask("POST", "/a.flac")
	c.ask("OPTIONS", "/a.flac")
	e.get(t, "/../x")
	e.get(t, "/a.flac", "X : y")
	e.get(t, "/a.flac", "Content-Length: 5")
	want := map[string]float64{
		`segue_requests_total{class="2xx",route="file"}`:    13,
		`segue_requests_total{class="3xx",route="file"}`:    1,
		`segue_requests_total{class="4xx",route="file"}`:    5,
		`segue_requests_total{class="2xx",route="config"}`:  1,
		`segue_requests_total{class="4xx",route="method"}`:  1,
		`segue_requests_total{class="2xx",route="options"}`: 1,
		`segue_requests_refused_total{reason="path"}`:       1,
		`segue_requests_refused_total{reason="field"}`:      1,
		`segue_requests_refused_total{reason="body"}`:       1,
		`segue_tokens_refused_total{reason="malformed"}`:    1,
		`segue_tokens_refused_total{reason="expired"}`:      1,
		`segue_tokens_refused_total{reason="mismatch"}`:     1,
		`segue_responses_cut_total`:                         0,
		`segue_connections`:                                 1,
		`segue_file_opens_total`:                            2,
	}
	for series, value := range want {
		// The last answer is counted a moment after its bytes are here, and a
		// connection lingers for a moment.
		var got float64
		eventually(t, patience, series, func() bool { got = e.metric(t, series); return got == value })
		if got != value {
			t.Errorf("%s is %v, want %v", series, got, value)
		}
	}
	if got := e.metric(t, `segue_response_bytes_total{route="file"}`); got < 7300 || got > 9000 {
		t.Errorf("%v bytes of files, want 7300 and those of 5 errors", got)
	}
	families := e.metrics(t)
	took := families["segue_request_duration_seconds"].GetMetric()[0].GetHistogram()
	if took.GetSampleCount() != 22 || took.GetSampleSum() <= 0 {
		t.Errorf("%d durations, in sum %v s; want 22", took.GetSampleCount(), took.GetSampleSum())
	}
	for name, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				for _, word := range []string{"flac", "127.0.0.1", "k1", secret, "token="} {
					if strings.Contains(l.GetValue(), word) {
						t.Errorf("%s has the label %s=%q", name, l.GetName(), l.GetValue())
					}
				}
			}
		}
	}
	for _, name := range []string{"go_goroutines", "process_open_fds", "process_resident_memory_bytes"} {
		if families[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}
