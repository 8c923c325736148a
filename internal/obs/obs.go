// Package obs holds what every part says of itself the same way: the keys of
// log lines and the logger.
package obs

import (
	"fmt"
	"io"
	"log/slog"
)

// Keys of log lines. A fact has one key everywhere.
const (
	Addr    = "addr"
	Bytes   = "bytes"
	Client  = "client"
	Err     = "error"
	KeyID   = "key_id"
	Method  = "method"
	Path    = "path"
	Reason  = "reason"
	Request = "request_id"
	Route   = "route"
	Status  = "status"
	Took    = "took_ms"
)

// NewLogger writes JSON lines to w from the level on: debug, info, warn, error.
func NewLogger(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: write debug, info, warn or error", level)
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l})), nil
}
