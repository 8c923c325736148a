package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"segue/edge/gate"
	"segue/signer"
)

type signCmd struct {
	Scheme           string   `help:"bunny, bunny-advanced, cloudfront or cloudflare (default: bunny, or bunny-advanced where the options need it)." default:"" enum:",bunny,bunny-advanced,cloudfront,cloudflare" placeholder:"SCHEME"`
	Key              *string  `help:"The secret; for cloudfront the file with the private key in PEM, or its text. Default: the newest key of SEGUE_SIGNING_KEYS." placeholder:"K"`
	KeyID            string   `name:"key-id" help:"CloudFront's id of the key pair (default: CDN_KEY_ID)." env:"CDN_KEY_ID" placeholder:"ID"`
	Expires          *int64   `help:"When the URL ends, in Unix seconds (default: in 24 hours). For cloudflare, when it was issued (default: now)." placeholder:"UNIX"`
	Directory        bool     `help:"Put the token into the path, where the addresses inside a playlist inherit it; it opens every file of the folder, or of --token-path."`
	TokenPath        string   `help:"Open everything below this path." placeholder:"P"`
	IP               string   `name:"ip" help:"Bind the URL to a client's address." placeholder:"A"`
	Countries        []string `help:"Two-letter codes of the countries that may use it." placeholder:"C"`
	CountriesBlocked []string `help:"Two-letter codes of the countries that may not." placeholder:"C"`
	Limit            int64    `help:"Most kB/s (of 1000 bytes)." placeholder:"KBPS"`
	IgnoreParams     bool     `help:"Leave the URL's own query unsigned."`
	Starts           int64    `help:"cloudfront: not before, in Unix seconds." placeholder:"UNIX"`
	SHA256           bool     `name:"sha256" help:"cloudfront: hash with SHA-256 instead of SHA-1."`
	URL              string   `arg:"" help:"Absolute URL, or a path from its first slash."`
}

func (c *signCmd) Run(*kong.Application) error {
	signed, err := c.sign()
	if err != nil {
		return err
	}
	_, err = fmt.Println(signed)
	return err
}

func (c *signCmd) sign() (string, error) {
	if c.Scheme == "" {
		c.Scheme = "bunny"
		if c.advanced() || c.window() {
			c.Scheme = "bunny-advanced"
		}
	}
	expires := time.Now().Add(24 * time.Hour).Unix()
	if c.Expires != nil {
		expires = *c.Expires
	}
	if c.Scheme == "cloudfront" {
		return c.cloudFront(expires)
	}
	ip, err := c.address()
	if err != nil {
		return "", err
	}
	key, err := signingKey(c.Key)
	if err != nil {
		return "", err
	}
	if c.Scheme == "cloudflare" {
		if err := c.only("binds a path and a time only", true); err != nil {
			return "", err
		}
		issued := time.Now().Unix()
		if c.Expires != nil {
			issued = *c.Expires
		}
		return signer.SignCloudflare(key, c.URL, issued)
	}
	o := signer.BunnyOptions{
		Expires: expires, TokenPath: c.TokenPath, Directory: c.Directory, IP: ip, Countries: c.Countries,
		CountriesBlocked: c.CountriesBlocked, LimitKBps: c.Limit, IgnoreParams: c.IgnoreParams,
	}
	if c.Scheme == "bunny" {
		if err := c.only("binds a path, an expiry and an address only", false); err != nil {
			return "", err
		}
		return signer.SignBunny(key, c.URL, o)
	}
	if o.Directory && o.TokenPath == "" {
		o.TokenPath = folderOf(c.URL)
	}
	return signer.SignBunnyAdvanced(key, c.URL, o)
}

// folderOf is the folder of a URL's path, decoded, with its slash.
func folderOf(rawURL string) string {
	p := rawURL
	if _, rest, ok := strings.Cut(p, "://"); ok {
		_, p, _ = strings.Cut(rest, "/")
		p = "/" + p
	}
	p, _, _ = strings.Cut(p, "?")
	decoded, err := canonical(p)
	if err != nil {
		return "/" // the signer says what is wrong with the path
	}
	return string(decoded[:bytes.LastIndexByte(decoded, '/')+1])
}

func (c *signCmd) address() (netip.Addr, error) {
	if c.IP == "" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(c.IP)
	if err != nil {
		return a, fmt.Errorf("--ip %s: write an IPv4 or IPv6 address", c.IP)
	}
	return a.Unmap(), nil
}

