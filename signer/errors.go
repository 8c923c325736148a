package signer

import "errors"

// Verify fails with one of these, tested by errors.Is. A caller on the network
// should learn nothing from the difference; the log and the metric should.
var (
	ErrMissing   = errors.New("signer: no token")
	ErrMalformed = errors.New("signer: token malformed")
	ErrExpired   = errors.New("signer: token expired")
	ErrNotYet    = errors.New("signer: token not valid yet")
	ErrMismatch  = errors.New("signer: signature does not match")
	ErrPath      = errors.New("signer: path outside the token's path")
	ErrIP        = errors.New("signer: client address refused by the token")
	ErrCountry   = errors.New("signer: country refused by the token")
)

// Reason is the metric label of an error of this package: "ok" for nil,
// "other" for an error from elsewhere. The set is closed.
func Reason(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrMissing):
		return "missing"
	case errors.Is(err, ErrMalformed):
		return "malformed"
	case errors.Is(err, ErrExpired):
		return "expired"
	case errors.Is(err, ErrNotYet):
		return "not_yet"
	case errors.Is(err, ErrMismatch):
		return "mismatch"
	case errors.Is(err, ErrPath):
		return "path"
	case errors.Is(err, ErrIP):
		return "ip"
	case errors.Is(err, ErrCountry):
		return "country"
	}
	return "other"
}
