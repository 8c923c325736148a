package signer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1" // CloudFront's default hash
	_ "crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
)

// The query parameters and, with "CloudFront-" in front, the cookies.
const (
	cfExpires   = "Expires"
	cfPolicy    = "Policy"
	cfSignature = "Signature"
	cfKeyPairID = "Key-Pair-Id"
	cfHash      = "Hash-Algorithm"
)

// CloudFrontKey is a private key under the id CloudFront knows it by. Printing
// it shows the id only.
type CloudFrontKey struct {
	id      string
	private func() crypto.Signer // a function, because nothing prints what one holds
}

// ParseCloudFrontKey reads the first PEM block of text, PKCS #1, PKCS #8 or SEC 1,
// which must hold what CloudFront takes: RSA of 2048 bits or ECDSA on P-256.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
func ParseCloudFrontKey(id string, text []byte) (*CloudFrontKey, error) {
	if !validID(id) {
		return nil, errors.New("signer: key pair id is empty or odd: want the id CloudFront shows, such as K2JCJMDEHXQW5F")
	}
	private, err := parsePrivate(text)
	if err != nil {
		return nil, fmt.Errorf("signer: key pair %s: %w", id, err)
	}
	switch k := private.(type) {
	case *rsa.PrivateKey:
		if n := k.N.BitLen(); n != 2048 {
			return nil, fmt.Errorf("signer: key pair %s is RSA of %d bits: CloudFront takes 2048", id, n)
		}
	case *ecdsa.PrivateKey:
		if k.Curve != elliptic.P256() {
			return nil, fmt.Errorf("signer: key pair %s is on curve %s: CloudFront takes P-256", id, k.Curve.Params().Name)
		}
	}
	return &CloudFrontKey{id: id, private: func() crypto.Signer { return private }}, nil
}

func parsePrivate(text []byte) (crypto.Signer, error) {
	block, rest := pem.Decode(text)
	if block != nil && block.Type == "EC PARAMETERS" { // what openssl ecparam writes first
		block, _ = pem.Decode(rest)
	}
	if block == nil {
		return nil, errors.New("no PEM block: want -----BEGIN PRIVATE KEY-----")
	}
	var key any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("PEM block is %q: want an unencrypted private key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", block.Type, err)
	}
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return k, nil
	case *ecdsa.PrivateKey:
		return k, nil
	}
	return nil, fmt.Errorf("key is %T: want RSA or ECDSA", key)
}

// Format writes the id for every verb.
func (k CloudFrontKey) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "key pair "+k.id+" (private key hidden)")
}

// LogValue is what slog writes.
func (k CloudFrontKey) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(k)) }

// CloudFrontOptions say what a policy allows. Expires alone makes a canned
// policy; Starts, IPRange, Resource or a * in the URL make a custom one.
type CloudFrontOptions struct {
	Expires  int64        // Unix seconds, at most ten digits
	Starts   int64        // Unix seconds before which the URL is refused, 0 for none
	IPRange  netip.Prefix // IPv4 clients that may use it, the zero Prefix for all
	Resource string       // URL pattern instead of the URL itself; * and ? match as in CloudFront
	SHA256   bool         // hash with SHA-256 instead of CloudFront's default SHA-1
}

// SignCloudFront returns an absolute URL with Expires or Policy, Signature,
// Key-Pair-Id and, with SHA256, Hash-Algorithm. The path is signed as it is
// spelled in the result, percent-encoded; the query is kept in front and signed.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html
// and .../private-content-creating-signed-url-custom-policy.html
func SignCloudFront(key *CloudFrontKey, rawURL string, o CloudFrontOptions) (string, error) {
	resource, err := cloudFrontURL(rawURL)
	if err != nil {
		return "", err
	}
	pairs, err := key.sign(resource, o)
	if err != nil {
		return "", err
	}
	sep := "?"
	if strings.Contains(resource, "?") {
		sep = "&"
	}
	for _, p := range pairs {
		resource += sep + p.name + "=" + p.value
		sep = "&"
	}
	return resource, nil
}

// Cookie is one cookie to set; domain, path and the Secure and HttpOnly
// attributes are the caller's.
type Cookie struct{ Name, Value string }

// CloudFrontCookies returns the cookies that open a URL, or a pattern such as
// https://host/tracks/7/*, as for an HLS rendition.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-cookies.html
func CloudFrontCookies(key *CloudFrontKey, rawURL string, o CloudFrontOptions) ([]Cookie, error) {
	resource, err := cloudFrontURL(rawURL)
	if err != nil {
		return nil, err
	}
	pairs, err := key.sign(resource, o)
	if err != nil {
		return nil, err
	}
	var cookies []Cookie
	for _, p := range pairs {
		cookies = append(cookies, Cookie{"CloudFront-" + p.name, p.value})
	}
	return cookies, nil
}

// cloudFrontURL is the spelling of a URL that is signed.
func cloudFrontURL(rawURL string) (string, error) {
	t, err := splitURL(rawURL)
	if err != nil {
		return "", err
	}
	if t.base == "" {
		return "", errors.New("signer: CloudFront signs the whole URL: want https://host/path")
	}
	u := t.base + encodePath(t.path)
	if t.query == "" {
		return u, nil
	}
	for rest := []byte(t.query); len(rest) > 0; {
		var name []byte
		name, _, rest = cutParam(rest)
		switch string(name) {
		case cfExpires, cfPolicy, cfSignature, cfKeyPairID, cfHash:
			return "", fmt.Errorf("signer: query already has %q, which is CloudFront's own", name)
		}
	}
	return u + "?" + t.query, nil
}

