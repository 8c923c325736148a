// Package signer signs media URLs and verifies the tokens in them.
//
// One file holds one scheme:
//
//	bunny.go           SHA-256 over key, path and expiry; token in the query
//	bunny_advanced.go  HMAC-SHA-256 with directory, country and speed limits,
//	                   token in the query or in the path
//	cloudfront.go      canned and custom policies under a private key
//	cloudflare.go      the token that is_timed_hmac_valid_v0() checks
//
// The edge verifies the Bunny family with a [Verifier]; the other schemes are
// verified by their CDN, and their Verify functions exist to check what was
// signed. Presigned S3 requests are not made here.
//
// # Keys
//
// A [Ring] holds the secrets, newest first. Signing takes the newest, verifying
// takes any, so a key is rotated by putting a new one in front and removing the
// old one when its last token has expired. No error, finding or printed [Key]
// shows a secret.
//
// # What a Bunny token does and does not bind
//
// Bunny's recipes join path, expiry, address and parameters without a
// separator. Four rules keep one signed text from being read in a second way:
// an expiry has at most ten digits, the name of a signed parameter starts with
// no digit and holds no slash or percent sign, a signed value holds no control
// byte (which also ends length extension of the plain SHA-256 form), and the
// Sign functions refuse a path that holds ten digits and then a "name=".
// One reading stays open and is accepted: a token bound to an address, for a
// path that ends in a digit, also fits the path without that digit for another,
// computable address. Who must bind to an address should use paths that end in
// something else.
//
// Sources: https://docs.bunny.net/cdn/security/token-authentication/advanced,
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html,
// https://developers.cloudflare.com/ruleset-engine/rules-language/functions/#hmac-validation.
package signer
