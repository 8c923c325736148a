package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"segue/stream/hls/validate"
)

type validateCmd struct {
	JSON     bool          `name:"json" help:"Print JSON."`
	Segments int           `help:"Look into so many segments of each playlist (default: all)." placeholder:"N"`
	Timeout  time.Duration `help:"Give up on a request after this long (default 1m)." placeholder:"TIME"`
	Header   []string      `help:"Send this header too, such as 'Authorization: Bearer T'; may be repeated." placeholder:"H" sep:"none"`
	Strict   bool          `help:"Fail on broken recommendations too."`
	URL      string        `arg:"" help:"The address of a playlist, or the path of one on this machine."`
}

var errInvalid = errors.New("the stream breaks the rules above")

// Run judges a stream. The status is 1 when it breaks a rule that must hold.
func (c *validateCmd) Run(*kong.Application) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := validate.Options{Segments: c.Segments, Timeout: c.Timeout, Header: http.Header{}}
	for _, h := range c.Header {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return fmt.Errorf("--header %q: write NAME: VALUE", h)
		}
		o.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	r, err := validate.Run(ctx, c.URL, o)
	if err != nil {
		return err
	}
	if c.JSON {
		b, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			return err
		}
		fmt.Println(string(b))
	} else {
		r.Print(os.Stdout)
	}
	if r.Failed() || c.Strict && r.Warned() {
		return errInvalid
	}
	return nil
}
