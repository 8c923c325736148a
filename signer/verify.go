package signer

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// maxSkew is the largest clock allowance: more would make expiry a suggestion.
const maxSkew = time.Hour

// Request is what a token is checked against. Its slices are only read, and only
// during the call. Path must be the very path that is looked up afterwards.
type Request struct {
	Path      []byte     // canonical decoded URL path, from the first slash, without a path token
	PathToken []byte     // raw text of a leading "bcdn_token=..." segment without its slashes, or empty
	Query     []byte     // raw query without '?'
	ClientIP  netip.Addr // the zero Addr when unknown: then no token bound to an address passes
	Country   []byte     // two letters from a trusted header; empty or "XX" when unknown
	Now       int64      // Unix seconds
}

// Grant is what a good token allows.
type Grant struct {
	KeyID     string
	Expires   int64 // Unix seconds, without the clock allowance
	LimitKBps int64 // kB/s of 1000 bytes, 0 for no limit
	Directory bool  // the token is in the path or names a token_path: it may open more than this URL
}

// Verifier checks tokens of the Bunny family. It is safe for concurrent use.
type Verifier struct {
	ring *Ring
	skew int64
}

// NewVerifier makes a Verifier that accepts a token until skew after its
// expiry. It refuses an empty ring and a skew below 0 or above an hour.
func NewVerifier(ring *Ring, skew time.Duration) (*Verifier, error) {
	if ring == nil || len(ring.keys) == 0 {
		return nil, errors.New("signer: verifier needs a key ring with at least one key")
	}
	if skew < 0 || skew > maxSkew {
		return nil, fmt.Errorf("signer: clock skew of %v: want 0 to %v", skew, maxSkew)
	}
	return &Verifier{ring: ring, skew: int64(skew / time.Second)}, nil
}

// Verify checks the token of a request: basic or advanced, SHA-256 or HMAC, in
// the query or in the path. It allocates nothing for URLs of ordinary length.
//
// Syntax and expiry are checked first, as they cost little, then the signature
// under every key, then what the signature binds. The rules beyond the recipe:
//
//   - token, expires and the scheme's own parameters stand at most once; a token
//     both in the path and in the query is [ErrMalformed].
//   - A basic token (plain SHA-256, in the query, none of token_path,
//     token_countries, token_countries_blocked, token_ignore_params, limit)
//     ignores other parameters; it may also have been made with all of them.
//   - Otherwise all parameters are signed, with token_ignore_params=true only
//     that and token_path, and none of the scheme's own may stand beside it.
//   - A token in the path is checked with the parameters of its segment alone;
//     the query is ignored.
//   - Names are compared as written, never decoded: "%74oken" is no token. Values
//     are decoded strictly; token, expires and limit must not be encoded at all.
//   - token_path covers whole segments, see [SignBunnyAdvanced].
//   - An unknown country fails both an allow and a block list.
func (v *Verifier) Verify(r *Request) (Grant, error) {
	var t token
	if err := t.parse(r); err != nil {
		return Grant{}, err
	}
	if r.Now > t.until+v.skew {
		return Grant{}, ErrExpired
	}
	if t.bound && !r.ClientIP.IsValid() {
		return Grant{}, ErrIP
	}
	var room [prefixRoom + 896]byte
	list, n := t.recipes(r.ClientIP)
	for _, rc := range list[:n] {
		msg, pathEnd, ok := t.message(room[:], r, rc)
		if !ok {
			if list[0].params {
				return Grant{}, ErrMalformed
			}
			break // a basic token that is none, beside parameters that cannot be signed
		}
		if k := v.ring.match(&t, msg); k != nil {
			return t.grant(r, k, msg[prefixRoom:pathEnd])
		}
	}
	return Grant{}, ErrMismatch
}

// match is the key that signed a message. Every key is tried to the end, so the
// time tells neither which key matched nor how close a token was.
func (ring *Ring) match(t *token, msg []byte) *ringKey {
	var hit *ringKey
	for _, k := range ring.keys {
		sum := k.sum(t.hs, msg)
		if subtle.ConstantTimeCompare(sum[:], t.mac[:]) == 1 && hit == nil {
			hit = k
		}
	}
	return hit
}

// sum signs a message that has prefixRoom free bytes in front.
//
// crypto/hmac hands out an interface, through which every message would escape
// to the heap; this is RFC 2104 in two calls, and a test holds it equal to
// crypto/hmac.
func (k *ringKey) sum(hs bool, msg []byte) [sha256.Size]byte {
	if !hs {
		start := prefixRoom - len(k.Secret)
		copy(msg[start:], k.Secret)
		return sha256.Sum256(msg[start:])
	}
	start := prefixRoom - len(k.inner)
	copy(msg[start:], k.inner[:])
	sum := sha256.Sum256(msg[start:])
	var outer [sha256.BlockSize + sha256.Size]byte
	copy(outer[:], k.outer[:])
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}

// grant checks what a matching token binds beside its text.
func (t *token) grant(r *Request, k *ringKey, signedPath []byte) (Grant, error) {
	// Elsewhere the signature vouches for the very path. Below a token_path only
	// its spelling does: "/a/../b" begins with "/a/" too.
	if t.has[ownTokenPath] && (pathFault(r.Path) != "" || !covers(signedPath, r.Path)) {
		return Grant{}, ErrPath
	}
	if err := t.countries(r.Country); err != nil {
		return Grant{}, err
	}
	return Grant{
		KeyID:     k.ID,
		Expires:   t.until,
		LimitKBps: t.limit,
		Directory: t.dir || t.has[ownTokenPath],
	}, nil
}

// countries checks the country against both lists.
func (t *token) countries(country []byte) error {
	if !t.has[ownCountries] && !t.has[ownBlocked] {
		return nil
	}
	var room [256]byte
	for _, own := range [...]int{ownCountries, ownBlocked} {
		if !t.has[own] {
			continue
		}
		list, decoded := appendDecoded(room[:0], t.own[own])
		found, ok := inCountries(list, country)
		switch {
		case !decoded || !ok:
			return ErrMalformed
		case !knownCountry(country) || found != (own == ownCountries):
			return ErrCountry
		}
	}
	return nil
}

// knownCountry is false for no country and for XX, which CDNs send for unknown.
func knownCountry(c []byte) bool { return isCountry(c) && !bytes.EqualFold(c, []byte("XX")) }
