package gate

// Refusal is why a head did not pass. After one the connection must be closed: where the next request
// would begin is not known.
type Refusal struct {
	Status int    // to answer
	Reason string // one of [Reasons], for a metric
	Detail string // for the log; it holds nothing of the request
}

func (r *Refusal) Error() string { return "gate: " + r.Detail }

var refusals []*Refusal

// refuse makes one of the fixed refusals: none is made while a request is judged.
func refuse(status int, reason, detail string) *Refusal {
	r := &Refusal{Status: status, Reason: reason, Detail: detail}
	refusals = append(refusals, r)
	return r
}

var (
	refuseBareLF    = refuse(400, "line_ending", "LF without CR")
	refuseBareCR    = refuse(400, "line_ending", "CR without LF")
	refuseEmptyLine = refuse(400, "line_ending", "more than one empty line before the request line")
	refuseControl   = refuse(400, "control_octet", "control octet in the head")

	refuseMethod      = refuse(400, "request_line", "no method")
	refuseRequestLine = refuse(400, "request_line", "request line is not three parts with single spaces")
	refuseUnfinished  = refuse(400, "request_line", "head is not whole")
	refuseVersionForm = refuse(400, "version", "no well-formed HTTP version")
	refuseVersion     = refuse(505, "version", "HTTP version is neither 1.0 nor 1.1")

	refuseTargetForm = refuse(400, "target", "request target has no form that its method allows")
	refuseFragment   = refuse(400, "target", "fragment in the request target")
	refuseAuthority  = refuse(400, "target", "authority of the request target is not host[:port]")

	refuseEscape       = refuse(400, "path", "malformed percent escape in the path")
	refuseEncodedSlash = refuse(400, "path", "encoded slash in the path")
	refusePathOctet    = refuse(400, "path", "control octet or backslash in the path")
	refuseUTF8         = refuse(400, "path", "path is not valid UTF-8")
	refuseEmptySegment = refuse(400, "path", "empty segment in the path")
	refuseDotSegment   = refuse(400, "path", "dot segment in the path")
	refusePathToken    = refuse(400, "path", "malformed or second token segment in the path")

	refuseFold      = refuse(400, "field", "field line begins with white space")
	refuseNameSpace = refuse(400, "field", "white space in or after a field name")
	refuseFieldName = refuse(400, "field", "field line has no valid name and colon")

	refuseNoHost       = refuse(400, "host", "no Host")
	refuseHost         = refuse(400, "host", "Host is not host[:port]")
	refuseHostRepeated = refuse(400, "host", "Host is repeated")
	refuseOtherHost    = refuse(400, "host", "Host differs from the request target's authority")

	refuseContentLength    = refuse(400, "framing", "Content-Length is not a number of at most 18 digits")
	refuseFramingRepeated  = refuse(400, "framing", "Content-Length or Transfer-Encoding is repeated")
	refuseTwoFramings      = refuse(400, "framing", "Content-Length beside Transfer-Encoding")
	refuseOldChunked       = refuse(400, "framing", "Transfer-Encoding in HTTP/1.0")
	refuseTransferEncoding = refuse(400, "framing", "malformed Transfer-Encoding, or chunked not last")
	refuseCoding           = refuse(501, "framing", "transfer coding other than chunked")
	refuseLookalike        = refuse(400, "framing", "field name that some readers take for a framing field")

	refuseConnection     = refuse(400, "connection", "malformed Connection, or one that names a framing or routing field")
	refuseSingleRepeated = refuse(400, "repeated_field", "field of one value is repeated")
	refuseExpectation    = refuse(417, "expectation", "expectation other than 100-continue")

	refuseTargetLength = refuse(414, "target_too_long", "request target is too long")
	refuseHeadLength   = refuse(431, "head_too_large", "head is too long")
	refuseFieldCount   = refuse(431, "head_too_large", "too many fields")
)

// Reasons returns every Reason that a [Refusal] can have: the closed set of a metric's label.
func Reasons() []string {
	var all []string
	for _, r := range refusals {
		if len(all) == 0 || all[len(all)-1] != r.Reason {
			all = append(all, r.Reason)
		}
	}
	return all
}
