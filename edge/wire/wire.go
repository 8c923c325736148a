// Package wire is the public listener down to the socket: it accepts through
// every shortage, gives each connection's requests to the gate before anyone
// else reads them, cuts peers that are dead or stall a request, sheds idle ones
// under pressure, and sends plans by one writev or by sendfile.
//
// It knows neither routes nor files. A [Conn] is a net.Conn, so that fasthttp
// serves it unchanged.
package wire

import (
	"log/slog"
	"time"

	"segue/edge/gate"
)

// Limits bound what clients may take. Zero durations and counts are refused by
// the edge's configuration, but for those that say so.
type Limits struct {
	// Connections bounds all connections; 0 takes what the descriptor limit leaves.
	Connections int
	// ConnectionsPerIP bounds those of one IPv4 address or IPv6 /64; 0 is no bound.
	ConnectionsPerIP int
	// Head bounds the time from a request's first byte to the end of its head,
	// and the TLS handshake.
	Head time.Duration
	// Idle bounds the wait for a request, the first one included.
	Idle time.Duration
	// Dead is how long a client may leave everything unacknowledged.
	Dead time.Duration
	// Pause is how long a client that still acknowledges may take nothing.
	Pause time.Duration
	// Bandwidth bounds each connection, in bytes a second; 0 is no bound.
	Bandwidth int64
}

// Hooks are what the connection calls on its way. All are required.
type Hooks struct {
	// Serve runs the connection until it ends, and closes it.
	Serve func(*Conn)
	// Done follows each answer, sent or cut.
	Done func(c *Conn, x *Exchange, sent int64, err error)
	// Refused follows each request that the gate turned away. x is nil when the
	// client never completed a head.
	Refused func(c *Conn, r *gate.Refusal)
	// Answer writes a refusal as a whole response that ends the connection.
	Answer func(*gate.Refusal) []byte
	// Shed follows each connection that was cut, with a reason of [Reasons].
	Shed func(reason string)
	Log  *slog.Logger
}

// Reasons are the labels that Hooks.Shed is called with.
var Reasons = []string{"pressure", "idle", "slow_head", "dead", "paused", "per_ip", "drain"}
