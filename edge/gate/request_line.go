package gate

import "bytes"

// splitRequestLine splits method SP request-target SP HTTP-version (RFC 9112 3). Exactly so: the
// lenient reading on white space that section allows finds a target in places where others find none.
func splitRequestLine(line []byte) (method, target []byte, minor int, r *Refusal) {
	i := 0
	for i < len(line) && tokenOctets[line[i]] {
		i++
	}
	if i == 0 {
		return nil, nil, 0, refuseMethod
	}
	if i == len(line) || line[i] != ' ' {
		return nil, nil, 0, refuseRequestLine
	}
	method, rest := line[:i], line[i+1:]

	// HTTP-version is "HTTP/" DIGIT "." DIGIT, in upper case (RFC 9112 2.3). Without it the line is
	// of HTTP/0.9, which has no fields and no framing.
	n := len(rest) - len(" HTTP/1.1")
	if n < 0 || string(rest[n:n+6]) != " HTTP/" || unhex(rest[n+6]) > 9 || rest[n+7] != '.' || unhex(rest[n+8]) > 9 {
		return nil, nil, 0, refuseVersionForm
	}
	target = rest[:n]
	if n == 0 || bytes.IndexByte(target, ' ') >= 0 {
		return nil, nil, 0, refuseRequestLine
	}
	switch major, minor := rest[n+6], rest[n+8]; {
	case major == '0':
		return nil, nil, 0, refuseVersionForm
	case major != '1' || minor > '1':
		// RFC 9110 15.6.6. An unknown minor version is refused too: nobody speaks one.
		return nil, nil, 0, refuseVersion
	default:
		return method, target, int(minor - '0'), nil
	}
}

// parseRequestLine returns the authority of an absolute target, which Host has to equal.
func (h *Head) parseRequestLine(line []byte) (authority []byte, r *Refusal) {
	method, target, minor, r := splitRequestLine(line)
	if r != nil {
		return nil, r
	}
	h.MethodName, h.Minor = method, minor
	switch string(method) {
	case "GET":
		h.Method = GET
	case "HEAD":
		h.Method = HEAD
	case "OPTIONS":
		h.Method = OPTIONS
	}
	if bytes.IndexByte(target, '#') >= 0 {
		return nil, refuseFragment // RFC 9112 3.2: a fragment is never sent
	}
	if bytes.IndexByte(target, '\t') >= 0 {
		return nil, refuseRequestLine
	}
	switch {
	case string(method) == "CONNECT":
		return nil, h.parseAuthorityForm(target)
	case target[0] == '/':
		return nil, h.parseOriginForm(target)
	case string(target) == "*":
		if h.Method != OPTIONS {
			return nil, refuseTargetForm // RFC 9112 3.2.4
		}
		h.Path = target
		return nil, nil
	default:
		return h.parseAbsoluteForm(target)
	}
}

// parseOriginForm reads absolute-path [ "?" query ] (RFC 9112 3.2.1).
func (h *Head) parseOriginForm(target []byte) *Refusal {
	if i := bytes.IndexByte(target, '?'); i >= 0 {
		h.Query = target[i+1:]
		target = target[:i]
	}
	return h.parsePath(target)
}

var (
	rootPath   = []byte("/")
	serverPath = []byte("*")
)

// parseAbsoluteForm reads an http or https URI (RFC 9112 3.2.2) and returns its authority.
func (h *Head) parseAbsoluteForm(target []byte) (authority []byte, r *Refusal) {
	scheme, rest, found := bytes.Cut(target, []byte("://"))
	if !found || !isFold(scheme, "http") && !isFold(scheme, "https") {
		return nil, refuseTargetForm
	}
	i := bytes.IndexAny(rest, "/?")
	if i < 0 {
		i = len(rest)
	}
	authority, rest = rest[:i], rest[i:]
	// RFC 9110 4.2.4: user information is refused with the host's grammar.
	if _, ok := splitAuthority(authority); !ok {
		return nil, refuseAuthority
	}
	switch {
	case len(rest) > 0 && rest[0] == '/':
		return authority, h.parseOriginForm(rest)
	case len(rest) > 0:
		h.Query = rest[1:]
		h.Path = rootPath // RFC 9110 4.2.3: an empty path is "/"
	case h.Method == OPTIONS:
		h.Path = serverPath // RFC 9112 3.2.4
	default:
		h.Path = rootPath
	}
	return authority, nil
}

// parseAuthorityForm reads host ":" port of CONNECT (RFC 9112 3.2.3). The gate lets a well-formed one
// pass, so that it is answered as the method that is not served, not as a fault.
func (h *Head) parseAuthorityForm(target []byte) *Refusal {
	// RFC 9110 9.3.6: an empty port is refused, for there is no default.
	if port, ok := splitAuthority(target); !ok || len(port) == 0 {
		return refuseTargetForm
	}
	return nil
}
