package edge

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"segue/edge/gate"
	"segue/edge/wire"
	"segue/internal/conf"
	"segue/internal/obs"
)

// Config is all that an edge can be told. [Defaults] is what it does untold.
type Config struct {
	Root         string `conf:"root" doc:"folder whose files are served, each at its own path"`
	Name         string `conf:"name" doc:"what the page calls the collection; empty takes the folder's name"`
	Listen       string `conf:"listen" doc:"address of the public listener, HOST:PORT; an empty host is every interface"`
	Admin        string `conf:"admin" doc:"address of the admin listener: /metrics, /livez, /readyz, /debug/pprof; keep it on loopback or a private network; empty turns it off, port 0 takes a free one"`
	RequireToken bool   `conf:"require_token" doc:"serve nothing without a valid signed URL, but to a pull that carries the origin secret (reload)"`
	CacheDir     string `conf:"cache_dir" doc:"folder for what the edge computes from files and can compute again; what HLS knows of them and WAV converted to FLAC; empty keeps nothing beyond the process's end"`
	Page         bool   `conf:"page" doc:"serve the page at / unless the root has an index.html, and its API below /api/v1"`

	TLS      TLSConfig      `conf:"tls"`
	Access   AccessConfig   `conf:"access"`
	Cache    CacheConfig    `conf:"cache"`
	HLS      HLSConfig      `conf:"hls"`
	Files    FilesConfig    `conf:"files"`
	Limits   LimitsConfig   `conf:"limits"`
	Log      LogConfig      `conf:"log"`
	Shutdown ShutdownConfig `conf:"shutdown"`
}

// TLSConfig is the encrypted listener.
type TLSConfig struct {
	Listen string `conf:"listen" doc:"address of the TLS listener, HOST:PORT; empty turns it off"`
	Cert   string `conf:"cert" doc:"PEM file with the certificate and its chain; read again when it changes"`
	Key    string `conf:"key" doc:"PEM file with the certificate's private key; read again when it changes"`
}

// AccessConfig is who may have what.
type AccessConfig struct {
	SigningKeys      string        `conf:"signing_keys" env:"SEGUE_SIGNING_KEYS" secret:"true" doc:"key ring id:secret,id:secret of signed URLs: verified by any, signed by the first; 16 bytes or more each"`
	SigningKeysFile  string        `conf:"signing_keys_file" env:"SEGUE_SIGNING_KEYS_FILE" doc:"file that holds the key ring instead, on one line or one key a line; read again when it changes (reload)"`
	OriginSecret     string        `conf:"origin_secret" env:"SEGUE_ORIGIN_SECRET" secret:"true" doc:"what a CDN sends as X-Origin-Secret to pull without tokens; 16 bytes or more; empty lets none"`
	OriginSecretFile string        `conf:"origin_secret_file" env:"SEGUE_ORIGIN_SECRET_FILE" doc:"file that holds the origin secret instead; read again when it changes (reload)"`
	ClockSkew        time.Duration `conf:"clock_skew" doc:"how long past its expiry a token still opens (reload)"`
	TrustedProxies   []string      `conf:"trusted_proxies" doc:"addresses or CIDRs of proxies whose client_ip_header and country_header are believed; empty believes the headers of none (reload)"`
	ClientIPHeader   string        `conf:"client_ip_header" doc:"header in which a trusted proxy names the client's address, such as X-Real-IP; empty uses the connection's (reload)"`
	CountryHeader    string        `conf:"country_header" doc:"header in which a trusted proxy names the client's country in two letters, such as CDN-RequestCountryCode; empty knows no countries, and tokens bound to one are refused (reload)"`
}

// CacheConfig is the one table from a kind of answer to its Cache-Control.
type CacheConfig struct {
	Static    string        `conf:"static" doc:"Cache-Control of the page's own assets, whose names change with their bytes (reload)"`
	Raw       time.Duration `conf:"raw" doc:"how long a file may be kept by anyone (reload)"`
	Shared    time.Duration `conf:"shared" doc:"how long shared caches may keep a file, since taking it back cannot reach them; 0 leaves s-maxage out: set it when the CDN is purged (reload)"`
	Playlists time.Duration `conf:"playlists" doc:"how long HLS playlists may be kept (reload)"`
	Segments  time.Duration `conf:"segments" doc:"how long HLS segments may be kept: their names change with their bytes (reload)"`
	Images    time.Duration `conf:"images" doc:"how long artwork may be kept (reload)"`
	Stale     time.Duration `conf:"stale" doc:"stale-while-revalidate and stale-if-error of files and artwork; 0 leaves them out (reload)"`
}

