package conf

import (
	"math"
	"testing"
	"time"
)

func TestSize(t *testing.T) {
	f := func(text string, want Size, canonical string) {
		t.Helper()
		got, err := ParseSize(text)
		if err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v, want %d", text, int64(got), err, int64(want))
		}
		if s := want.String(); s != canonical {
			t.Errorf("Size(%d).String() = %s, want %s", int64(want), s, canonical)
		}
	}
	f("0", 0, "0")
	f("0KB", 0, "0")
	f("1", 1, "1")
	f("1000", 1000, "1000")
	f("1024", 1024, "1KB")
	f("1KB", 1024, "1KB")
	f("1kb", 1024, "1KB")
	f("1KiB", 1024, "1KB")
	f("1k", 1024, "1KB")
	f("1 KB", 1024, "1KB")
	f("64KB", 65536, "64KB")
	f("1536KB", 1536<<10, "1536KB")
	f("1025", 1025, "1025")
	f("10MB", 10<<20, "10MB")
	f("1GB", 1<<30, "1GB")
	f("2TB", 2<<40, "2TB")
	f("4096TB", 4096<<40, "4096TB")
	f("12B", 12, "12")
	f("9223372036854775807", math.MaxInt64, "9223372036854775807")
	f("8388607TB", 8388607<<40, "8388607TB")

	for _, text := range []string{"", "KB", "-1", "+1", "1.5MB", "1e3", "1PB", "1KBB", "1iB", "1 K B", " 1", "1\tKB",
		"9223372036854775808", "8388608TB", "99999999999999999999", "0x10", "1_000", "1KB ", "KB1"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want refusal", text, int64(got))
		}
	}
	if s := Size(-1024).String(); s != "-1KB" {
		t.Errorf("Size(-1024).String() = %s", s)
	}
}

func FuzzSize(f *testing.F) {
	f.Add("64KB", int64(1<<20))
	f.Fuzz(func(t *testing.T, text string, n int64) {
		if s, err := ParseSize(text); err == nil && s < 0 {
			t.Errorf("ParseSize(%q) = %d", text, int64(s))
		}
		if n >= 0 {
			if s, err := ParseSize(Size(n).String()); err != nil || s != Size(n) {
				t.Errorf("%d is written %s and read %d, %v", n, Size(n), int64(s), err)
			}
		}
	})
}

func TestDurationsAreShort(t *testing.T) {
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := formatDuration(d); got != want {
			t.Errorf("%v is written %s, want %s", d, got, want)
		}
		if back, err := time.ParseDuration(want); err != nil || back != d {
			t.Errorf("%s is read %v, %v", want, back, err)
		}
	}
	f(0, "0s")
	f(10*time.Second, "10s")
	f(time.Minute, "1m")
	f(10*time.Minute, "10m")
	f(time.Hour, "1h")
	f(20*time.Hour, "20h")
	f(time.Hour+time.Second, "1h0m1s")
	f(90*time.Minute, "1h30m")
	f(90*time.Second, "1m30s")
	f(1500*time.Millisecond, "1.5s")
	f(-time.Hour, "-1h")
}
