package edge

import (
	"strconv"
	"time"
)

// cachePolicy is the kind of an answer, as caches see it.
type cachePolicy uint8

const (
	cacheNone     cachePolicy = iota // no-store: errors, and what holds for one caller alone
	cacheCheck                       // kept, but asked about each time
	cacheStatic                      // content-addressed
	cacheRaw                         // files
	cacheImage                       // artwork
	cachePlaylist                    // what says where segments are
	cacheSegment                     // segments and init sections: content-addressed
	cachePolicies
)

func (p cachePolicy) String() string {
	return [...]string{"no-store", "no-cache", "static", "raw", "image", "playlist", "segment"}[p]
}

// cacheRules is the one table from a kind of answer to its headers.
type cacheRules struct {
	public [cachePolicies]string
	age    [cachePolicies]int64 // seconds; what a signed URL's rest is compared with
}

func newCacheRules(c *CacheConfig) cacheRules {
	var r cacheRules
	r.public[cacheNone] = "no-store"
	r.public[cacheCheck] = "no-cache"
	r.public[cacheStatic], r.age[cacheStatic] = c.Static, int64(365*24*time.Hour/time.Second)
	r.public[cacheRaw], r.age[cacheRaw] = public(c.Raw, c.Shared, c.Stale), seconds(c.Raw)
	r.public[cacheImage], r.age[cacheImage] = public(c.Images, 0, c.Stale), seconds(c.Images)
	r.public[cachePlaylist], r.age[cachePlaylist] = public(c.Playlists, 0, 0), seconds(c.Playlists)
	r.public[cacheSegment], r.age[cacheSegment] = public(c.Segments, 0, 0)+", immutable", seconds(c.Segments)
	return r
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

func public(age, shared, stale time.Duration) string {
	b := strconv.AppendInt([]byte("public, max-age="), seconds(age), 10)
	if shared > 0 && shared < age {
		b = strconv.AppendInt(append(b, ", s-maxage="...), seconds(shared), 10)
	}
	if stale > 0 { // RFC 5861
		b = strconv.AppendInt(append(b, ", stale-while-revalidate="...), seconds(stale), 10)
		b = strconv.AppendInt(append(b, ", stale-if-error="...), seconds(stale), 10)
	}
	return string(b)
}

// appendPrivate appends the Cache-Control of what a signed URL opened: kept by
// the caller alone, and no longer than the token opens it.
func (r *cacheRules) appendPrivate(dst []byte, p cachePolicy, rest int64) []byte {
	switch p {
	case cacheNone:
		return append(dst, "private, no-store"...)
	case cacheCheck:
		return append(dst, "private, no-cache"...)
	}
	return strconv.AppendInt(append(dst, "private, max-age="...), max(min(r.age[p], rest), 0), 10)
}
