package gate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// checkAccepted holds what is true of every head that passes.
func checkAccepted(t *testing.T, head []byte, h *Head) {
	t.Helper()
	path := string(h.Path)
	switch {
	case string(h.MethodName) == "CONNECT":
		if path != "" {
			t.Errorf("path %q of CONNECT", path)
		}
	case path == "*":
		if h.Method != OPTIONS {
			t.Errorf("path * of %q", h.MethodName)
		}
	case !strings.HasPrefix(path, "/"):
		t.Errorf("path %q does not begin with a slash", path)
	}
	for _, bad := range []string{"//", "/./", "/../", "\\"} {
		if strings.Contains(path, bad) {
			t.Errorf("path %q holds %q", path, bad)
		}
	}
	if strings.HasSuffix(path, "/.") || strings.HasSuffix(path, "/..") || strings.HasPrefix(path, tokenPrefix) || !utf8.ValidString(path) {
		t.Errorf("path %q is not canonical", path)
	}
	if control := func(c rune) bool { return c < 0x20 || c == 0x7f }; strings.ContainsFunc(path, control) ||
		bytes.ContainsFunc(h.Query, control) || bytes.ContainsFunc(h.Host, control) || bytes.ContainsFunc(h.PathToken, control) {
		t.Errorf("control octet in %+v", h)
	}
	if bytes.ContainsAny(h.Query, " #") || bytes.ContainsAny(h.Host, " ,@/\\%") || bytes.ContainsAny(h.PathToken, " /\\") {
		t.Errorf("delimiter in %+v", h)
	}
	if h.Minor != 0 && h.Minor != 1 || h.Minor == 1 && len(h.Host) == 0 {
		t.Errorf("minor version %d with host %q", h.Minor, h.Host)
	}
	if h.ContentLength < -1 || h.ContentLength == -1 && h.Minor == 0 || h.Continue && h.ContentLength == 0 {
		t.Errorf("framing %+v", h)
	}
	if !bytes.HasSuffix(head, []byte("\r\n\r\n")) || bytes.Count(head, []byte("\r")) != bytes.Count(head, []byte("\r\n")) ||
		bytes.Count(head, []byte("\n")) != bytes.Count(head, []byte("\r\n")) {
		t.Errorf("line endings of %q", head)
	}
}

// verdict is what became of a head, for comparing.
func verdict(n int, err error, h *Head) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %q %q %q %q %q %d %v %v %v", n, h.MethodName, h.Host, h.Path, h.PathToken, h.Query, h.ContentLength, h.Continue, h.Close, h.Minor)
}

// inPieces judges head as it arrives, cut at the indexes that next names.
func inPieces(limits *Limits, head []byte, next func(n int) int) (int, error, *Head) {
	var h Head
	for n, from := 0, 0; ; {
		end, err := limits.Next(head[:n], from, &h)
		if end > 0 || err != nil || n == len(head) {
			return end, err, &h
		}
		from, n = n, min(len(head), max(n+1, next(n)))
	}
}

func TestVerdictDoesNotDependOnHowTheHeadArrives(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	limits := DefaultLimits()
	check := func(name, head string) {
		var h Head
		n, err := limits.Next([]byte(head), 0, &h)
		whole := verdict(n, err, &h)
		bytewise := func(n int) int { return n + 1 }
		randomly := func(n int) int { return n + 1 + random.IntN(40) }
		for _, next := range []func(int) int{bytewise, randomly, randomly, randomly} {
			n, err, h := inPieces(&limits, []byte(head), next)
			if got := verdict(n, err, h); got != whole {
				t.Errorf("%s: in pieces %s, as a whole %s", name, got, whole)
			}
		}
	}
	for _, group := range malformed() {
		for _, c := range group.faults {
			check(c.name, c.head)
			check("empty line and "+c.name, "\r\n"+c.head)
		}
	}
	for _, head := range []string{playerHead, browserHead, escapedHead, "\r\n" + browserHead, target("/") + target("/x"), "GET /", ""} {
		check(head, head)
	}
}

func TestEverySpellingOfAPathIsTheSamePath(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	limits := DefaultLimits()
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@"
	for range 5000 {
		var want, spelt strings.Builder
		for range 1 + random.IntN(4) {
			want.WriteByte('/')
			spelt.WriteByte('/')
			for i := range 1 + random.IntN(12) {
				s := plain[random.IntN(len(plain)):][:1]
				if i == 0 {
					s = "n" // never a dot segment
				} else if random.IntN(20) == 0 {
					s = "é€🎵ß"[:2+3*random.IntN(2)] // "é" or "é€"
				}
				want.WriteString(s)
				for _, c := range []byte(s) {
					switch random.IntN(3) {
					case 0:
						fmt.Fprintf(&spelt, "%%%02X", c)
					case 1:
						fmt.Fprintf(&spelt, "%%%02x", c)
					default:
						spelt.WriteByte(c)
					}
				}
			}
		}
		var h Head
		if err := limits.Parse([]byte(target(spelt.String())), &h); err != nil {
			t.Fatalf("%s: %v", spelt.String(), err)
		}
		if string(h.Path) != want.String() {
			t.Fatalf("%s: path %q, want %q", spelt.String(), h.Path, want.String())
		}
	}
}

// Every octet that stands in a head on its own: refused where it must be, and never a panic.
func TestEveryOctetInEveryPlace(t *testing.T) {
	limits := DefaultLimits()
	token := "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for c := range 256 {
		s := string([]byte{byte(c)})
		control := c < 0x20 && c != '\t' || c == 0x7f
		f := func(place, head string, pass bool) {
			var h Head
			if err := limits.Parse([]byte(head), &h); (err == nil) != pass {
				t.Errorf("octet %#02x in the %s: %v", c, place, err)
			}
		}
		f("method", withHost("M"+s+"M / HTTP/1.1", ""), strings.Contains(token, s))
		f("name", fields("X"+s+"Y: a\r\n"), strings.Contains(token, s) || c == ':')
		f("value", fields("X: a"+s+"b\r\n"), !control)
		f("path", target("/a"+s+"b"), c > ' ' && c < 0x7f && !strings.Contains("%\\#", s))
		f("escaped path", target(fmt.Sprintf("/a%%%02xb", c)), c >= ' ' && c < 0x7f && !strings.Contains("/\\", s))
		f("query", target("/?a"+s+"b"), c > ' ' && c != 0x7f && c != '#')
		f("host", hostField1("a"+s+"1"), strings.Contains("-._~!$&'()*+;=:0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", s))
		f("host's end", hostField1("a"+s), strings.Contains(" \t-._~!$&'()*+;=:0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", s))
		f("token", target("/bcdn_token=a"+s+"b/c"), c > ' ' && c < 0x7f && !strings.Contains("\\#?%", s))
		f("version", withHost("GET / HTTP/1."+s, ""), c == '0' || c == '1')
		f("length", post("Content-Length: 1"+s+"1\r\n"), c >= '0' && c <= '9')
		f("length's end", post("Content-Length: 1"+s+"\r\n"), c >= '0' && c <= '9' || c == ' ' || c == '\t')
		f("coding's end", post("Transfer-Encoding: chunked"+s+"\r\n"), c == ' ' || c == '\t')
		f("coding's start", post("Transfer-Encoding:"+s+"chunked\r\n"), c == ' ' || c == '\t')
		f("coding's name", post("Transfer"+s+"Encoding: chunked\r\n"), c == '-' || c == ':')
	}
}
