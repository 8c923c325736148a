package library

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"segue/stream/origin"
)

func TestOrderIsNatural(t *testing.T) {
	want := []string{
		"1", "1a", "2", "10", "010", "10 b", "99999999999999999998", "99999999999999999999",
		"A", "a", "a-b", "a0", "a1", "a01", "a2b3", "a2b10", "a10", "ab", "B", "Ärger", "ärger",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	key := func(s string) string { return sortKey(false, s) }
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(key(a), key(b)) })
	// Names alike but for case and zeros go by their bytes.
	fix := func(a, b string) {
		if i, j := slices.Index(want, a), slices.Index(want, b); key(a) > key(b) {
			want[i], want[j] = b, a
		}
	}
	fix("10", "010")
	fix("a1", "a01")
	if !slices.Equal(got, want) {
		t.Fatalf("order\n%q, want\n%q", got, want)
	}
	if sortKey(true, "z") > sortKey(false, "a") {
		t.Fatal("a track stands before a folder")
	}
}

func TestCursorsOfOthersAreRefused(t *testing.T) {
	enc := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for _, bad := range []string{
		"!", "a", enc("x1"), enc("t"), enc("t.hidden"), enc("ta/b"), enc("ta\x00"), enc("t\xff"), enc("ta") + "=",
		"dB", // bits that no encoder sets
		strings.Repeat("A", 10_000),
	} {
		if _, err := parseCursor(bad); !errors.Is(err, ErrCursor) {
			t.Errorf("%.20q: %v, want ErrCursor", bad, err)
		}
	}
	for _, e := range []entry{{key: sortKey(true, "a"), name: "a", dir: true}, {key: sortKey(false, "Ä 01.mp3"), name: "Ä 01.mp3"}} {
		if got, err := parseCursor(e.cursor()); err != nil || got != e.key {
			t.Errorf("%q: %q, %v", e.name, got, err)
		}
	}
}

func TestTitlesAreMadeOfNames(t *testing.T) {
	f := func(file string, number int, title string) {
		t.Helper()
		if n, s := splitName(file); n != number || s != title {
			t.Errorf("%q = %d, %q, want %d, %q", file, n, s, number, title)
		}
	}
	f("01 Song.mp3", 1, "Song")
	f("01-song.mp3", 1, "song")
	f("03. Song.mp3", 3, "Song")
	f("12 - Song - Live.flac", 12, "Song - Live")
	f("7) Song.ogg", 7, "Song")
	f("01 - 99 Problems.mp3", 1, "99 Problems")
	f("99 Luftballons.mp3", 0, "99 Luftballons")
	f("1999.mp3", 0, "1999")
	f("07.mp3", 0, "07")
	f("4.33.mp3", 0, "4.33")
	f("01.02.2024.mp3", 0, "01.02.2024")
	f("2001 - A Space Odyssey.mp3", 0, "2001 - A Space Odyssey")
	f("Song.Name.mp3", 0, "Song.Name")
	f("  .mp3", 0, "  .mp3")
}

func TestPathsThatCannotBeServedAreNotFound(t *testing.T) {
	for _, p := range []string{"", "a/", "/a", "//", "/a//", "/../", "/a/../", "/./", "/.git/", "/a/.b/", "/a\\b/", "/a\x01/", "/\xff/"} {
		if _, err := folderName(p); !errors.Is(err, origin.ErrNotFound) {
			t.Errorf("%q: %v, want ErrNotFound", p, err)
		}
	}
}
