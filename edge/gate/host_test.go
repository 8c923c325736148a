package gate

import (
	"net/netip"
	"strings"
	"testing"
)

func TestIPv6AgreesWithNetip(t *testing.T) {
	f := func(s string) {
		t.Helper()
		addr, err := netip.ParseAddr(s)
		want := err == nil && addr.Is6() && addr.Zone() == ""
		if got := isIPv6([]byte(s)); got != want {
			t.Errorf("isIPv6(%q) = %v, netip says %v", s, got, want)
		}
	}
	// Every string of up to seven of the pieces that matter, and the long ones around the limits.
	pieces := []string{":", "::", "1", "abcd", "12345", "1.2.3.4", "g"}
	var all func(prefix string, left int)
	all = func(prefix string, left int) {
		f(prefix)
		if left == 0 {
			return
		}
		for _, p := range pieces {
			all(prefix+p, left-1)
		}
	}
	all("", 5)
	for n := range 12 {
		groups := strings.Repeat("1:", n)
		for _, tail := range []string{"", "1", ":", ":1", ":1:1", "1.2.3.4", ":1.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "1.2.3.4 "} {
			f(groups + tail)
			f("::" + groups + tail)
		}
	}
	f("fe80::1%eth0")
	f("::ffff:0x7f.1.1.1")
}
