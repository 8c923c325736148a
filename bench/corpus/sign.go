package corpus

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
)

// Bunny signs a path with the basic SHA-256 token that the edge verifies. The few lines stand here on their
// own, not taken from package signer: a mistake there shall show as a refusal.
func Bunny(key, path string, expires int64) string {
	e := strconv.FormatInt(expires, 10)
	sum := sha256.Sum256([]byte(key + path + e))
	return path + "?token=" + base64.RawURLEncoding.EncodeToString(sum[:]) + "&expires=" + e
}

// BunnyDirectory signs all that is below a folder with the HMAC token of the edge, and writes it in front of a
// path there: as a first segment it is inherited by the relative addresses of a playlist.
func BunnyDirectory(key, folder, path string, expires int64) string {
	e := strconv.FormatInt(expires, 10)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(folder + e + "token_path=" + folder))
	return "/bcdn_token=HS256-" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) +
		"&token_path=" + url.QueryEscape(folder) + "&expires=" + e + path
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
