package edge

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"segue/signer"
)

// settings is what of the configuration may change while connections stand. A
// request reads one snapshot, from its start to its end.
type settings struct {
	requireToken   bool
	ring           *signer.Ring     // nil without keys
	verifier       *signer.Verifier // nil without keys
	originSecret   []byte
	proxies        []netip.Prefix
	clientIPHeader string
	countryHeader  string
	cache          cacheRules
	accessLog      accessMode
	sample         uint64
	rate           float64 // requests a second and address; 0 is no bound
}

// newSettings reads what the configuration names, keys included. An error
// leaves nothing changed.
func newSettings(c *Config) (*settings, error) {
	s := &settings{
		requireToken: c.RequireToken, originSecret: []byte(c.Access.OriginSecret),
		clientIPHeader: c.Access.ClientIPHeader, countryHeader: c.Access.CountryHeader,
		cache: newCacheRules(&c.Cache), accessLog: accessModes[c.Log.Access], sample: uint64(c.Log.Sample),
		rate: c.Limits.RequestsPerIP,
	}
	var err error
	if s.proxies, err = parseProxies(c.Access.TrustedProxies); err != nil {
		return nil, fmt.Errorf("access.trusted_proxies: %w", err)
	}
	if f := c.Access.OriginSecretFile; f != "" {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("access.origin_secret_file: %w", err)
		}
		s.originSecret = bytes.TrimRight(text, "\r\n")
		if n := len(s.originSecret); n < minOriginSecret {
			return nil, fmt.Errorf("access.origin_secret_file: %s holds %d bytes; use %d or more", f, n, minOriginSecret)
		}
	}
	keys, source := c.Access.SigningKeys, "SEGUE_SIGNING_KEYS"
	if f := c.Access.SigningKeysFile; f != "" {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("access.signing_keys_file: %w", err)
		}
		keys, source = strings.Join(strings.Fields(string(text)), ","), f
		if keys == "" {
			return nil, fmt.Errorf("access.signing_keys_file: %s holds no key; write id:secret", f)
		}
	}
	if keys == "" {
		return s, nil
	}
	if s.ring, err = signer.ParseRing(keys); err != nil {
		return nil, fmt.Errorf("%s: %w", source, err)
	}
	if s.verifier, err = signer.NewVerifier(s.ring, c.Access.ClockSkew); err != nil {
		return nil, err
	}
	return s, nil
}

// watched are the files whose change is a reason to load again.
func (c *Config) watched() []string {
	var files []string
	for _, f := range []string{c.TLS.Cert, c.TLS.Key, c.Access.SigningKeysFile, c.Access.OriginSecretFile} {
		if f != "" {
			files = append(files, f)
		}
	}
	return files
}

// stamp tells whether files have changed: their names, sizes and times.
func stamp(files []string) string {
	var b strings.Builder
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			fmt.Fprintf(&b, "%s -\n", f)
			continue
		}
		fmt.Fprintf(&b, "%s %d %d\n", f, info.Size(), info.ModTime().UnixNano())
	}
	return b.String()
}

// watchEvery is how often files are looked at.
const watchEvery = time.Second

// Check reads all that a configuration names, keys and certificates included,
// and reports what an edge would refuse at its start. It listens on nothing.
func Check(c Config) error {
	_, err := newSettings(&c)
	if c.TLS.Listen != "" {
		_, cerr := loadTLS(&c)
		err = errors.Join(err, cerr)
	}
	return err
}
