package edge

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"segue/edge/gate"
	"segue/edge/wire"
	"segue/signer"
	"segue/stream/hls"
	"segue/stream/origin"
)

// classes are the label of a response's status: its first digit.
var classes = [...]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}

// buckets of request durations, in seconds. An answer lasts as long as the
// client takes to receive it.
var buckets = [...]float64{.0001, .0005, .001, .005, .01, .05, .1, .5, 1, 5, 30, 120, 600}

// stripes keep cores from sharing the cache lines that every request counts in.
const stripes = 8

// maxRoutes bounds routeCount, which cannot stand in a type that routes refer to.
const maxRoutes = 24

// counts is one stripe: a connection counts in the same one all its life.
type counts struct {
	requests [maxRoutes][len(classes)]atomic.Uint64
	bytes    [maxRoutes]atomic.Uint64
	took     [len(buckets) + 1]atomic.Uint64
	tookSum  atomic.Int64
	cut      atomic.Uint64
	_        [64]byte
}

// Registerer is where the metrics are registered.
type Registerer = prometheus.Registerer

// metrics counts what the edge did. It is a prometheus.Collector that adds the
// stripes up when asked: counting itself is one atomic addition.
type metrics struct {
	stripe  [stripes]counts
	refused map[string]*atomic.Uint64 // by gate reason
	shed    map[string]*atomic.Uint64
	tokens  map[string]*atomic.Uint64
	reloads [2]atomic.Uint64 // ok, failed

	connections func() int
	files       func() origin.Stats
	packages    *hls.Store // nil when HLS is off
}

func counters(labels []string) map[string]*atomic.Uint64 {
	m := make(map[string]*atomic.Uint64, len(labels))
	for _, l := range labels {
		m[l] = new(atomic.Uint64)
	}
	return m
}

func newMetrics(connections func() int, files func() origin.Stats, packages *hls.Store) *metrics {
	return &metrics{
		refused:     counters(append(gate.Reasons(), "method", "body", "slow_head")),
		shed:        counters(wire.Reasons),
		tokens:      counters(tokenReasons()),
		connections: connections, files: files, packages: packages,
	}
}

// tokenReasons are the labels of refused tokens.
func tokenReasons() []string {
	var all []string
	for _, err := range tokenErrors {
		all = append(all, signer.Reason(err))
	}
	return all
}

// record counts one answer.
func (m *metrics) record(stripe uint64, route, status int, bytes int64, took time.Duration, cut bool) {
	c := &m.stripe[stripe%stripes]
	class := status / 100
	if class >= len(classes) || class < 0 {
		class = 0
	}
	c.requests[route][class].Add(1)
	if bytes > 0 {
		c.bytes[route].Add(uint64(bytes))
	}
	s := took.Seconds()
	i := 0
	for i < len(buckets) && s > buckets[i] {
		i++
	}
	c.took[i].Add(1)
	c.tookSum.Add(int64(took))
	if cut {
		c.cut.Add(1)
	}
}

var (
	descRequests = desc("segue_requests_total", "Answers of the public listener, by route and status class.", "route", "class")
	descBytes    = desc("segue_response_bytes_total", "Body bytes given to clients, before encryption.", "route")
	descTook     = desc("segue_request_duration_seconds", "From a request's head to the last byte of its answer taken by the client's connection.")
	descCut      = desc("segue_responses_cut_total", "Answers that ended before their last byte.")
	descRefused  = desc("segue_requests_refused_total", "Requests that the gate turned away.", "reason")
	descShed     = desc("segue_connections_shed_total", "Connections cut by the server.", "reason")
	descTokens   = desc("segue_tokens_refused_total", "Requests refused for their token.", "reason")
	descConns    = desc("segue_connections", "Client connections that stand.")
	descFiles    = desc("segue_files_kept", "Versions of files kept open or in memory.")
	descMemory   = desc("segue_files_memory_bytes", "Bytes of small files kept in memory.")
	descOpens    = desc("segue_file_opens_total", "Files opened on disk.")
	descIndexes  = desc("segue_hls_indexes_total", "Files indexed for HLS, by where the index came from.", "source")
	descRefusals = desc("segue_hls_refused_total", "Files that were found not to be packaged, by what they are.", "reason")
	descPending  = desc("segue_hls_pending_total", "Requests told to come back while a file is indexed.")
	descCuts     = desc("segue_hls_segments_cut_total", "Segments cut; served again, they are counted as requests alone.")
	descKept     = desc("segue_hls_memory_bytes", "Bytes of indexes, playlists and heads of segments in memory.")
	descDisk     = desc("segue_hls_disk_failures_total", "Indexes that could not be kept on disk.")
	descReloads  = desc("segue_reloads_total", "Times that the configuration was loaded again.", "result")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descRequests, descBytes, descTook, descCut, descRefused, descShed, descTokens, descConns, descFiles, descMemory, descOpens, descReloads,
		descIndexes, descRefusals, descPending, descCuts, descKept, descDisk,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge := func(d *prometheus.Desc, v float64) { ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	var (
		requests = make(map[string]*[len(classes)]uint64)
		bytes    = make(map[string]uint64)
		took     = make(map[float64]uint64)
		all, cut uint64
		sum      float64
	)
	for i := range m.stripe {
		c := &m.stripe[i]
		for r := range routeCount {
			name := routeName(r)
			if requests[name] == nil {
				requests[name] = new([len(classes)]uint64)
			}
			for k := range classes {
				requests[name][k] += c.requests[r][k].Load()
			}
			bytes[name] += c.bytes[r].Load()
		}
		n := uint64(0)
		for k, b := range buckets {
			n += c.took[k].Load()
			took[b] += n
		}
		all += n + c.took[len(buckets)].Load()
		sum += time.Duration(c.tookSum.Load()).Seconds()
		cut += c.cut.Load()
	}
	for name, by := range requests {
		for k, v := range by {
			if v > 0 || k >= 2 { // from zero on, or rate() misses the first error
				counter(descRequests, v, name, classes[k])
			}
		}
		counter(descBytes, bytes[name], name)
	}
	ch <- prometheus.MustNewConstHistogram(descTook, all, sum, took)
	counter(descCut, cut)
	for reason, v := range m.refused {
		counter(descRefused, v.Load(), reason)
	}
	for reason, v := range m.shed {
		counter(descShed, v.Load(), reason)
	}
	for reason, v := range m.tokens {
		counter(descTokens, v.Load(), reason)
	}
	gauge(descConns, float64(m.connections()))
	f := m.files()
	gauge(descFiles, float64(f.Files))
	gauge(descMemory, float64(f.MemoryBytes))
	counter(descOpens, uint64(f.Opens))
	if m.packages != nil {
		h := m.packages.Stats()
		_, kept := m.packages.Size()
		counter(descIndexes, uint64(h.Indexed.Load()), "file")
		counter(descIndexes, uint64(h.Loaded.Load()), "disk")
		counter(descIndexes, uint64(h.Converted.Load()), "conversion")
		counter(descRefusals, uint64(h.NotMedia.Load()), "not_media")
		counter(descRefusals, uint64(h.Unsupported.Load()), "unsupported")
		counter(descRefusals, uint64(h.Broken.Load()), "broken")
		counter(descPending, uint64(h.Pending.Load()))
		counter(descCuts, uint64(h.Cut.Load()))
		gauge(descKept, float64(kept))
		counter(descDisk, uint64(h.DiskFailed.Load()))
	}
	counter(descReloads, m.reloads[0].Load(), "ok")
	counter(descReloads, m.reloads[1].Load(), "failed")
}
