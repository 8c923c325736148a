package edge

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// A route is a row of the one table that says what the public listener answers.
type route struct {
	name   string
	path   string // exact but for "*", which stands for any text
	token  tokenPolicy
	cache  cachePolicy
	handle func(*Server, *request) error
}

// tokenPolicy is whether a route obeys require_token.
type tokenPolicy uint8

const (
	tokenNever tokenPolicy = iota // open to anyone: it gives nothing away
	tokenAsked                    // under require_token, opened by a signed URL or the origin secret alone
)

func (p tokenPolicy) String() string { return [...]string{"open", "token"}[p] }

// The first row that fits a path wins. Every row answers GET and HEAD; OPTIONS
// is answered alike for all (see options), other methods are 405.
//
// The page's own files stand below a hidden name: those of the folder that begin
// with a dot are never served, so that no file can collide with them.
var routes = [...]route{
	{name: "config", path: "/api/v1/config", token: tokenAsked, cache: cacheCheck, handle: (*Server).config},
	{name: "folder", path: "/api/v1/folder", token: tokenAsked, cache: cacheCheck, handle: (*Server).folder},
	{name: "artwork", path: "/api/v1/artwork", token: tokenAsked, cache: cacheImage, handle: (*Server).artwork},
	{name: "links", path: "/api/v1/links", token: tokenAsked, cache: cacheNone, handle: (*Server).links},
	{name: "asset", path: assetPrefix + "*", token: tokenAsked, cache: cacheStatic, handle: (*Server).asset},
	{name: "page", path: "/", token: tokenAsked, cache: cacheCheck, handle: (*Server).page},
	{name: "reserved", path: "/api/*", token: tokenAsked, cache: cacheNone, handle: (*Server).reserved},
	{name: "reserved", path: "/live/*", token: tokenAsked, cache: cacheNone, handle: (*Server).reserved},
	{name: "reserved", path: "/whip/*", token: tokenAsked, cache: cacheNone, handle: (*Server).reserved},
	{name: "reserved", path: "/whep/*", token: tokenAsked, cache: cacheNone, handle: (*Server).reserved},
	{name: "reserved", path: "/rtc", token: tokenAsked, cache: cacheNone, handle: (*Server).reserved},
	{name: "reserved", path: "/rtc/*", token: tokenAsked, cache: cacheNone, handle: (*Server).reserved},
	{name: "playlist", path: "*/hls/*.m3u8", token: tokenAsked, cache: cachePlaylist, handle: (*Server).hls},
	{name: "playlist", path: "*/hls/*info.json", token: tokenAsked, cache: cachePlaylist, handle: (*Server).hls},
	{name: "segment", path: "*/hls/*", token: tokenAsked, cache: cacheSegment, handle: (*Server).hls},
	{name: "file", path: "/*", token: tokenAsked, cache: cacheRaw, handle: (*Server).file},
}

// Labels of answers that reach no row of the table.
const (
	routeOptions = len(routes) + iota
	routeMethod
	routeCount
)

func routeName(i int) string {
	if i < len(routes) {
		return routes[i].name
	}
	return [...]string{"options", "method"}[i-len(routes)]
}

// match finds the row of a canonical path. Every path has one.
func match(table []route, path []byte) int {
	// Fast path: nearly all requests are for files, and the rows before have
	// either one of these letters or the infix.
	if len(path) > 1 && !bytes.Contains(path, hlsInfix) {
		switch path[1] {
		case 'a', 'l', 'w', 'r', '.':
		default:
			return len(table) - 1
		}
	}
	for i := range table {
		if fits(table[i].path, path) {
			return i
		}
	}
	panic("BUG: the last route takes every path")
}

// fits reports whether a path is one of a row's. The last star of a row takes
// all that is left for it, the others as little as they can.
func fits(row string, path []byte) bool {
	head, rest, star := strings.Cut(row, "*")
	if len(path) < len(head) || string(path[:len(head)]) != head {
		return false
	}
	path = path[len(head):]
	for star {
		if head, rest, star = strings.Cut(rest, "*"); !star {
			return len(path) >= len(head) && string(path[len(path)-len(head):]) == head
		}
		at := indexOf(path, head)
		if at < 0 {
			return false
		}
		path = path[at+len(head):]
	}
	return len(path) == 0
}

// indexOf is bytes.Index without a copy of what is looked for.
func indexOf(path []byte, s string) int {
	for i := 0; i+len(s) <= len(path); i++ {
		if string(path[i:i+len(s)]) == s {
			return i
		}
	}
	return -1
}

// PrintRoutes writes the table, a row a line: what docs/routes.txt holds.
func PrintRoutes(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%-8s  %-18s  %-5s  %-8s  %s\n", "METHODS", "PATH", "TOKEN", "CACHE", "ROUTE")
	for _, r := range routes {
		fmt.Fprintf(&b, "%-8s  %-18s  %-5s  %-8s  %s\n", "GET,HEAD", r.path, r.token, r.cache, r.name)
	}
	fmt.Fprintf(&b, "%-8s  %-18s  %-5s  %-8s  %s\n", "OPTIONS", "*", tokenNever, "static", "options")
	_, err := io.WriteString(w, b.String())
	return err
}
