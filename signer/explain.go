package signer

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"time"
)

// Finding is one part of an explained token.
type Finding struct {
	Part string // "token", "expires", "address", "country", "signature", ..., last "verdict"
	OK   bool
	Text string // one line

	// Of a "signature" only, one for each recipe and key tried.
	KeyID    string
	Signed   string // the exact bytes hashed, without the secret
	Expected string // the token this key makes of Signed
	Got      string // the token in the request
	DiffAt   int    // first byte at which the two differ, -1 if they are equal
}

// String is the finding as one line for a terminal. Expected is not in it.
func (f Finding) String() string {
	mark := "FAIL"
	if f.OK {
		mark = "ok"
	}
	return fmt.Sprintf("%-4s %s: %s", mark, f.Part, f.Text)
}

// Explain says in words what Verify sees in a request: each part, each recipe
// under each key, and the verdict, which comes last and is Verify's own.
//
// It is for the operator alone. Expected holds a valid token for whatever path
// and expiry the request named, so a finding must never reach a client or a log.
func (v *Verifier) Explain(r *Request) []Finding {
	var out []Finding
	say := func(part string, ok bool, format string, args ...any) {
		out = append(out, Finding{Part: part, OK: ok, Text: fmt.Sprintf(format, args...), DiffAt: -1})
	}
	verdict := func() []Finding {
		grant, err := v.Verify(r)
		if err != nil {
			say("verdict", false, "refused: %v", err)
		} else {
			say("verdict", true, "granted by key %s until %s", grant.KeyID, stamp(grant.Expires))
		}
		return out
	}

	var t token
	if err := t.parse(r); err != nil {
		say(t.part, false, "%s", t.why)
		return verdict()
	}
	form, where := "SHA-256", "in the query"
	if t.hs {
		form = "HMAC-SHA-256"
	}
	if t.dir {
		where = "in the path; the query is ignored"
	}
	say("token", true, "%s, %s", form, where)
	late := r.Now - t.until
	switch {
	case late > v.skew:
		say("expires", false, "%s, %d s ago (%d s allowed)", stamp(t.until), late, v.skew)
	case late > 0:
		say("expires", true, "%s, %d s ago, within the %d s allowed", stamp(t.until), late, v.skew)
	default:
		say("expires", true, "%s, %d s left", stamp(t.until), -late)
	}
	if t.bound {
		say("address", r.ClientIP.IsValid(), "the token is bound to one; the client's is %v (IPv6: only the /64 counts)", r.ClientIP)
	}
	if t.limit > 0 {
		say(nameLimit, true, "%d kB/s", t.limit)
	}
	t.explainScope(r, say)

	list, n := t.recipes(r.ClientIP)
	matched := false
	for _, rc := range list[:n] {
		msg, _, ok := t.message(make([]byte, prefixRoom), r, rc)
		if !ok {
			say("signature", false, "not tried with %s: a name or value cannot be signed (want unrepeated plain names, strict percent-encoding, UTF-8, no control byte, at most %d)", rc, maxParams)
			continue
		}
		for _, k := range v.ring.keys {
			f := t.explainSignature(k, msg, rc)
			matched = matched || f.OK
			out = append(out, f)
		}
	}
	if matched { // what does not match beside a match is no fault
		kept := out[:0]
		for _, f := range out {
			if f.OK || f.Part != "signature" {
				kept = append(kept, f)
			}
		}
		out = kept
	}
	return verdict()
}

func (t *token) explainScope(r *Request, say func(string, bool, string, ...any)) {
	if t.has[ownTokenPath] {
		dec, ok := appendDecoded(nil, t.own[ownTokenPath])
		switch why, pathWhy := pathFault(dec), pathFault(r.Path); {
		case !ok:
			say(nameTokenPath, false, "%q is not percent-encoded", t.own[ownTokenPath])
		case why != "":
			say(nameTokenPath, false, "%q %s", dec, why)
		case pathWhy != "":
			say(nameTokenPath, false, "the path %q %s", r.Path, pathWhy)
		case !covers(dec, r.Path):
			say(nameTokenPath, false, "%q does not cover %q (whole segments count)", dec, r.Path)
		default:
			say(nameTokenPath, true, "%q covers %q", dec, r.Path)
		}
	}
	if t.has[ownCountries] || t.has[ownBlocked] {
		say("country", t.countries(r.Country) == nil, "%q (an unknown one is refused); allowed %q, blocked %q",
			r.Country, t.own[ownCountries], t.own[ownBlocked])
	}
}

func (t *token) explainSignature(k *ringKey, msg []byte, rc recipe) Finding {
	prefix := ""
	if t.hs {
		prefix = prefixHS
	}
	if t.bound {
		prefix += prefixBound
	}
	sum := k.sum(t.hs, msg)
	f := Finding{
		Part:     "signature",
		OK:       subtle.ConstantTimeCompare(sum[:], t.mac[:]) == 1,
		KeyID:    k.ID,
		Signed:   string(msg[prefixRoom:]),
		Expected: prefix + b64.EncodeToString(sum[:]),
		Got:      string(t.raw),
		DiffAt:   -1,
	}
	f.Text = fmt.Sprintf("key %s, with %s, signs %q: ", f.KeyID, rc, f.Signed)
	if f.OK {
		f.Text += "matches"
		return f
	}
	for f.DiffAt = 0; f.Expected[f.DiffAt] == f.Got[f.DiffAt]; {
		f.DiffAt++
	}
	f.Text += fmt.Sprintf("differs from byte %d on", f.DiffAt)
	return f
}

// String names the parts of a recipe in their order.
func (r recipe) String() string {
	parts := []string{"path", "expires"}
	if r.ip {
		parts = append(parts, "address")
	}
	if r.params {
		parts = append(parts, "parameters")
	}
	return strings.Join(parts, "+")
}

func stamp(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }
