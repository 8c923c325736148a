// Package web carries the built pages of the app inside the binary. The sources lie beside it
// (src, public); `npm run build` writes dist, which is committed, so that building the server
// needs only Go.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages gives the built app: index.html, which is the page at "/", and everything that it
// loads from below "/.segue/", under the name that follows that prefix. Files in assets/ carry
// a hash of their content in their name; the others keep their name from build to build.
// It is safe for concurrent use.
func Pages() fs.FS {
	pages, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("BUG: web: " + err.Error())
	}
	return pages
}
