package signer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestBadRingsAreRefusedWithoutShowingSecrets(t *testing.T) {
	const good = "0123456789abcdef"
	f := func(text, want string) {
		t.Helper()
		ring, err := ParseRing(text)
		if err == nil || ring != nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), good[:15]) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	f("", "empty")
	f(" \n", "empty")
	f(good, "entry 1 of the key ring has no id")
	f("a:"+good+","+good, "entry 2 of the key ring has no id")
	f("a:", `key "a" has a secret of 0 bytes`)
	f("a:"+good[:15], `key "a" has a secret of 15 bytes`)
	f("a:"+strings.Repeat("x", MaxSecret+1), `key "a" has a secret of 129 bytes`)
	f("a: "+good, "white space")
	f("a:"+good+" ,b:"+good, "white space")
	f(":"+good, "id of key 1")
	f("a:"+good+",b c:"+good, "id of key 2")
	f("a:"+good+",ä:"+good, "id of key 2")
	f(strings.Repeat("a", 33)+":"+good, "id of key 1")
	f("a:"+good+",a:"+good, `key id "a" appears twice`)
	f("a:"+good+",", "entry 2")
	if _, err := NewRing(); err == nil {
		t.Error("empty ring accepted")
	}
	for _, skew := range []time.Duration{-1, time.Hour + 1} {
		if _, err := NewVerifier(must(NewRing(testKey)), skew); err == nil {
			t.Errorf("skew %v accepted", skew)
		}
	}
	if _, err := NewVerifier(nil, 0); err == nil {
		t.Error("nil ring accepted")
	}
	if _, err := NewVerifier(&Ring{}, 0); err == nil {
		t.Error("zero ring accepted")
	}
}

func TestRingKeepsOrderAndCopies(t *testing.T) {
	secret := []byte("first:secret with colon")
	ring := must(ParseRing("new:" + string(secret) + ",old:0123456789abcdef\n"))
	if k := ring.Newest(); k.ID != "new" || !bytes.Equal(k.Secret, secret) {
		t.Errorf("newest is %q %q", k.ID, k.Secret)
	}
	ring.Newest().Secret[0] = 'X'
	ring = must(NewRing(Key{"a", secret}))
	secret[0] = 'X'
	if got := ring.Newest().Secret[0]; got != 'f' {
		t.Errorf("ring shares memory with its caller: %c", got)
	}
}

// Any key of the ring verifies, whatever its length.
func TestKeysRotate(t *testing.T) {
	for _, size := range []int{MinSecret, 63, 64, 65, MaxSecret} {
		k1, k2 := Key{"old", bytes.Repeat([]byte("o"), size)}, Key{"new", bytes.Repeat([]byte("n"), size)}
		v := must(NewVerifier(must(NewRing(k2, k1)), 0))
		for _, k := range []Key{k1, k2} {
			for _, sign := range []func(Key, string, BunnyOptions) (string, error){SignBunny, SignBunnyAdvanced} {
				r := mustRequest(t, must(sign(k, "/a", BunnyOptions{Expires: expiry})))
				if grant, err := v.Verify(&r); err != nil || grant.KeyID != k.ID {
					t.Errorf("secret of %d bytes: key %s: %+v %v", size, k.ID, grant, err)
				}
			}
		}
		retired := must(NewVerifier(must(NewRing(k2)), 0))
		r := mustRequest(t, must(SignBunny(k1, "/a", BunnyOptions{Expires: expiry})))
		if _, err := retired.Verify(&r); err == nil {
			t.Error("a retired key verifies")
		}
	}
}

func TestPrintedKeysHideTheirSecrets(t *testing.T) {
	cf := must(ParseCloudFrontKey("K1", ecKey(t)))
	ring := must(NewRing(testKey))
	for _, x := range []any{testKey, &testKey, ring, *ring, cf, *cf, must(NewVerifier(ring, 0)), struct{ r *Ring }{ring}, []Key{testKey}, struct{ K Key }{testKey}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			text := fmt.Sprintf(verb, x)
			noSecret(t, text)
			for _, spelled := range []string{"%v", "%x", "%X", "%d"} { // a secret's bytes as numbers
				form := strings.Trim(fmt.Sprintf(spelled, testKey.Secret), "[]")
				if strings.Contains(text, form) {
					t.Errorf("%s of %T shows the secret: %s", verb, x, text)
				}
			}
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", testKey, "ring", ring, "cf", cf)
	js := must(json.Marshal([]any{testKey, ring}))
	noSecret(t, log.String()+string(js))
	if !strings.Contains(log.String(), "k2") {
		t.Error("log does not name the key")
	}
}
