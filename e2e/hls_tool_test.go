package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestInspectTellsAPersonWhatAFileHolds(t *testing.T) {
	t.Parallel()
	for name, words := range map[string][]string{
		"cbr44.mp3":  {"mp3", "mp4a.40.34", "44100 Hz", "590940", "1105", "LAME", "Rise", "Sweep", "packed"},
		"tail.m4a":   {"mp4", "mp4a.40.2", "590940", "1024", "elst", "fMP4"},
		"cd.flac":    {"flac", "fLaC", "16 bits", "590940", "exact"},
		"96.flac":    {"96000 Hz", "24 bits"},
		"20.opus":    {"ogg", "Opus", "48000 Hz", "643200", "312", "OpusHead"},
		"film.mp4":   {"h264", "160 by 120", "avc1", "aac"},
		"51.aac":     {"6 channels", "mp4a.40.2"},
		"alac24.m4a": {"alac", "24 bits"},
		"16.wav":     {"wav", "flac", "590940"},
		"junk.mp3":   {"mp3", "note"}, // that something lies between the frames
	} {
		out, complaint, status := edgeTool(t, "inspect", media(t, name))
		if status != 0 || !strings.Contains(out, name) {
			t.Errorf("%s: status %d: %s%s", name, status, out, complaint)
		}
		for _, w := range words {
			if !strings.Contains(out, w) {
				t.Errorf("of %s is not said %q:\n%s", name, w, out)
			}
		}
	}
	if _, complaint, status := edgeTool(t, "inspect", filepath.Join(shelf(t), "none.mp3")); status == 0 || !strings.Contains(complaint, "none.mp3") {
		t.Errorf("of no file: %d: %s", status, complaint)
	}
	if _, complaint, status := edgeTool(t, "inspect", shelf(t)); status == 0 || strings.Contains(complaint, "goroutine") {
		t.Errorf("of a folder: %d: %s", status, complaint)
	}
}

func TestInspectReadsAddressesToo(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, name := range []string{"tail.m4a", "cbr44.mp3"} {
		put(t, root, name, name)
	}
	e := startEdge(t, root)
	for _, name := range []string{"tail.m4a", "cbr44.mp3"} {
		out, complaint, status := edgeTool(t, "inspect", "--json", "http://"+e.addr+"/"+name)
		if status != 0 {
			t.Fatalf("status %d: %s", status, complaint)
		}
		var i, j description
		if err := json.Unmarshal([]byte(out), &i); err != nil {
			t.Fatal(err)
		}
		decode(t, e.get(t, "/"+name+"/hls/info.json"), &j)
		if fmt.Sprint(i) != fmt.Sprint(j) {
			t.Errorf("inspect says\n%+v\ninfo.json\n%+v", i, j)
		}
	}
	if _, complaint, status := edgeTool(t, "inspect", "http://"+e.addr+"/none.mp3"); status != 1 || !strings.Contains(complaint, "404") {
		t.Errorf("of nothing: %d: %s", status, complaint)
	}
}

func TestValidateEndsWithOneWhereARuleIsBroken(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "a.mp3", "cbr44.mp3")
	e := startEdge(t, root)
	l := string(e.get(t, "/a.mp3/hls/mp3/index.m3u8").body)
	list := readMedia(t, l)
	absolute := strings.ReplaceAll(l, "\n"+list.pieces[0].uri[:17], "\n/a.mp3/hls/mp3/"+list.pieces[0].uri[:17])
	for name, text := range map[string]string{
		"good":     absolute,
		"target":   strings.Replace(absolute, "TARGETDURATION:6", "TARGETDURATION:3", 1),
		"extinf":   strings.Replace(absolute, list.pieces[1].seconds, "4.500000", 1),
		"missing":  strings.Replace(absolute, "/1.mp3", "/77.mp3", 1),
		"order":    strings.NewReplacer("/0.mp3", "/1.mp3", "/1.mp3", "/0.mp3").Replace(absolute),
		"endless":  strings.Replace(absolute, "#EXT-X-ENDLIST\n", "", 1),
		"headless": strings.Replace(absolute, "#EXTM3U\n", "", 1),
	} {
		if name != "good" && text == absolute {
			t.Fatalf("%s changes nothing of\n%s", name, absolute)
		}
		write(t, filepath.Join(root, name+".m3u8"), text)
		out, complaint, status := edgeTool(t, "validate", "http://"+e.addr+"/"+name+".m3u8")
		if want := map[bool]int{true: 0, false: 1}[name == "good"]; status != want {
			t.Errorf("%s: status %d, want %d:\n%s%s", name, status, want, out, complaint)
		}
	}
	if _, complaint, status := edgeTool(t, "validate", "http://"+e.addr+"/none.m3u8"); status == 0 || complaint == "" {
		t.Errorf("of nothing: %d: %s", status, complaint)
	}
	var judged map[string]any
	out, _, status := edgeTool(t, "validate", "--json", "http://"+e.addr+"/a.mp3/hls/master.m3u8")
	if err := json.Unmarshal([]byte(out), &judged); err != nil || status != 0 {
		t.Errorf("status %d, %v: %s", status, err, out)
	}
}