// advanced reports whether an option was given that only bunny-advanced has.
func (c *signCmd) advanced() bool {
	return c.Directory || c.TokenPath != "" || len(c.Countries)+len(c.CountriesBlocked) > 0 || c.Limit != 0 || c.IgnoreParams
}

// window reports whether the URL is of a window whose ends stand in the query,
// which a basic token does not sign.
func (c *signCmd) window() bool {
	path, query, _ := strings.Cut(c.URL, "?")
	return strings.Contains(path, "/hls/") && (strings.Contains("&"+query, "&from=") || strings.Contains("&"+query, "&to="))
}

// only refuses options that a scheme does not have.
func (c *signCmd) only(why string, noIP bool) error {
	if c.advanced() || noIP && c.IP != "" {
		return fmt.Errorf("--scheme %s %s; for more use --scheme bunny-advanced", c.Scheme, why)
	}
	return nil
}

func (c *signCmd) cloudFront(expires int64) (string, error) {
	if c.Directory || len(c.Countries)+len(c.CountriesBlocked) > 0 || c.Limit != 0 || c.IgnoreParams {
		return "", fmt.Errorf("--scheme cloudfront: a policy holds a resource (--token-path), times and an address; countries and speed are set at the distribution")
	}
	if c.Key == nil {
		return "", fmt.Errorf("--key: name the private key's PEM file")
	}
	text := []byte(*c.Key)
	if !strings.Contains(*c.Key, "-----BEGIN") {
		b, err := os.ReadFile(*c.Key)
		if err != nil {
			return "", fmt.Errorf("--key: name the private key's PEM file: %w", err)
		}
		text = b
	}
	id := c.KeyID
	if id == "" {
		return "", fmt.Errorf("--key-id: name the key pair as CloudFront does, K2…")
	}
	key, err := signer.ParseCloudFrontKey(id, text)
	if err != nil {
		return "", fmt.Errorf("--key: %w", err)
	}
	o := signer.CloudFrontOptions{Expires: expires, Starts: c.Starts, SHA256: c.SHA256}
	if c.IP != "" {
		if o.IPRange, err = netip.ParsePrefix(c.IP); err != nil {
			ip, err := c.address()
			if err != nil {
				return "", fmt.Errorf("%w, or a range such as 192.0.2.0/24", err)
			}
			o.IPRange = netip.PrefixFrom(ip, ip.BitLen())
		}
	}
	if c.TokenPath != "" {
		scheme, rest, ok := strings.Cut(c.URL, "://")
		if !ok {
			return "", fmt.Errorf("--scheme cloudfront: write an absolute URL")
		}
		host, _, _ := strings.Cut(rest, "/")
		o.Resource = scheme + "://" + host + strings.TrimSuffix(c.TokenPath, "*") + "*"
	}
	return signer.SignCloudFront(key, c.URL, o)
}

// signingKey is the key given, or the newest of the environment's. A short one
// is taken with a warning: the edge would refuse to start with it.
func signingKey(secret *string) (signer.Key, error) {
	if secret == nil {
		ring, err := ringOfEnvironment()
		if err != nil {
			return signer.Key{}, err
		}
		return ring.Newest(), nil
	}
	if len(*secret) < signer.MinSecret {
		fmt.Fprintf(os.Stderr, "edge: warning: the key has %d bytes; an edge refuses keys under %d\n", len(*secret), signer.MinSecret)
	}
	return signer.Key{ID: "cli", Secret: []byte(*secret)}, nil
}

// ringOfEnvironment reads the key ring that an edge started here would use.
func ringOfEnvironment() (*signer.Ring, error) {
	text := os.Getenv("SEGUE_SIGNING_KEYS")
	if file := os.Getenv("SEGUE_SIGNING_KEYS_FILE"); text == "" && file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("SEGUE_SIGNING_KEYS_FILE: %w", err)
		}
		text = strings.Join(strings.Fields(string(b)), ",")
	}
	ring, err := signer.ParseRing(text)
	if err != nil {
		return nil, fmt.Errorf("--key: give the secret, or set SEGUE_SIGNING_KEYS=id:secret or SEGUE_SIGNING_KEYS_FILE: %w", err)
	}
	return ring, nil
}

// canonical decodes a path as the gate does.
func canonical(path string) ([]byte, error) {
	h, err := parseTarget(path)
	return h.Path, err
}

// parseTarget puts a path and query through the edge's own gate.
func parseTarget(target string) (gate.Head, error) {
	var h gate.Head
	l := gate.DefaultLimits()
	err := l.Parse([]byte("GET "+target+" HTTP/1.1\r\nHost: x\r\n\r\n"), &h)
	return h, err
}
