package gate

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

type fault struct{ name, head string }

// malformed holds heads that must not pass, by the answer they get. Most are known ways of making two
// readers disagree.
func malformed() []struct {
	status int
	reason string
	faults []fault
} {
	const get = "GET / HTTP/1.1\r\n"
	return []struct {
		status int
		reason string
		faults []fault
	}{
		{400, "line_ending", []fault{
			{"bare LF throughout", "GET / HTTP/1.1\nHost: a\n\n"},
			{"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
			{"bare LF after a field", get + "Host: a\nX: b\r\n\r\n"},
			{"bare LF hides a framing field", fields("X: b\nTransfer-Encoding: chunked\r\n")},
			{"bare LF hides the end of the head", get + "Host: a\r\nX: b\n\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n"},
			{"CRLF LF ends the head", get + "Host: a\r\n\nX: b\r\n\r\n"},
			{"LF CRLF ends the head", get + "Host: a\n\r\n"},
			{"LF CR", get + "Host: a\n\rX: b\r\n\r\n"},
			{"bare LF first", "\n" + target("/")},
			{"bare LF in the target", target("/a\nb")},
			{"bare LF in the method", "GE\nT / HTTP/1.1\r\nHost: a\r\n\r\n"},
			{"bare CR in a value", fields("X: a\rb\r\n")},
			{"bare CR hides a framing field", fields("X: a\rTransfer-Encoding: chunked\r\n")},
			{"bare CR throughout", "GET / HTTP/1.1\rHost: a\r\r"},
			{"bare CR in the target", target("/a\rb")},
			{"bare CR in a name", fields("X\rY: a\r\n")},
			{"bare CR before the colon", fields("Transfer-Encoding\r: chunked\r\n")},
			{"bare CR before the value", fields("Transfer-Encoding:\rchunked\r\n")},
			{"bare CR after the value", fields("Transfer-Encoding: chunked\r \r\n")},
			{"CR CR LF", get + "Host: a\r\r\n\r\n"},
			{"CR CR LF ends the head", get + "Host: a\r\n\r\r\n"},
			{"bare CR first", "\r" + target("/")},
			{"bare CR in the version", "GET / HTTP/1.1\r Host: a\r\n\r\n"},
			{"two empty lines first", "\r\n\r\n" + target("/")},
			{"many empty lines first", strings.Repeat("\r\n", 20) + target("/")},
		}},
		{400, "control_octet", []fault{
			{"NUL in the target", target("/a\x00b")},
			{"NUL in the method", "GE\x00T / HTTP/1.1\r\nHost: a\r\n\r\n"},
			{"NUL in a name", fields("X\x00: a\r\n")},
			{"NUL in a value", fields("X: a\x00b\r\n")},
			{"NUL before the coding", post("Transfer-Encoding: \x00chunked\r\n")},
			{"NUL in Host", hostField1(" a\x00.example")},
			{"NUL first", "\x00" + target("/")},
			{"NUL in place of the empty line", get + "Host: a\r\n\x00\r\n\r\n"},
			{"vertical tab before the coding", post("Transfer-Encoding:\x0bchunked\r\n")},
			{"vertical tab after the coding", post("Transfer-Encoding: chunked\x0b\r\n")},
			{"form feed before the coding", post("Transfer-Encoding: \x0cchunked\r\n")},
			{"form feed after the coding", post("Transfer-Encoding: chunked\x0c\r\n")},
			{"form feed for a space in the request line", withHost("GET\x0c/ HTTP/1.1", "")},
			{"vertical tab for a space in the request line", withHost("GET /\x0bHTTP/1.1", "")},
			{"unit separator in a name", post("Transfer-Encoding\x1f: chunked\r\n")},
			{"backspace in a value", fields("X: a\x08b\r\n")},
			{"escape in a value", fields("X: \x1b[2J\r\n")},
			{"DEL in a value", fields("X: a\x7fb\r\n")},
			{"DEL in the target", target("/a\x7f")},
			{"DEL in the query", target("/?a\x7f")},
			{"control octet in the query", target("/?a\x01")},
			{"control octet before Content-Length", post("Content-Length: \x015\r\n")},
			{"TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"},
		}},
		{400, "request_line", []fault{
			{"response line", "HTTP/1.1 200 OK\r\n\r\n"},
			{"no method", withHost(" / HTTP/1.1", "")},
			{"space before the method", withHost(" GET / HTTP/1.1", "")},
			{"tab before the method", withHost("\tGET / HTTP/1.1", "")},
			{"method that is no token", withHost("GE(T / HTTP/1.1", "")},
			{"method in quotes", withHost("\"GET\" / HTTP/1.1", "")},
			{"method with a colon", withHost("GET: / HTTP/1.1", "")},
			{"method beyond ASCII", withHost("G\xc3\x89T / HTTP/1.1", "")},
			{"field for a request line", "Host: a\r\n\r\n"},
			{"method alone", withHost("GET", "")},
			{"tab after the method", withHost("GET\t/ HTTP/1.1", "")},
			{"two spaces after the method", withHost("GET  / HTTP/1.1", "")},
			{"two spaces before the version", withHost("GET /  HTTP/1.1", "")},
			{"empty target", withHost("GET  HTTP/1.1", "")},
			{"space in the target", target("/a b")},
			{"space in the query", target("/?a b")},
			{"second request line in the target", target("/ HTTP/1.1 /b")},
			{"tab in the target", target("/a\tb")},
			{"tab in the query", target("/?a\tb")},
			{"tab for a space before the target's end", target("/a\tHTTP/1.1")},
		}},
		{400, "version", []fault{
			{"no target", withHost("GET HTTP/1.1", "")},
			{"no version, HTTP/0.9", "GET /\r\n\r\n"},
			{"no version, with fields", withHost("GET /", "")},
			{"empty version", withHost("GET / ", "")},
			{"tab before the version", withHost("GET /\tHTTP/1.1", "")},
			{"space after the version", withHost("GET / HTTP/1.1 ", "")},
			{"tab after the version", withHost("GET / HTTP/1.1\t", "")},
			{"text after the version", withHost("GET / HTTP/1.1 x", "")},
			{"HTTP/0.9 in words", withHost("GET / HTTP/0.9", "")},
			{"lower-case version", withHost("GET / http/1.1", "")},
			{"mixed-case version", withHost("GET / Http/1.1", "")},
			{"two digits of minor version", withHost("GET / HTTP/1.10", "")},
			{"leading zero of major version", withHost("GET / HTTP/01.1", "")},
			{"leading zero of minor version", withHost("GET / HTTP/1.01", "")},
			{"major version alone", withHost("GET / HTTP/1", "")},
			{"no minor digit", withHost("GET / HTTP/1.", "")},
			{"no slash in the version", withHost("GET / HTTP1.1", "")},
			{"space within the version", withHost("GET / HTTP/ 1.1", "")},
			{"space before the dot", withHost("GET / HTTP/1 .1", "")},
			{"sign in the version", withHost("GET / HTTP/+1.1", "")},
			{"comma for the dot", withHost("GET / HTTP/1,1", "")},
			{"letters for digits", withHost("GET / HTTP/x.y", "")},
			{"hexadecimal digit", withHost("GET / HTTP/1.a", "")},
			{"another protocol", withHost("GET / SSH/1.1", "")},
			{"longer protocol name", withHost("GET / XHTTP/1.1", "")},
		}},
		{505, "version", []fault{
			{"HTTP/1.2", withHost("GET / HTTP/1.2", "")},
			{"HTTP/1.9", withHost("GET / HTTP/1.9", "")},
			{"HTTP/2.0", withHost("GET / HTTP/2.0", "")},
			{"HTTP/3.0", withHost("GET / HTTP/3.0", "")},
			{"HTTP/9.9", withHost("GET / HTTP/9.9", "")},
			{"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
		}},
		{400, "target", []fault{
			{"relative target", target("a/b")},
			{"query for a target", target("?a=b")},
			{"dot for a target", target(".")},
			{"backslash for a target", target("\\a")},
			{"escaped slash first", target("%2Fa")},
			{"host and path without scheme", target("a/x")},
			{"host and port without CONNECT", target("a:80")},
			{"asterisk with GET", target("*")},
			{"asterisk with a lower-case method", withHost("options * HTTP/1.1", "")},
			{"asterisk and a path", withHost("OPTIONS */a HTTP/1.1", "")},
			{"asterisk and a query", withHost("OPTIONS *?a HTTP/1.1", "")},
			{"fragment", target("/a#b")},
			{"fragment in the query", target("/a?b#c")},
			{"fragment of an absolute target", target("http://a/#b")},
			{"fragment that hides an authority", target("http://a#@b/")},
			{"other scheme", target("ftp://a/")},
			{"file scheme", target("file:///etc/passwd")},
			{"scheme without slashes", target("http:a/")},
			{"scheme with one slash", target("http:/a/")},
			{"scheme without authority", target("http:///a")},
			{"scheme alone", target("http://")},
			{"user information", target("http://u@a/")},
			{"user information with a password", target("http://u:p@a/")},
			{"user information that looks like the host", target("http://a:80@b/")},
			{"backslash in the authority", target("http://a\\@b/")},
			{"authority with an escape", target("http://%61/")},
			{"authority with a comma", target("http://a,b/")},
			{"authority with a bad port", target("http://a:x/")},
			{"authority with an empty host", target("http://:80/")},
			{"CONNECT to a path", withHost("CONNECT / HTTP/1.1", "")},
			{"CONNECT without a port", withHost("CONNECT localhost HTTP/1.1", "")},
			{"CONNECT with an empty port", withHost("CONNECT localhost: HTTP/1.1", "")},
			{"CONNECT to port 65536", withHost("CONNECT localhost:65536 HTTP/1.1", "")},
			{"CONNECT with user information", withHost("CONNECT u@localhost:80 HTTP/1.1", "")},
			{"CONNECT with a path", withHost("CONNECT localhost:80/ HTTP/1.1", "")},
			{"CONNECT to a URI", withHost("CONNECT http://localhost:80 HTTP/1.1", "")},
			{"CONNECT to the server", withHost("CONNECT * HTTP/1.1", "")},
			{"lower-case connect", withHost("connect localhost:80 HTTP/1.1", "")},
		}},
		{400, "path", []fault{
			{"escape of no digits", target("/%zz")},
			{"escape of one digit", target("/%2")},
			{"escape of one digit and more", target("/%2/a")},
			{"escape cut short by the query", target("/%2?e")},
			{"percent at the end", target("/a%")},
			{"percent alone", target("/%/a")},
			{"wide escape", target("/%u002e")},
			{"escape with a sign", target("/%+1")},
			{"escape with a percent", target("/%%32%65")},
			{"encoded slash", target("/a%2Fb")},
			{"encoded slash in lower case", target("/a%2fb")},
			{"encoded slash at the end", target("/a%2F")},
			{"encoded dot-dot-slash", target("/%2e%2e%2fa")},
			{"encoded backslash", target("/a%5Cb")},
			{"encoded backslash in lower case", target("/a%5cb")},
			{"raw backslash", target("/a\\b")},
			{"dot-dot-backslash", target("/..\\a")},
			{"encoded NUL", target("/a%00")},
			{"encoded NUL before an extension", target("/a%00.mp3")},
			{"encoded LF", target("/a%0Ab")},
			{"encoded CRLF and a field", target("/a%0d%0aX:b")},
			{"encoded tab", target("/a%09")},
			{"encoded escape character", target("/%1b")},
			{"encoded DEL", target("/a%7F")},
			{"raw octet that is not UTF-8", target("/\xff")},
			{"encoded octet that is not UTF-8", target("/%ff")},
			{"Latin-1", target("/Caf%E9")},
			{"overlong slash", target("/a%c0%afb")},
			{"overlong slash of three octets", target("/a%e0%80%afb")},
			{"overlong dots", target("/%c0%ae%c0%ae/a")},
			{"overlong NUL", target("/%c0%80")},
			{"overlong slash, raw", target("/a\xc0\xafb")},
			{"surrogate", target("/%ed%a0%80")},
			{"beyond Unicode", target("/%f4%90%80%80")},
			{"truncated UTF-8", target("/%e2%82")},
			{"UTF-8 cut by a slash", target("/%e2%82/%ac")},
			{"continuation octet alone", target("/%80")},
			{"empty segment first", target("//a")},
			{"empty segment that looks like an authority", target("//a/b")},
			{"empty segment within", target("/a//b")},
			{"empty segment last", target("/a//")},
			{"two slashes", target("//")},
			{"empty segment of an absolute target", target("http://a//b")},
			{"dot segment first", target("/./a")},
			{"dot segment within", target("/a/./b")},
			{"dot segment last", target("/a/.")},
			{"dot segment alone", target("/.")},
			{"dot-dot segment first", target("/../a")},
			{"dot-dot segment within", target("/a/../b")},
			{"dot-dot segment last", target("/a/..")},
			{"dot-dot segment alone", target("/..")},
			{"dot-dot before the query", target("/a/..?b")},
			{"encoded dot segment", target("/a/%2e/b")},
			{"encoded dot-dot segment", target("/a/%2e%2e/b")},
			{"encoded dot-dot segment in capitals", target("/a/%2E%2E")},
			{"half-encoded dot-dot segment", target("/a/.%2e/b")},
			{"half-encoded dot-dot segment, the first half", target("/a/%2e./b")},
			{"dot-dot segment of an absolute target", target("http://a/../b")},
			{"empty segment after a token", target("/bcdn_token=x//a")},
			{"dot-dot segment after a token", target("/bcdn_token=x/../a")},
			{"token after a token", target("/bcdn_token=x/bcdn_token=y/a")},
			{"encoded token after a token", target("/bcdn_token=x/%62cdn_token=y/a")},
			{"encoded token", target("/bcdn%5Ftoken=x/a")},
			{"token whose sign is encoded", target("/bcdn_token%3Dx/a")},
			{"token without a path", target("/bcdn_token=x")},
			{"token of nothing without a path", target("/bcdn_token=")},
			{"token beyond ASCII", target("/bcdn_token=\xc3\xa9/a")},
			{"token with a malformed escape", target("/bcdn_token=%zz/a")},
			{"token with an escape cut short", target("/bcdn_token=x%2/a")},
			{"token with a backslash", target("/bcdn_token=x\\..\\y/a")},
		}},
		{400, "field", []fault{
			{"obs-fold with a space", fields("X: a\r\n b\r\n")},
			{"obs-fold with a tab", fields("X: a\r\n\tb\r\n")},
			{"obs-fold of a framing field", post("Transfer-Encoding:\r\n chunked\r\n")},
			{"obs-fold hides a framing field", post("X: a\r\n Transfer-Encoding: chunked\r\n")},
			{"obs-fold of nothing", fields("X: a\r\n \r\n")},
			{"white space before the first field", get + " Host: a\r\n\r\n"},
			{"tab before the first field", get + "\tHost: a\r\n\r\n"},
			{"white space before a framing field", get + " Content-Length: 5\r\nHost: a\r\n\r\n"},
			{"line of white space first", get + " \r\nHost: a\r\n\r\n"},
			{"space before the colon", fields("X : a\r\n")},
			{"tab before the colon", fields("X\t: a\r\n")},
			{"space before the coding's colon", post("Transfer-Encoding : chunked\r\n")},
			{"tab before the coding's colon", post("Transfer-Encoding\t: chunked\r\n")},
			{"space before the length's colon", post("Content-Length : 5\r\n")},
			{"space before Host's colon", get + "Host : a\r\n\r\n"},
			{"space within a name", post("Transfer Encoding: chunked\r\n")},
			{"two fields in a line", fields("X Y: a\r\n")},
			{"no colon", fields("X\r\n")},
			{"no colon in the only field", get + "Host\r\n\r\n"},
			{"empty name", fields(": a\r\n")},
			{"empty name of a framing field", post(":Transfer-Encoding: chunked\r\n")},
			{"name with a slash", fields("X/Y: a\r\n")},
			{"name in quotes", post("\"Transfer-Encoding\": chunked\r\n")},
			{"name with brackets", fields("X[]: a\r\n")},
			{"name with parentheses", fields("X(y): a\r\n")},
			{"name with a comma", fields("X,Y: a\r\n")},
			{"name with a semicolon", post("Transfer-Encoding;x: chunked\r\n")},
			{"name with an at sign", fields("X@Y: a\r\n")},
			{"name with an equals sign", fields("X=Y: a\r\n")},
			{"name with a backslash", fields("X\\Y: a\r\n")},
			{"name beyond ASCII", fields("X\xc3\xa9: a\r\n")},
			{"name with a no-break space", post("Transfer-Encoding\xa0: chunked\r\n")},
			{"name after a byte order mark", get + "\xef\xbb\xbfHost: a\r\n\r\n"},
			{"name with a soft hyphen", post("Transfer\xadEncoding: chunked\r\n")},
			{"Kelvin sign in a name", post("Transfer-Encoding\xe2\x84\xaa: chunked\r\n")},
			{"request line for a field", fields("GET /admin HTTP/1.1\r\n")},
		}},
		{400, "host", []fault{
			{"no Host", get + "\r\n"},
			{"no Host beside other fields", get + "X: a\r\nX-Forwarded-Host: a\r\n\r\n"},
			{"no Host beside an absolute target", "GET http://a/ HTTP/1.1\r\n\r\n"},
			{"Host twice", fields("Host: b\r\n")},
			{"Host twice the same", fields("Host: a\r\n")},
			{"Host twice in other letters", fields("hOsT: b\r\n")},
			{"Host twice in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"},
			{"empty Host", hostField1("")},
			{"empty Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost:\r\n\r\n"},
			{"Host of white space", hostField1(" \t ")},
			{"obs-fold of Host", get + "Host:\r\n a\r\n\r\n"},
			{"two hosts in one field", hostField1(" a, b")},
			{"two hosts without a space", hostField1(" a,b")},
			{"two hosts with a space", hostField1(" a b")},
			{"two hosts with a tab", hostField1(" a\tb")},
			{"Host with a path", hostField1(" a/b")},
			{"Host with a query", hostField1(" a?b")},
			{"Host with a fragment", hostField1(" a#b")},
			{"Host with user information", hostField1(" u@a")},
			{"Host with a backslash", hostField1(" a\\b")},
			{"Host with a scheme", hostField1(" http://a")},
			{"Host with an escape", hostField1(" a%2eb")},
			{"Host with an encoded NUL", hostField1(" a%00.example")},
			{"Host in quotes", hostField1(" \"a\"")},
			{"Host with markup", hostField1(" <a>")},
			{"Host with a template", hostField1(" {a}")},
			{"Host with a pipe", hostField1(" a|b")},
			{"Host beyond ASCII", hostField1(" m\xc3\xbcnchen.example")},
			{"Host of dots", hostField1(" ..")},
			{"Host with an empty label", hostField1(" a..b")},
			{"Host with a leading dot", hostField1(" .a")},
			{"Host of a port", hostField1(" :80")},
			{"port of letters", hostField1(" a:b")},
			{"port beyond 65535", hostField1(" a:65536")},
			{"port of six digits", hostField1(" a:000080")},
			{"port with a sign", hostField1(" a:+80")},
			{"negative port", hostField1(" a:-1")},
			{"port with a space", hostField1(" a: 80")},
			{"port with text", hostField1(" a:80x")},
			{"two ports", hostField1(" a:80:90")},
			{"port with a path", hostField1(" a:80/b")},
			{"port with user information", hostField1(" a:80@b")},
			{"IPv6 without brackets", hostField1(" 2001:db8::1")},
			{"IPv6 without its last bracket", hostField1(" [::1")},
			{"IPv6 without its first bracket", hostField1(" ::1]")},
			{"empty brackets", hostField1(" []")},
			{"name in brackets", hostField1(" [a.example]")},
			{"IPv4 in brackets", hostField1(" [127.0.0.1]")},
			{"IPv6 with a zone", hostField1(" [fe80::1%25eth0]")},
			{"IPv6 of nine groups", hostField1(" [1:2:3:4:5:6:7:8:9]")},
			{"IPv6 with two gaps", hostField1(" [1::2::3]")},
			{"IPvFuture", hostField1(" [v1.a]")},
			{"IPv6 with text behind", hostField1(" [::1]a")},
			{"IPv6 twice", hostField1(" [::1][::1]")},
			{"absolute target of another host", target("http://b/")},
			{"absolute target with another port", target("http://a:81/")},
			{"absolute target with the default port written out", target("http://a:80/")},
			{"absolute target of a longer host", target("http://a.example/")},
			{"absolute target of another host in HTTP/1.0", "GET http://b/ HTTP/1.0\r\nHost: a\r\n\r\n"},
		}},
		{400, "framing", []fault{
			{"CL.TE", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n")},
			{"TE.CL", post("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n")},
			{"CL.TE in HTTP/1.0", withHost("POST / HTTP/1.0", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n")},
			{"CL.TE with a coding that is unknown", post("Content-Length: 6\r\nTransfer-Encoding: xchunked\r\n")},
			{"CL.TE with identity", post("Content-Length: 6\r\nTransfer-Encoding: identity\r\n")},
			{"CL.TE with an empty coding", post("Content-Length: 6\r\nTransfer-Encoding:\r\n")},
			{"CL.0 with chunked", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n")},
			{"CL.TE named by Connection afterwards", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n")},
			{"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
			{"chunked in HTTP/1.0, kept alive", "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"},
			{"CL.CL", post("Content-Length: 5\r\nContent-Length: 6\r\n")},
			{"CL.CL the same", post("Content-Length: 5\r\nContent-Length: 5\r\n")},
			{"CL.CL, one of zero", post("Content-Length: 0\r\nContent-Length: 5\r\n")},
			{"CL.CL in other letters", post("Content-Length: 5\r\ncontent-length: 6\r\n")},
			{"Content-Length of a list", post("Content-Length: 5, 6\r\n")},
			{"Content-Length of a list of the same", post("Content-Length: 5,5\r\n")},
			{"empty Content-Length", post("Content-Length:\r\n")},
			{"Content-Length of white space", post("Content-Length: \t\r\n")},
			{"Content-Length with plus", post("Content-Length: +5\r\n")},
			{"Content-Length with minus", post("Content-Length: -5\r\n")},
			{"Content-Length of minus zero", post("Content-Length: -0\r\n")},
			{"Content-Length in hexadecimal", post("Content-Length: 0x5\r\n")},
			{"Content-Length in octal notation", post("Content-Length: 0o5\r\n")},
			{"Content-Length with a point", post("Content-Length: 5.0\r\n")},
			{"Content-Length with an exponent", post("Content-Length: 1e1\r\n")},
			{"Content-Length with an underscore", post("Content-Length: 1_0\r\n")},
			{"Content-Length with a space within", post("Content-Length: 1 0\r\n")},
			{"Content-Length with a semicolon", post("Content-Length: 5;a\r\n")},
			{"Content-Length with text", post("Content-Length: 5abc\r\n")},
			{"Content-Length in quotes", post("Content-Length: \"5\"\r\n")},
			{"Content-Length with a no-break space", post("Content-Length: \xa05\r\n")},
			{"Content-Length of other digits", post("Content-Length: \xd9\xa5\r\n")},
			{"Content-Length of full-width digits", post("Content-Length: \xef\xbc\x95\r\n")},
			{"Content-Length of 19 digits", post("Content-Length: 0000000000000000005\r\n")},
			{"Content-Length beyond 64 bits", post("Content-Length: 18446744073709551621\r\n")},
			{"TE.TE", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n")},
			{"TE.TE, unknown first", post("Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n")},
			{"TE.TE the same", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
			{"TE.TE with identity", post("Transfer-Encoding: identity\r\nTransfer-encoding: chunked\r\n")},
			{"TE.TE with an empty one", post("Transfer-Encoding:\r\nTransfer-Encoding: chunked\r\n")},
			{"empty coding", post("Transfer-Encoding:\r\n")},
			{"chunked, then identity", post("Transfer-Encoding: chunked, identity\r\n")},
			{"chunked, then gzip", post("Transfer-Encoding: chunked, gzip\r\n")},
			{"chunked twice", post("Transfer-Encoding: chunked, chunked\r\n")},
			{"chunked and a comma", post("Transfer-Encoding: chunked,\r\n")},
			{"comma and chunked", post("Transfer-Encoding: ,chunked\r\n")},
			{"chunked in quotes", post("Transfer-Encoding: \"chunked\"\r\n")},
			{"chunked in single quotes, cut", post("Transfer-Encoding: 'chunked' x\r\n")},
			{"chunked with a parameter", post("Transfer-Encoding: chunked;a=b\r\n")},
			{"chunked with a semicolon", post("Transfer-Encoding: chunked;\r\n")},
			{"chunked with a space within", post("Transfer-Encoding: chun ked\r\n")},
			{"chunked after another word", post("Transfer-Encoding: x chunked\r\n")},
			{"chunked before another word", post("Transfer-Encoding: chunked x\r\n")},
			{"chunked with a colon", post("Transfer-Encoding: :chunked\r\n")},
			{"chunked after its own name", post("Transfer-Encoding: Transfer-Encoding: chunked\r\n")},
			{"chunked with a no-break space", post("Transfer-Encoding: \xa0chunked\r\n")},
			{"chunked with a next-line control", post("Transfer-Encoding: chunked\x85\r\n")},
			{"chunked with an octet beyond ASCII", post("Transfer-Encoding: \xffchunked\r\n")},
			{"chunked with a Kelvin sign", post("Transfer-Encoding: chun\xe2\x84\xaaed\r\n")},
			{"chunked with a backslash", post("Transfer-Encoding: chunked\\\r\n")},
			{"chunked in brackets", post("Transfer-Encoding: [chunked]\r\n")},
			{"encoded word", post("Transfer-Encoding: =?iso-8859-1?B?Y2h1bmtlZA==?=\r\n")},
			{"Transfer_Encoding", post("Transfer_Encoding: chunked\r\n")},
			{"transfer_encoding in lower case", post("transfer_encoding: chunked\r\n")},
			{"Transfer.Encoding", post("Transfer.Encoding: chunked\r\n")},
			{"Transfer~Encoding", post("Transfer~Encoding: chunked\r\n")},
			{"Content_Length", post("Content_Length: 5\r\n")},
			{"Content_Length beside Content-Length", post("Content-Length: 5\r\nContent_Length: 6\r\n")},
			{"CONTENT_LENGTH", post("CONTENT_LENGTH: 5\r\n")},
			{"Content.Length", post("Content.Length: 5\r\n")},
		}},
		{501, "framing", []fault{
			{"identity", post("Transfer-Encoding: identity\r\n")},
			{"gzip", post("Transfer-Encoding: gzip\r\n")},
			{"gzip, then chunked", post("Transfer-Encoding: gzip, chunked\r\n")},
			{"identity, then chunked", post("Transfer-Encoding: identity, chunked\r\n")},
			{"xchunked", post("Transfer-Encoding: xchunked\r\n")},
			{"chunkedx", post("Transfer-Encoding: chunkedx\r\n")},
			{"chunke", post("Transfer-Encoding: chunke\r\n")},
			{"chunk", post("Transfer-Encoding: chunk\r\n")},
			{"hyphen and chunked", post("Transfer-Encoding: -chunked\r\n")},
			{"chunked in single quotes", post("Transfer-Encoding: 'chunked'\r\n")},
			{"escape in the coding", post("Transfer-Encoding: %63hunked\r\n")},
		}},
		{400, "connection", []fault{
			{"Connection names Content-Length", post("Content-Length: 5\r\nConnection: Content-Length\r\n")},
			{"Connection names Transfer-Encoding", post("Transfer-Encoding: chunked\r\nConnection: close, transfer-encoding\r\n")},
			{"Connection names Host", fields("Connection: keep-alive, HOST\r\n")},
			{"Connection names a look-alike", fields("Connection: content_length\r\n")},
			{"Connection in quotes", fields("Connection: \"close\"\r\n")},
			{"Connection with a semicolon", fields("Connection: close;x\r\n")},
			{"Connection with a space within", fields("Connection: keep alive\r\n")},
			{"Connection beyond ASCII", fields("Connection: close\xa0\r\n")},
			{"second Connection names Host", fields("Connection: close\r\nConnection: host\r\n")},
		}},
		{400, "repeated_field", []fault{
			{"Range twice", fields("Range: bytes=0-1\r\nRange: bytes=2-3\r\n")},
			{"Range twice the same", fields("Range: bytes=0-1\r\nrange: bytes=0-1\r\n")},
			{"If-Range twice", fields("If-Range: \"a\"\r\nIf-Range: \"b\"\r\n")},
			{"If-Modified-Since twice", fields("If-Modified-Since: x\r\nIf-Modified-Since: y\r\n")},
			{"If-Unmodified-Since twice", fields("If-Unmodified-Since: x\r\nX: y\r\nIf-Unmodified-Since: x\r\n")},
			{"Authorization twice", fields("Authorization: Bearer a\r\nauthorization: Bearer b\r\n")},
		}},
		{417, "expectation", []fault{
			{"unknown expectation", fields("Expect: x\r\n")},
			{"101-continue", fields("Expect: 101-continue\r\n")},
			{"empty expectation", fields("Expect:\r\n")},
			{"list of expectations", post("Expect: 100-continue, x\r\nContent-Length: 1\r\n")},
			{"expectation with text before", post("Expect: y 100-continue\r\nContent-Length: 1\r\n")},
			{"expectation with a parameter", post("Expect: 100-continue;x\r\n")},
			{"expectation in quotes", post("Expect: \"100-continue\"\r\n")},
			{"expectation twice", post("Expect: 100-continue\r\nExpect: 100-continue\r\n")},
			{"unknown expectation in HTTP/1.0", "GET / HTTP/1.0\r\nExpect: x\r\n\r\n"},
		}},
		{414, "target_too_long", []fault{
			{"long path", target("/" + strings.Repeat("a", 8192))},
			{"long query", target("/?" + strings.Repeat("a", 8191))},
			{"long absolute target", target("http://a/" + strings.Repeat("a", 8184))},
			{"long path that has not ended", "GET /" + strings.Repeat("a", 8300)},
			{"long method that has not ended", strings.Repeat("A", 8300)},
			{"long target before other faults", "GET /" + strings.Repeat("a", 9000) + "\x00"},
		}},
		{431, "head_too_large", []fault{
			{"long value", fields("X: " + strings.Repeat("a", 16384) + "\r\n")},
			{"long value that has not ended", "GET / HTTP/1.1\r\nX: " + strings.Repeat("a", 16384)},
			{"long name that has not ended", "GET / HTTP/1.1\r\n" + strings.Repeat("a", 16384)},
			{"long head of short fields", fields(strings.Repeat("X: "+strings.Repeat("a", 300)+"\r\n", 60))},
			{"head one octet too long", fields("X: " + strings.Repeat("a", 16384-len(fields("X: \r\n"))+1) + "\r\n")},
			{"too many fields", fields(strings.Repeat("X: a\r\n", 100))},
			{"too many fields that have not ended", "GET / HTTP/1.1\r\n" + strings.Repeat("X: a\r\n", 101)},
		}},
	}
}

func TestMalformedHeadsAreRefused(t *testing.T) {
	limits := DefaultLimits()
	names := map[string]bool{}
	hit := map[*Refusal]bool{refuseUnfinished: true} // of Parse alone
	for _, group := range malformed() {
		for _, c := range group.faults {
			if names[c.name] {
				t.Errorf("two faults are named %q", c.name)
			}
			names[c.name] = true
			t.Run(c.name, func(t *testing.T) {
				var h Head
				n, err := limits.Next([]byte(c.head), 0, &h)
				var r *Refusal
				if !errors.As(err, &r) || r.Status != group.status || r.Reason != group.reason {
					t.Fatalf("Next = %d, %v, path %q; want %d %s", n, err, h.Path, group.status, group.reason)
				}
				hit[r] = true
				if !slices.Contains(Reasons(), r.Reason) {
					t.Errorf("reason %q is not of the closed set", r.Reason)
				}
				if err := limits.Parse([]byte(c.head), &h); err == nil {
					t.Error("Parse took the head that Next refused")
				}
			})
		}
	}
	for _, r := range refusals {
		if !hit[r] {
			t.Errorf("no malformed head is refused for %q", r.Detail)
		}
	}
	if len(names) < 160 {
		t.Errorf("%d malformed heads, want at least 160", len(names))
	}
}

func TestReasonsAreASet(t *testing.T) {
	all := Reasons()
	sorted := slices.Sorted(slices.Values(all))
	if len(slices.Compact(sorted)) != len(all) {
		t.Fatalf("repeated reasons: %v", all)
	}
	for _, r := range refusals {
		if r.Status < 400 || r.Status > 505 || r.Detail == "" || r.Error() != "gate: "+r.Detail {
			t.Errorf("unfit refusal %+v", r)
		}
	}
}

// A client that sends the fault and then waits is answered at once.
func TestFaultIsRefusedAtItsLastOctet(t *testing.T) {
	f := func(head string, status int) {
		t.Helper()
		limits := DefaultLimits()
		for n := range len(head) {
			if got, err := limits.End([]byte(head[:n]), max(0, n-1)); got != 0 || err != nil {
				t.Errorf("%.40q: End of the first %d octets = %d, %v; want more", head, n, got, err)
				return
			}
		}
		_, err := limits.End([]byte(head), len(head)-1)
		var r *Refusal
		if !errors.As(err, &r) || r.Status != status {
			t.Errorf("%.40q: End = %v, want status %d", head, err, status)
		}
	}
	f("\n", 400)
	f("\x16", 400)
	f("\rG", 400)
	f("\r\n\r\n", 400)
	f("GET / HTTP/1.1\n", 400)
	f("GET / HTTP/1.1\rH", 400)
	f("GET / HTTP/1.1\r\nHost: a\n", 400)
	f("GET / HTTP/1.1\r\nHost: a\x00", 400)
	f("GET / HTTP/1.1\r\n\r\r", 400)
	f("GET /\r\n", 400)
	f("\r\nGET /\r\n", 400)
	f("GET  / HTTP/1.1\r\n", 400)
	f("PRI * HTTP/2.0\r\n", 505)
	f("GET /"+strings.Repeat("a", 8192)+" HTTP/1.1\r\n", 414)
	f("GET /"+strings.Repeat("a", 8192+lineOverhead-len("GET /")), 414)
	f("\r\nGET /"+strings.Repeat("a", 8192+lineOverhead-len("GET /")), 414)
	f("GET / HTTP/1.1\r\nX: "+strings.Repeat("a", 16384-len("GET / HTTP/1.1\r\nX: ")), 431)
	f("GET / HTTP/1.1\r\n"+strings.Repeat("X: a\r\n", 101), 431)
}

func TestLimitsAreInclusive(t *testing.T) {
	limits := Limits{Target: 100, Head: 300, Fields: 3}
	f := func(head string, status int) {
		t.Helper()
		var h Head
		_, err := limits.Next([]byte(head), 0, &h)
		var r *Refusal
		if status == 0 && err != nil || status != 0 && (!errors.As(err, &r) || r.Status != status) {
			t.Errorf("%.40q: %v, want status %d", head, err, status)
		}
	}
	if err := limits.Validate(); err != nil {
		t.Fatal(err)
	}
	f(target("/"+strings.Repeat("a", 99)), 0)
	f(target("/"+strings.Repeat("a", 100)), 414)
	f("\r\n"+target("/"+strings.Repeat("a", 99)), 0)
	f(fields("A: a\r\nB: b\r\n"), 0)
	f(fields("A: a\r\nB: b\r\nC: c\r\n"), 431)
	pad := strings.Repeat("a", 300-len(fields("A: \r\n")))
	f(fields("A: "+pad+"\r\n"), 0)
	f(fields("A: "+pad+"a\r\n"), 431)
	f("\r\n"+fields("A: "+pad+"\r\n"), 431)
}

func TestUnfitLimitsAreNamed(t *testing.T) {
	f := func(l Limits, key string) {
		t.Helper()
		err := l.Validate()
		if (err == nil) != (key == "") || err != nil && !strings.HasPrefix(err.Error(), key+": ") {
			t.Errorf("%+v: %v, want %q", l, err, key)
		}
		// However unfit, they refuse or wait, and do not panic.
		var h Head
		for n := range len(playerHead) {
			l.Next([]byte(playerHead[:n]), n/2, &h)
		}
	}
	f(DefaultLimits(), "")
	f(Limits{}, "target")
	f(Limits{Target: -1, Head: -1, Fields: -1}, "target")
	f(Limits{Target: 10, Head: 1000}, "fields")
	f(Limits{Target: 1000, Head: 1000, Fields: 1}, "head")
}

func TestZeroLimitsAdmitNothing(t *testing.T) {
	var l Limits
	var h Head
	if n, err := l.Next([]byte(target("/")), 0, &h); err == nil {
		t.Fatalf("Next = %d, nil", n)
	}
}
