package signer

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// MinSecret and MaxSecret bound the secrets of a [Ring], in bytes. The lower
// bound keeps guessing out of reach; the upper one lets Verify put any secret
// in front of the message without allocating.
const (
	MinSecret = 16
	MaxSecret = 128
)

// maxID bounds a key id, which goes into logs.
const maxID = 32

// Key is a secret under a public name. Every way of printing or
// marshalling it shows the name only; but package fmt asks no value in an
// unexported field, so keep a *Ring there, or a pointer to the Key.
type Key struct {
	ID     string
	Secret []byte
}

// String is the key's id with the secret left out.
func (k Key) String() string { return "key " + k.ID + " (secret hidden)" }

// Format writes String for every verb, because %d and %+v would print the
// secret's bytes.
func (k Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, k.String()) }

// LogValue is what slog writes.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is what JSON and YAML encoders write.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Ring is a set of keys, newest first. It is never empty, never changes and is
// safe for concurrent use; keys are rotated by making a new Ring.
type Ring struct {
	keys []*ringKey
}

// ringKey is a Key with the two blocks that HMAC derives from its secret.
// It is kept behind a pointer, so that no way of printing follows to it.
type ringKey struct {
	Key
	inner, outer [sha256.BlockSize]byte
}

// NewRing copies the keys, newest first. It refuses an empty list, an id that is
// empty, repeated, longer than 32 bytes or not of the letters A-Z a-z 0-9 . _ -,
// and a secret shorter than [MinSecret] or longer than [MaxSecret].
func NewRing(keys ...Key) (*Ring, error) {
	if len(keys) == 0 {
		return nil, errors.New("signer: key ring is empty: at least one key is needed")
	}
	for i, k := range keys {
		// An id that is no id may be a secret in the wrong place: name its position only.
		if !validID(k.ID) {
			return nil, fmt.Errorf("signer: id of key %d is not 1 to %d of A-Z a-z 0-9 . _ -", i+1, maxID)
		}
		for _, earlier := range keys[:i] {
			if earlier.ID == k.ID {
				return nil, fmt.Errorf("signer: key id %q appears twice", k.ID)
			}
		}
		if n := len(k.Secret); n < MinSecret || n > MaxSecret {
			return nil, fmt.Errorf("signer: key %q has a secret of %d bytes: want %d to %d", k.ID, n, MinSecret, MaxSecret)
		}
	}
	return newRing(keys), nil
}

func newRing(keys []Key) *Ring {
	r := &Ring{keys: make([]*ringKey, len(keys))}
	for i, k := range keys {
		rk := &ringKey{Key: Key{ID: k.ID, Secret: bytes.Clone(k.Secret)}}
		// RFC 2104: a secret longer than a block is replaced by its hash.
		block := rk.Secret
		if len(block) > sha256.BlockSize {
			sum := sha256.Sum256(block)
			block = sum[:]
		}
		copy(rk.inner[:], block)
		copy(rk.outer[:], block)
		for j := range rk.inner {
			rk.inner[j] ^= 0x36
			rk.outer[j] ^= 0x5c
		}
		r.keys[i] = rk
	}
	return r
}

// ParseRing reads "id:secret,id2:secret2", newest first. A secret may hold a
// colon but no comma. White space around the whole text is dropped, as a file
// ends in a newline; any around a secret is refused. An error names the id or
// the position, never the secret. [NewRing] says what else is refused.
func ParseRing(s string) (*Ring, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, errors.New("signer: key ring is empty: want id:secret")
	}
	var keys []Key
	for i, entry := range strings.Split(s, ",") {
		id, secret, ok := strings.Cut(entry, ":")
		if !ok {
			return nil, fmt.Errorf("signer: entry %d of the key ring has no id: want id:secret", i+1)
		}
		if strings.TrimSpace(secret) != secret {
			return nil, fmt.Errorf("signer: entry %d of the key ring has white space around its secret", i+1)
		}
		keys = append(keys, Key{ID: id, Secret: []byte(secret)})
	}
	return NewRing(keys...)
}

// Format writes the ids for every verb.
func (r Ring) Format(s fmt.State, _ rune) {
	for i := range r.keys {
		if i > 0 {
			_, _ = io.WriteString(s, ", ")
		}
		_, _ = io.WriteString(s, r.keys[i].String())
	}
}

// Newest is the key to sign with.
func (r *Ring) Newest() Key {
	k := r.keys[0].Key
	return Key{ID: k.ID, Secret: bytes.Clone(k.Secret)}
}

func validID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for _, c := range []byte(id) {
		if !isAlnum(c) && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
