package corpus

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestContentsFollowFromTheNameAlone(t *testing.T) {
	s := Set{"small", 3, 1000}
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		if err := Write(dir, s); err != nil {
			t.Fatal(err)
		}
	}
	var seen [][]byte
	for _, p := range s.Paths() {
		x, err := os.ReadFile(filepath.Join(a, p))
		if err != nil {
			t.Fatal(err)
		}
		y, err := os.ReadFile(filepath.Join(b, p))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x, y) || len(x) != 1000 {
			t.Errorf("%s: %d and %d bytes, or not equal", p, len(x), len(y))
		}
		for _, z := range seen {
			if bytes.Equal(x, z) {
				t.Errorf("%s equals an earlier file", p)
			}
		}
		seen = append(seen, x)
	}
}

func TestSignedAddresses(t *testing.T) {
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	// printf %s KEY/PATHEXPIRES | openssl dgst -sha256 -binary | base64 | tr +/ -_ | tr -d =
	f(Bunny("0123456789abcdef0123456789abcdef", "/10k/00.mp3", 1900000000),
		"/10k/00.mp3?token=_hp8zEgn2-Hk7nSO2glCPn3LdURsCsJfHbo7VkeAW_I&expires=1900000000")
	// printf %s FOLDEREXPIREStoken_path=FOLDER | openssl dgst -sha256 -hmac KEY -binary | base64 | tr +/ -_ | tr -d =
	f(BunnyDirectory("0123456789abcdef0123456789abcdef", "/aac/00.m4a", "/aac/00.m4a/hls/master.m3u8", 1900000000),
		"/bcdn_token=HS256-kC0FYpS1Wij0j8bCnuZKVSo23Ot8C3JI4WO6dLX6N9I&token_path=%2Faac%2F00.m4a&expires=1900000000/aac/00.m4a/hls/master.m3u8")
	// printf '%s' 'EXPIRES/PATH SECRET' | openssl md5 -binary | base64 | tr +/ -_ | tr -d =
	f(SecureLink("secret", "/10k/00.mp3", 1900000000),
		"/10k/00.mp3?md5=WTkBWFs1kZDHEOGcCHO2WQ&expires=1900000000")
}
