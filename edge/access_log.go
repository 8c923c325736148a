package edge

import (
	"log/slog"
	"time"

	"segue/edge/wire"
	"segue/internal/obs"
)

// accessMode is which requests get a line.
type accessMode uint8

const (
	accessOff accessMode = iota
	accessSampled
	accessFull
)

var accessModes = map[string]accessMode{"off": accessOff, "sampled": accessSampled, "full": accessFull}

// logged reports whether an answer gets a line. Errors of ours always do, once
// any lines are written.
func (s *settings) logged(id uint64, status int) bool {
	switch s.accessLog {
	case accessFull:
		return true
	case accessSampled:
		return status >= 500 || id%s.sample == 0
	case accessOff:
	}
	return false
}

// logAccess writes the line of one answer. The path is the canonical one, and
// the query is left out: no token is ever logged.
func (s *Server) logAccess(x *wire.Exchange, sent int64, took time.Duration, err error) {
	attrs := []slog.Attr{
		slog.String(obs.Request, requestID(x.ID)),
		slog.String(obs.Client, x.Client.String()),
		slog.String(obs.Method, string(x.Head.MethodName)),
		slog.String(obs.Path, string(x.Head.Path)),
		slog.String(obs.Route, routeName(x.Route)),
		slog.Int(obs.Status, x.Plan.Status),
		slog.Int64(obs.Bytes, sent),
		slog.Float64(obs.Took, float64(took.Microseconds())/1000),
	}
	if x.KeyID != "" {
		attrs = append(attrs, slog.String(obs.KeyID, x.KeyID))
	}
	if err != nil {
		attrs = append(attrs, slog.String(obs.Err, err.Error()))
	}
	s.log.LogAttrs(s.ctx, slog.LevelInfo, "request", attrs...)
}