func (k *CloudFrontKey) sign(resource string, o CloudFrontOptions) ([]param, error) {
	if o.Expires < 1 || o.Expires > maxExpires {
		return nil, fmt.Errorf("signer: expires %d is not a Unix time in seconds (ten digits)", o.Expires)
	}
	custom := o.Resource != "" || o.Starts != 0 || o.IPRange.IsValid() || strings.Contains(resource, "*")
	if o.Resource != "" {
		if !matchWildcard(o.Resource, resource) {
			return nil, fmt.Errorf("signer: resource %q does not match %q", o.Resource, resource)
		}
		resource = o.Resource
	}
	p := policy{resource: resource, expires: o.Expires, starts: o.Starts, sources: o.IPRange}
	text, err := p.text()
	if err != nil {
		return nil, err
	}
	hash := crypto.SHA1
	if o.SHA256 {
		hash = crypto.SHA256
	}
	h := hash.New()
	h.Write([]byte(text))
	sig, err := k.private().Sign(rand.Reader, h.Sum(nil), hash)
	if err != nil {
		return nil, fmt.Errorf("signer: sign with key pair %s: %w", k.id, err)
	}

	pairs := []param{{cfExpires, strconv.FormatInt(o.Expires, 10)}}
	if custom {
		pairs[0] = param{cfPolicy, cfEncode([]byte(text))}
	}
	pairs = append(pairs, param{cfSignature, cfEncode(sig)}, param{cfKeyPairID, k.id})
	if o.SHA256 {
		pairs = append(pairs, param{cfHash, "SHA256"})
	}
	return pairs, nil
}

// VerifyCloudFront checks a URL that was signed with the key pair, as CloudFront
// would. It allows no clock skew and refuses what CloudFront might accept but
// [SignCloudFront] never makes: a policy without a resource, a repeated parameter.
func VerifyCloudFront(key *CloudFrontKey, rawURL string, ip netip.Addr, now int64) error {
	base, query, _ := strings.Cut(rawURL, "?")
	own := map[string]string{}
	url, sep := base, "?"
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		switch name {
		case cfExpires, cfPolicy, cfSignature, cfKeyPairID, cfHash:
			if _, twice := own[name]; twice {
				return ErrMalformed
			}
			own[name] = value
		default:
			if pair != "" {
				url += sep + pair
				sep = "&"
			}
		}
	}
	if own[cfSignature] == "" {
		return ErrMissing
	}
	sig, err := cfDecode(own[cfSignature])
	if err != nil {
		return ErrMalformed
	}
	text, p, err := cloudFrontPolicy(own, url)
	if err != nil {
		return err
	}
	hash := crypto.SHA1
	switch own[cfHash] {
	case "", "SHA1":
	case "SHA256":
		hash = crypto.SHA256
	default:
		return ErrMalformed
	}
	if own[cfKeyPairID] != key.id || !key.verify(hash, text, sig) {
		return ErrMismatch
	}
	switch {
	case !matchWildcard(p.resource, url):
		return ErrPath
	case now >= p.expires:
		return ErrExpired
	case now < p.starts:
		return ErrNotYet
	case p.sources.IsValid() && !p.sources.Contains(ip.Unmap()):
		return ErrIP
	}
	return nil
}

// cloudFrontPolicy is the signed text: the policy sent, or the canned one.
func cloudFrontPolicy(own map[string]string, url string) (string, policy, error) {
	sent, custom := own[cfPolicy]
	stamp, canned := own[cfExpires]
	if custom == canned {
		return "", policy{}, ErrMalformed
	}
	if canned {
		expires, ok := digits([]byte(stamp))
		p := policy{resource: url, expires: expires}
		text, err := p.text()
		if !ok || err != nil || strings.Contains(url, "*") {
			return "", policy{}, ErrMalformed
		}
		return text, p, nil
	}
	text, err := cfDecode(sent)
	if err != nil {
		return "", policy{}, ErrMalformed
	}
	p, err := parsePolicy(text)
	if err != nil {
		return "", policy{}, ErrMalformed
	}
	return string(text), p, nil
}

func (k *CloudFrontKey) verify(hash crypto.Hash, text string, sig []byte) bool {
	h := hash.New()
	h.Write([]byte(text))
	switch public := k.private().Public().(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(public, hash, h.Sum(nil), sig) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(public, h.Sum(nil), sig)
	}
	return false
}

// CloudFront writes base64 with - _ ~ for + = /.
var (
	cfSafe   = strings.NewReplacer("+", "-", "=", "_", "/", "~")
	cfUnsafe = strings.NewReplacer("-", "+", "_", "=", "~", "/")
)

func cfEncode(b []byte) string { return cfSafe.Replace(base64.StdEncoding.EncodeToString(b)) }

func cfDecode(s string) ([]byte, error) {
	if strings.ContainsAny(s, "+=/\r\n") {
		return nil, ErrMalformed
	}
	return base64.StdEncoding.Strict().DecodeString(cfUnsafe.Replace(s))
}