// HLSConfig is how files are packaged for HTTP Live Streaming.
type HLSConfig struct {
	Enabled bool          `conf:"enabled" env:"SEGUE_HLS_ENABLED,HLS_STREAMING" doc:"package every media file for HLS below its path, at /{path}/hls/master.m3u8; the page then plays it"`
	Memory  conf.Size     `conf:"memory" doc:"most memory for indexes of files, playlists and the heads of segments"`
	Disk    conf.Size     `conf:"disk" doc:"most bytes of indexes and converted WAV and AIFF files in cache_dir; what was not used for longest goes first"`
	Wait    time.Duration `conf:"wait" doc:"how long a request waits for a file that is indexed for the first time; then it is told to come back (503 with Retry-After) while the work goes on"`
}

// FilesConfig is what the edge keeps of the folder.
type FilesConfig struct {
	Open   int       `conf:"open" doc:"files kept open or in memory between requests"`
	Memory conf.Size `conf:"memory" doc:"most memory for the bytes of small files"`
	Inline conf.Size `conf:"inline" doc:"size up to which a file is sent from memory, and a text compressed by gzip for who takes that; larger ones go from the page cache by sendfile, as they are"`
}

// LimitsConfig bounds what clients may take.
type LimitsConfig struct {
	Target           conf.Size     `conf:"target" doc:"longest request target; longer is 414"`
	Head             conf.Size     `conf:"head" doc:"longest request head; longer is 431"`
	Fields           int           `conf:"fields" doc:"most header fields of a request; more is 431"`
	Connections      int           `conf:"connections" doc:"most connections; 0 takes what the limit of open files leaves (reload)"`
	ConnectionsPerIP int           `conf:"connections_per_ip" doc:"most connections of one IPv4 address or IPv6 /64; 0 is no bound: many listeners share one address (reload)"`
	RequestsPerIP    float64       `conf:"requests_per_ip" doc:"most requests a second of one IPv4 address or IPv6 /64, in bursts of up to two seconds' worth; 0 is no bound (reload)"`
	Bandwidth        conf.Size     `conf:"bandwidth" doc:"most bytes a second of one connection; 0 is no bound (reload)"`
	HeadTime         time.Duration `conf:"head_time" doc:"time for a request head, and for the TLS handshake; longer is 408 (reload)"`
	Idle             time.Duration `conf:"idle" doc:"how long a connection may wait for its next request (reload)"`
	Dead             time.Duration `conf:"dead" doc:"how long a client may acknowledge nothing before it is cut (reload)"`
	Pause            time.Duration `conf:"pause" doc:"how long a client that is alive may take nothing: a paused listener (reload)"`
}

// LogConfig is what is written to standard error, as JSON lines.
type LogConfig struct {
	Level  string `conf:"level" doc:"least level: debug, info, warn or error"`
	Access string `conf:"access" doc:"a line for each request: off, sampled (one in log.sample, and every error of ours) or full (reload)"`
	Sample int    `conf:"sample" doc:"with access: sampled, one request in so many (reload)"`
}

// ShutdownConfig is how the process ends.
type ShutdownConfig struct {
	Wait  time.Duration `conf:"wait" doc:"how long to answer not ready before the listeners close, so that balancers see it"`
	Drain time.Duration `conf:"drain" doc:"how long answers in progress may take to end"`
}

