package signer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// policy is a CloudFront policy with its one statement.
type policy struct {
	resource string
	expires  int64
	starts   int64        // 0: none
	sources  netip.Prefix // the zero Prefix: none
}

// text is the policy without white space, byte for byte what is signed.
// encoding/json would write & as \u0026 and CloudFront builds the canned policy
// itself, so the text is put together here.
func (p policy) text() (string, error) {
	for _, c := range []byte(p.resource) {
		if c <= ' ' || c > '~' || c == '"' || c == '\\' {
			return "", fmt.Errorf("signer: resource %q: percent-encode what is not a plain URL character", p.resource)
		}
	}
	if scheme, _, ok := strings.Cut(p.resource, "://"); !strings.HasPrefix(p.resource, "*") && (!ok || scheme != "http" && scheme != "https") {
		return "", fmt.Errorf("signer: resource %q: want http://, https:// or * in front", p.resource)
	}
	s := `{"Statement":[{"Resource":"` + p.resource +
		`","Condition":{"DateLessThan":{"AWS:EpochTime":` + strconv.FormatInt(p.expires, 10) + `}`
	if p.starts != 0 {
		if p.starts < 0 || p.starts >= p.expires {
			return "", fmt.Errorf("signer: start %d is not before the expiry %d", p.starts, p.expires)
		}
		s += `,"DateGreaterThan":{"AWS:EpochTime":` + strconv.FormatInt(p.starts, 10) + `}`
	}
	if p.sources.IsValid() {
		if !p.sources.Addr().Is4() {
			return "", fmt.Errorf("signer: address range %v: CloudFront takes IPv4 only", p.sources)
		}
		s += `,"IpAddress":{"AWS:SourceIp":"` + p.sources.Masked().String() + `"}`
	}
	return s + `}}]}`, nil
}

// parsePolicy reads a policy in any layout. Unknown and missing members are
// refused: what is not understood may have been meant as a limit.
func parsePolicy(text []byte) (policy, error) {
	type date struct {
		Epoch int64 `json:"AWS:EpochTime"`
	}
	var doc struct {
		Statement []struct {
			Resource  string
			Condition struct {
				DateLessThan    *date
				DateGreaterThan *date
				IPAddress       *struct {
					Source string `json:"AWS:SourceIp"`
				} `json:"IpAddress"`
			}
		}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return policy{}, fmt.Errorf("policy: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return policy{}, errors.New("policy: text after the document")
	}
	if len(doc.Statement) != 1 {
		return policy{}, fmt.Errorf("policy: %d statements: want one", len(doc.Statement))
	}
	s := doc.Statement[0]
	if s.Resource == "" {
		return policy{}, errors.New("policy: no resource")
	}
	c := s.Condition
	if c.DateLessThan == nil || c.DateLessThan.Epoch <= 0 {
		return policy{}, errors.New("policy: no expiry")
	}
	p := policy{resource: s.Resource, expires: c.DateLessThan.Epoch}
	if c.DateGreaterThan != nil {
		p.starts = c.DateGreaterThan.Epoch
	}
	if c.IPAddress != nil {
		source := c.IPAddress.Source
		if !strings.Contains(source, "/") {
			source += "/32"
		}
		var err error
		if p.sources, err = netip.ParsePrefix(source); err != nil || !p.sources.Addr().Is4() {
			return policy{}, errors.New("policy: address range is not IPv4")
		}
	}
	return p, nil
}

// matchWildcard matches a policy's resource: * is zero or more characters, ? is
// exactly one. It takes time in the product of the lengths at most.
func matchWildcard(pattern, s string) bool {
	star, mark := -1, 0
	i := 0
	for j := 0; j < len(s); {
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, mark = i, j
			i++
		case i < len(pattern) && (pattern[i] == '?' || pattern[i] == s[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
}
