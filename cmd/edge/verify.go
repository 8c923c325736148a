package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"segue/edge/gate"
	"segue/signer"
)

type verifyCmd struct {
	Key     string        `help:"The secret. Default: every key of SEGUE_SIGNING_KEYS." placeholder:"K"`
	IP      string        `name:"ip" help:"The client's address that the edge would see." placeholder:"A"`
	Country string        `help:"The client's country that the edge would see." placeholder:"C"`
	At      int64         `help:"Unix time to judge at (default: now)." placeholder:"UNIX"`
	Skew    time.Duration `help:"The edge's access.clock_skew."`
	Reveal  bool          `help:"Print the token that would be right, too: whoever has it has the file."`
	URL     string        `arg:"" help:"The signed URL, whole or from its path's first slash."`
}

var errRefused = errors.New("the edge would refuse this URL")

func (c *verifyCmd) Run(*kong.Application) error {
	for _, other := range []struct{ mark, name string }{{"Key-Pair-Id=", "CloudFront"}, {"verify=", "Cloudflare"}} {
		if strings.Contains(c.URL, other.mark) && !strings.Contains(c.URL, "token=") {
			return fmt.Errorf("this is a URL for %s, which verifies it itself; an edge takes Bunny's tokens", other.name)
		}
	}
	ring, err := c.ring()
	if err != nil {
		return err
	}
	v, err := signer.NewVerifier(ring, c.Skew)
	if err != nil {
		return err
	}
	target := c.URL
	if u, err := url.Parse(c.URL); err == nil && u.Host != "" {
		_, rest, _ := strings.Cut(c.URL, "://")
		_, path, _ := strings.Cut(rest, "/")
		target = "/" + path
	}
	h, err := parseTarget(target)
	if err != nil {
		var r *gate.Refusal
		if errors.As(err, &r) {
			return fmt.Errorf("the edge answers %d before it looks at the token: %s", r.Status, r.Detail)
		}
		return err
	}
	req := signer.Request{Path: h.Path, PathToken: h.PathToken, Query: h.Query, Country: []byte(c.Country), Now: c.At}
	if req.Now == 0 {
		req.Now = time.Now().Unix()
	}
	if c.IP != "" {
		if req.ClientIP, err = netip.ParseAddr(c.IP); err != nil {
			return fmt.Errorf("--ip %s: write an IPv4 or IPv6 address", c.IP)
		}
		req.ClientIP = req.ClientIP.Unmap()
	}
	ok := false
	for _, f := range v.Explain(&req) {
		fmt.Println(f)
		if f.Part == "signature" && c.Reveal {
			fmt.Printf("    right would be  %s\n", f.Expected)
		}
		ok = f.OK // the verdict comes last
	}
	if !ok {
		if c.IP == "" {
			fmt.Println("hint  a token that is bound to an address is judged with --ip ADDRESS")
		}
		return errRefused
	}
	return nil
}

func (c *verifyCmd) ring() (*signer.Ring, error) {
	if c.Key == "" {
		return ringOfEnvironment()
	}
	return signer.NewRing(signer.Key{ID: "cli", Secret: []byte(c.Key)})
}
