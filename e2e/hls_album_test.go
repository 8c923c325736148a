package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type albumDescription struct {
	Version  string
	Duration float64
	Album    string
	Tracks   []struct {
		Path, URI, Title, Codec string
		Track                   int
		Start, Duration         float64
	}
	LeftOut []struct{ Path, Reason string } `json:"left_out"`
}

type albumViewing struct {
	info  albumDescription
	sound *stream
}

// watchAlbum fetches all of an album.
func watchAlbum(t *testing.T, e *process, target string) *albumViewing {
	t.Helper()
	c := connect(t, e.addr)
	defer func() { _ = c.Close() }()
	v := &albumViewing{}
	master := readMaster(t, string(c.patient(target).body))
	if err := json.Unmarshal(c.fetch(beside(target, "info.json")).body, &v.info); err != nil {
		t.Fatal(err)
	}
	v.sound = c.stream(beside(target, master.uri))
	return v
}

// breaks are the numbers of the segments that a DISCONTINUITY stands before.
func (s *stream) breaks() (all []int) {
	for n, p := range s.list.pieces {
		if p.broken {
			all = append(all, n)
		}
	}
	return all
}

// cut makes files of parts of one recording, which end in the middle of a frame.
func cut(t *testing.T, root, extension, args string, millis ...int) (whole recording, parts []recording) {
	t.Helper()
	whole = usual
	whole.millis = 0
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	var files []coded
	for i, ms := range millis {
		part := usual
		part.millis, part.from = ms, whole.frames()
		files = append(files, coded{
			filepath.Join(root, fmt.Sprintf("%02d%s", i+1, extension)),
			fmt.Sprintf("-map %d:a %s -metadata title=Part%d -metadata album=Whole -metadata track=%d", i, args, i+1, i+1),
		})
		parts = append(parts, part)
		whole.millis += ms
	}
	if err := code(t, parts, files...); err != nil {
		t.Fatal(err)
	}
	return whole, parts
}

func TestAnAlbumOfFLACPlaysAsOne(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	whole, parts := cut(t, filepath.Join(root, "a b"), ".flac", "-c:a flac", 7310, 6020, 4170)
	e := startEdge(t, root)
	v := watchAlbum(t, e, "/a%20b/hls/master.m3u8")
	if b := v.sound.breaks(); len(b) > 0 || len(v.sound.inits) != 1 {
		t.Errorf("breaks before %v, %d init sections:\n%s", b, len(v.sound.inits), v.sound.list.text)
	}
	heard := pcm(t, true, whole.file(t), "http://"+e.addr+"/a%20b/hls/master.m3u8")
	want, got := heard[0], heard[1]
	if !bytes.Equal(got, want) {
		t.Errorf("not the sound that the tracks were cut from: %s", difference(got, want, 8))
	}
	var total uint64
	for n, p := range v.sound.list.pieces {
		f := takeApart(t, v.sound.inits[p.init], v.sound.segments[n])
		if f.begin != total {
			t.Errorf("segment %d begins at %d, want %d", n, f.begin, total)
		}
		total += f.duration
	}
	if total != uint64(whole.frames()) {
		t.Errorf("%d samples, want %d", total, whole.frames())
	}
	i := v.info
	if i.Album != "Whole" || len(i.Tracks) != 3 || len(i.LeftOut) > 0 || absolute(int64(i.Duration*1000)-int64(whole.millis)) > 1 {
		t.Errorf("described as %+v", i)
	}
	start := 0
	for n, track := range i.Tracks {
		if track.Title != fmt.Sprintf("Part%d", n+1) || track.Codec != "flac" || absolute(int64(track.Start*1000+0.5)-int64(start)) > 1 {
			t.Errorf("track %d: %+v, want it at %d ms", n, track, start)
		}
		start += parts[n].millis
		// Its own HLS is where the album says.
		r := e.get(t, beside("/a%20b/hls/info.json", track.URI)+"/master.m3u8")
		wantStatus(t, r, 200)
	}
	wantValid(t, e, "/a%20b/hls/master.m3u8")
	for _, target := range []string{"/a%20b/hls/master.m3u8", "/a%20b/hls/index.m3u8"} {
		r := e.get(t, target)
		wantField(t, r, "Cache-Control", forPlaylists)
		wantField(t, r, "Content-Type", playlistType)
		wantStatus(t, e.get(t, target, "If-None-Match: "+r.get("ETag")), 304)
	}
	// The root is a folder like another; a track more makes another album.
	wantStatus(t, e.get(t, "/hls/master.m3u8"), 415)
	put(t, root, "a b/04.flac", "cd.flac")
	eventually(t, patience, "the fourth track", func() bool {
		return strings.Contains(string(e.get(t, "/a%20b/hls/index.m3u8").body), "../04.flac/hls/flac/")
	})
	wantProblem(t, e.get(t, "/a%20b/hls/flac/index.m3u8"), 404, "not_found", "")
	wantProblem(t, e.get(t, "/a%20b/hls/0-5/master.m3u8"), 404, "not_found", "")
}

