package hls

import (
	"fmt"
	"testing"
)

func TestEachThingHasOneName(t *testing.T) {
	f := func(rest, want string) {
		t.Helper()
		n, ok := Parse([]byte(rest))
		got := "none"
		if ok {
			got = fmt.Sprintf("%d %v %d-%d %s %s %d %d %s", n.Kind, n.Window, n.Span.From, n.Span.To, n.Rendition, n.Version, n.N, n.Base, n.Extension)
		}
		if got != want {
			t.Errorf("Parse(%q) = %s, want %s", rest, got, want)
		}
	}
	const v = "0123456789abcdef"
	f("", "none")
	f("master.m3u8", "1 false 0-0   0 0 ")
	f("info.json", "2 false 0-0   0 0 ")
	f("index.m3u8", "3 false 0-0   0 0 ")
	f("flac/index.m3u8", "4 false 0-0 flac  0 0 ")
	f("flac/"+v+"/init.mp4", "5 false 0-0 flac "+v+" 0 0 ")
	f("flac/"+v+"/init-3.mp4", "5 false 0-0 flac "+v+" 3 0 ")
	f("flac/"+v+"/0.m4s", "6 false 0-0 flac "+v+" 0 0 .m4s")
	f("mp3/"+v+"/599.mp3", "6 false 0-0 mp3 "+v+" 599 0 .mp3")
	f("flac/"+v+"/7-441000.m4s", "6 false 0-0 flac "+v+" 7 441000 .m4s")
	f("10-40/master.m3u8", "1 true 10000-40000   0 0 ")
	f("0.5-40.25/aac/"+v+"/1.m4s", "6 true 500-40250 aac "+v+" 1 0 .m4s")
	for _, other := range []string{
		"Master.m3u8", "master.m3u8/", "/master.m3u8", "x.m3u8", "flac/", "flac/x", "flac//index.m3u8",
		"flac/" + v + "/00.m4s", "flac/" + v + "/01.m4s", "flac/" + v + "/+1.m4s", "flac/" + v + "/-1.m4s", "flac/" + v + "/1.ts",
		"flac/" + v + "/init-0.mp4", "flac/" + v + "/init-.mp4", "flac/" + v + "/init.m4s", "flac/" + v + "/1", "flac/" + v + "/1-0.m4s",
		"flac/" + v + "/1-01.m4s", "flac/" + v + "/99999999999999999999.m4s", "flac/0123456789ABCDEF/0.m4s", "flac/0123456789abcde/0.m4s",
		"10-10/master.m3u8", "40-10/master.m3u8", "010-40/master.m3u8", "10.0-40/master.m3u8", "10.50-40/master.m3u8", "10.5555-40/master.m3u8",
		"10-/master.m3u8", "-40/master.m3u8", "10-40-50/master.m3u8", "10-9999999999/master.m3u8", "1e1-40/master.m3u8",
	} {
		f(other, "none")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"master.m3u8", "10-40/flac/0123456789abcdef/init-1.mp4", "0.5-1.25/aac/0123456789abcdef/7-5.m4s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := Parse([]byte(s))
		if !ok {
			return
		}
		// What is parsed is written back as it was.
		var out string
		if n.Window {
			out = n.Span.Name() + "/"
		}
		switch n.Kind {
		case Master:
			out += "master.m3u8"
		case Info:
			out += "info.json"
		case Joined:
			out += "index.m3u8"
		case Playlist:
			out += string(n.Rendition) + "/index.m3u8"
		case Init:
			out += string(n.Rendition) + "/" + string(n.Version) + "/init"
			if n.N > 0 {
				out += fmt.Sprintf("-%d", n.N)
			}
			out += ".mp4"
		case Fragment:
			out += fmt.Sprintf("%s/%s/%d", n.Rendition, n.Version, n.N)
			if n.Base > 0 {
				out += fmt.Sprintf("-%d", n.Base)
			}
			out += string(n.Extension)
		}
		if out != s {
			t.Errorf("Parse(%q) is %q", s, out)
		}
	})
}

func TestParseAllocatesNothing(t *testing.T) {
	name := []byte("10-40/flac/0123456789abcdef/7.m4s")
	if n := testing.AllocsPerRun(100, func() { Parse(name) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
