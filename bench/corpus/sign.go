package corpus

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
)

// Bunny signs a path with the basic SHA-256 token that the edge verifies. The few lines stand here on their
// own, not taken from package signer: a mistake there shall show as a refusal.
func Bunny(key, path string, expires int64) string {
	e := strconv.FormatInt(expires, 10)
	sum := sha256.Sum256([]byte(key + path + e))
	return path + "?token=" + base64.RawURLEncoding.EncodeToString(sum[:]) + "&expires=" + e
}

// SecureLink signs a path for nginx with
//
//	secure_link $arg_md5,$arg_expires;
//	secure_link_md5 "$secure_link_expires$uri SECRET";
func SecureLink(secret, path string, expires int64) string {
	e := strconv.FormatInt(expires, 10)
	sum := md5.Sum([]byte(e + path + " " + secret))
	return path + "?md5=" + base64.RawURLEncoding.EncodeToString(sum[:]) + "&expires=" + e
}
