package signer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// cloudflareParam is the query parameter that holds the token. With its ? or &
// and its = it makes the separator of 8 bytes that the rule must name.
const cloudflareParam = "verify"

// SignCloudflare returns rawURL with the token that a Cloudflare rule checks by
//
//	is_timed_hmac_valid_v0("secret", http.request.uri, LIFETIME, http.request.timestamp.sec, 8)
//
// namely verify=ISSUED-MAC as the last parameter, where MAC is the
// percent-encoded base64 of HMAC-SHA-256(secret, path and query as spelled in
// the URL, issued). The lifetime stands in the rule. rawURL is absolute or a
// path from its first slash; issued is Unix seconds, ten digits. The path must
// be canonical and the query must not have the parameter already.
//
// https://developers.cloudflare.com/waf/custom-rules/use-cases/configure-token-authentication/
func SignCloudflare(key Key, rawURL string, issued int64) (string, error) {
	if len(key.Secret) == 0 {
		return "", fmt.Errorf("signer: key %q has no secret", key.ID)
	}
	if issued < minExpires || issued > maxExpires {
		return "", fmt.Errorf("signer: issue time %d is not a Unix time in seconds (ten digits)", issued)
	}
	t, err := splitURL(rawURL)
	if err != nil {
		return "", err
	}
	uri, sep := encodePath(t.path), "?"
	if t.query != "" {
		uri, sep = uri+"?"+t.query, "&"
	}
	if strings.Contains(uri, "?"+cloudflareParam+"=") || strings.Contains(uri, "&"+cloudflareParam+"=") {
		return "", fmt.Errorf("signer: query already has %q", cloudflareParam)
	}
	stamp := strconv.FormatInt(issued, 10)
	mac := base64.StdEncoding.EncodeToString(cloudflareMAC(key, uri+stamp))
	return t.base + uri + sep + cloudflareParam + "=" + stamp + "-" + encode(mac, ""), nil
}

// VerifyCloudflare checks a path and query, as spelled in the URL, the way
// is_timed_hmac_valid_v0() does: the token is good while now is before its issue
// time plus the lifetime. It is stricter on spelling: the parameter must stand
// once and last, and its base64 must be canonical.
func VerifyCloudflare(ring *Ring, uri string, lifetime time.Duration, now int64) error {
	const sep = cloudflareParam + "="
	at := strings.Index(uri, "?"+sep)
	if at < 0 {
		at = strings.Index(uri, "&"+sep)
	}
	if at < 0 {
		return ErrMissing
	}
	stamp, spelled, ok := strings.Cut(uri[at+1+len(sep):], "-")
	issued, isNumber := digits([]byte(stamp))
	if !ok || !isNumber || len(stamp) != 10 {
		return ErrMalformed
	}
	text, ok := appendDecoded(nil, []byte(spelled))
	if !ok || len(text) != 44 {
		return ErrMalformed
	}
	got, err := base64.StdEncoding.Strict().DecodeString(string(text))
	if err != nil || len(got) != sha256.Size {
		return ErrMalformed
	}
	if now >= issued+int64(lifetime/time.Second) {
		return ErrExpired
	}
	hit := false
	for _, k := range ring.keys {
		hit = hmac.Equal(got, cloudflareMAC(k.Key, uri[:at]+stamp)) || hit
	}
	if !hit {
		return ErrMismatch
	}
	return nil
}

func cloudflareMAC(key Key, message string) []byte {
	mac := hmac.New(sha256.New, key.Secret)
	mac.Write([]byte(message))
	return mac.Sum(nil)
}