func TestAnAlbumBreaksWhereTimestampsCannotGoOn(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for extension, args := range map[string]string{".m4a": "-c:a aac -b:a 96k", ".mp3": "-c:a libmp3lame -b:a 128k", ".opus": "-c:a libopus -b:a 96k"} {
		cut(t, filepath.Join(root, extension[1:]), extension, args, 7310, 6020)
	}
	put(t, root, "rates/1.flac", "cd.flac")
	put(t, root, "rates/2.flac", "96.flac")
	put(t, root, "rates/3.flac", "mono.flac")
	e := startEdge(t, root)
	f := func(album string, packed bool, tracks int) {
		t.Helper()
		t.Run(album, func(t *testing.T) {
			v := watchAlbum(t, e, "/"+album+"/hls/master.m3u8")
			var want []int
			n := 0
			for i, track := range v.info.Tracks {
				if i > 0 {
					want = append(want, n)
				}
				uri := beside("/"+album+"/hls/info.json", track.URI)
				for n < len(v.sound.list.pieces) && strings.HasPrefix(beside(v.sound.at, v.sound.list.pieces[n].uri), uri) {
					n++
				}
			}
			if n != len(v.sound.list.pieces) || len(v.info.Tracks) != tracks || fmt.Sprint(v.sound.breaks()) != fmt.Sprint(want) {
				t.Errorf("breaks before %v, want %v, %d tracks:\n%s", v.sound.breaks(), want, len(v.info.Tracks), v.sound.list.text)
			}
			if inits := len(v.sound.inits); !packed && inits != tracks || packed && inits != 0 {
				t.Errorf("%d init sections for %d tracks", inits, tracks)
			}
			wantTimes(t, v.sound, nil, packed)
			wantValid(t, e, "/"+album+"/hls/master.m3u8")
		})
	}
	f("m4a", false, 2)
	f("mp3", true, 2)
	f("opus", false, 2)
	f("rates", false, 3)
}

func TestAnAlbumSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "mixed/1.mp3", "cbr44.mp3")
	put(t, root, "mixed/2.flac", "cd.flac")
	put(t, root, "mixed/3.mp3", "vbr.mp3")
	write(t, filepath.Join(root, "mixed", "4.mp3"), "no sound at all")
	write(t, filepath.Join(root, "mixed", "cover.jpg"), "no track")
	e := startEdge(t, root)
	v := watchAlbum(t, e, "/mixed/hls/master.m3u8")
	var played, left []string
	for _, track := range v.info.Tracks {
		played = append(played, track.Path)
	}
	for _, l := range v.info.LeftOut {
		left = append(left, l.Path)
		if l.Reason == "" {
			t.Errorf("%s is left out without a reason", l.Path)
		}
	}
	if fmt.Sprint(played) != "[/mixed/1.mp3 /mixed/3.mp3]" || fmt.Sprint(left) != "[/mixed/2.flac /mixed/4.mp3]" {
		t.Errorf("played %v, left out %v", played, left)
	}
	for _, p := range v.sound.list.pieces {
		if !strings.HasSuffix(p.uri, ".mp3") || p.init != "" {
			t.Errorf("%+v", p)
		}
	}
	wantValid(t, e, "/mixed/hls/master.m3u8")
}

func TestAFileThatIsThereGoesBeforeAnAlbum(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	put(t, root, "d/1.mp3", "cbr44.mp3")
	write(t, filepath.Join(root, "d", "hls", "master.m3u8"), "#EXTM3U\n# by hand\n")
	write(t, filepath.Join(root, "d", "hls", "v", "0.ts"), "by hand")
	write(t, filepath.Join(root, "empty", "readme.txt"), "no track")
	e := startEdge(t, root)
	wantBody(t, e.get(t, "/d/hls/master.m3u8"), "#EXTM3U\n# by hand\n")
	wantBody(t, e.get(t, "/d/hls/v/0.ts"), "by hand")
	wantStatus(t, e.get(t, "/d/hls/index.m3u8"), 200)
	if r := e.get(t, "/empty/hls/master.m3u8"); r.status != 415 && r.status != 404 {
		t.Errorf("a folder without tracks: %s", r)
	}
	wantProblem(t, e.get(t, "/d/hls/none.m3u8"), 404, "not_found", "")
}