// Defaults is an edge on port 8080 that needs nothing but a root.
func Defaults() Config {
	return Config{
		Root: ".", Listen: ":8080", Admin: "127.0.0.1:0", Page: true,
		Cache: CacheConfig{
			Static: "public, max-age=31536000, immutable",
			Raw:    7 * 24 * time.Hour, Shared: time.Minute, Images: 30 * 24 * time.Hour,
			Playlists: time.Minute, Segments: 24 * time.Hour,
			Stale: time.Minute,
		},
		HLS:   HLSConfig{Enabled: true, Memory: 64 << 20, Disk: 10 << 30, Wait: 2 * time.Second},
		Files: FilesConfig{Open: 1024, Memory: 64 << 20, Inline: 64 << 10},
		Limits: LimitsConfig{
			Target: 8 << 10, Head: 16 << 10, Fields: 100,
			HeadTime: 10 * time.Second, Idle: 75 * time.Second,
			Dead: 30 * time.Second, Pause: 10 * time.Minute,
		},
		Log:      LogConfig{Level: "info", Access: "off", Sample: 100},
		Shutdown: ShutdownConfig{Drain: 30 * time.Second},
	}
}

// minOriginSecret is the least length of the origin secret, as of signing keys.
const minOriginSecret = 16

// Validate names every key whose value cannot be, and what could.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key string, value any, want string) {
		errs = append(errs, fmt.Errorf("%s: %v: %s", key, value, want))
	}
	if c.Root == "" {
		bad("root", `""`, "name the folder to serve")
	} else if info, err := os.Stat(c.Root); err != nil {
		bad("root", c.Root, "no such folder: "+unwrapPath(err))
	} else if !info.IsDir() {
		bad("root", c.Root, "is not a folder")
	}
	address := func(key, value string, optional bool) {
		if value == "" && optional {
			return
		}
		if _, err := net.ResolveTCPAddr("tcp", value); err != nil {
			bad(key, quoted(value), "write HOST:PORT, such as 127.0.0.1:8080 or :8080")
		}
	}
	address("listen", c.Listen, c.TLS.Listen != "")
	address("admin", c.Admin, true)
	address("tls.listen", c.TLS.Listen, true)
	if c.TLS.Listen != "" {
		if c.TLS.Cert == "" {
			bad("tls.cert", `""`, "tls.listen is set, so name the certificate's PEM file")
		}
		if c.TLS.Key == "" {
			bad("tls.key", `""`, "tls.listen is set, so name the private key's PEM file")
		}
	} else if c.TLS.Cert != "" || c.TLS.Key != "" {
		bad("tls.listen", `""`, "a certificate is named, so name the address to serve it on")
	}
	if c.Access.SigningKeys != "" && c.Access.SigningKeysFile != "" {
		bad("access.signing_keys_file", c.Access.SigningKeysFile, "SEGUE_SIGNING_KEYS is set too; leave one")
	}
	if c.RequireToken && c.Access.SigningKeys == "" && c.Access.SigningKeysFile == "" {
		bad("require_token", true, "needs a key: set SEGUE_SIGNING_KEYS=id:secret or access.signing_keys_file")
	}
	if c.Access.OriginSecret != "" && c.Access.OriginSecretFile != "" {
		bad("access.origin_secret_file", c.Access.OriginSecretFile, "SEGUE_ORIGIN_SECRET is set too; leave one")
	}
	if n := len(c.Access.OriginSecret); n > 0 && n < minOriginSecret {
		bad("access.origin_secret", "(hidden)", fmt.Sprintf("has %d bytes; use %d or more", n, minOriginSecret))
	}
	if _, err := parseProxies(c.Access.TrustedProxies); err != nil {
		bad("access.trusted_proxies", strings.Join(c.Access.TrustedProxies, ","), err.Error())
	}
	for _, h := range []struct{ key, name string }{
		{"access.client_ip_header", c.Access.ClientIPHeader}, {"access.country_header", c.Access.CountryHeader},
	} {
		if !fieldName(h.name) {
			bad(h.key, quoted(h.name), "is no header name")
		} else if h.name != "" && len(c.Access.TrustedProxies) == 0 {
			bad(h.key, h.name, "is believed only of access.trusted_proxies, which is empty; name the proxies, or 0.0.0.0/0 and ::/0 for any peer")
		}
	}
	positive := func(key string, value int64, text any) {
		if value <= 0 {
			bad(key, text, "must be more than 0")
		}
	}
	natural := func(key string, value int64, text any) {
		if value < 0 {
			bad(key, text, "must be 0 or more")
		}
	}
	natural("access.clock_skew", int64(c.Access.ClockSkew), c.Access.ClockSkew)
	natural("cache.raw", int64(c.Cache.Raw), c.Cache.Raw)
	natural("cache.shared", int64(c.Cache.Shared), c.Cache.Shared)
	natural("cache.images", int64(c.Cache.Images), c.Cache.Images)
	natural("cache.playlists", int64(c.Cache.Playlists), c.Cache.Playlists)
	natural("cache.segments", int64(c.Cache.Segments), c.Cache.Segments)
	natural("cache.stale", int64(c.Cache.Stale), c.Cache.Stale)
	if strings.ContainsFunc(c.Cache.Static, func(r rune) bool { return r < ' ' || r > '~' }) {
		bad("cache.static", quoted(c.Cache.Static), "is no header value")
	}
	positive("hls.memory", int64(c.HLS.Memory), c.HLS.Memory)
	positive("hls.disk", int64(c.HLS.Disk), c.HLS.Disk)
	positive("hls.wait", int64(c.HLS.Wait), c.HLS.Wait)
	positive("files.open", int64(c.Files.Open), c.Files.Open)
	natural("files.memory", int64(c.Files.Memory), c.Files.Memory)
	natural("files.inline", int64(c.Files.Inline), c.Files.Inline)
	if c.Files.Inline > c.Files.Memory {
		bad("files.inline", c.Files.Inline, "is more than files.memory, "+c.Files.Memory.String())
	}
	if c.Limits.Head > 1<<20 {
		bad("limits.head", c.Limits.Head, "must be at most 1MB")
	} else if l := c.gateLimits(); l.Validate() != nil {
		bad("limits", "head, target, fields", l.Validate().Error())
	}
	natural("limits.connections", int64(c.Limits.Connections), c.Limits.Connections)
	natural("limits.connections_per_ip", int64(c.Limits.ConnectionsPerIP), c.Limits.ConnectionsPerIP)
	natural("limits.bandwidth", int64(c.Limits.Bandwidth), c.Limits.Bandwidth)
	if !(c.Limits.RequestsPerIP >= 0) || c.Limits.RequestsPerIP > 1e6 {
		bad("limits.requests_per_ip", c.Limits.RequestsPerIP, "must be between 0 and 1000000")
	}
	positive("limits.head_time", int64(c.Limits.HeadTime), c.Limits.HeadTime)
	positive("limits.idle", int64(c.Limits.Idle), c.Limits.Idle)
	positive("limits.dead", int64(c.Limits.Dead), c.Limits.Dead)
	positive("limits.pause", int64(c.Limits.Pause), c.Limits.Pause)
	if _, err := obs.NewLogger(nil, c.Log.Level); err != nil {
		bad("log.level", quoted(c.Log.Level), "write debug, info, warn or error")
	}
	switch c.Log.Access {
	case "off", "sampled", "full":
	default:
		bad("log.access", quoted(c.Log.Access), "write off, sampled or full")
	}
	positive("log.sample", int64(c.Log.Sample), c.Log.Sample)
	natural("shutdown.wait", int64(c.Shutdown.Wait), c.Shutdown.Wait)
	positive("shutdown.drain", int64(c.Shutdown.Drain), c.Shutdown.Drain)
	return errors.Join(errs...)
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }

func unwrapPath(err error) string {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// fieldName reports whether s may name a header, or is empty (RFC 9110 5.6.2).
func fieldName(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

func parseProxies(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		if a, err := netip.ParseAddr(s); err == nil {
			out = append(out, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a CIDR such as 10.0.0.0/8", s)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func (c *Config) gateLimits() gate.Limits {
	return gate.Limits{Target: int(c.Limits.Target), Head: int(c.Limits.Head), Fields: c.Limits.Fields}
}

func (c *Config) wireLimits() wire.Limits {
	l := c.Limits
	return wire.Limits{
		Connections: l.Connections, ConnectionsPerIP: l.ConnectionsPerIP,
		Head: l.HeadTime, Idle: l.Idle, Dead: l.Dead, Pause: l.Pause, Bandwidth: int64(l.Bandwidth),
	}
}
