package e2e

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/Eyevinn/mp4ff/mp4"
)

// frame is one frame of sound or one picture: its bytes' MD5, and how long it is.
type frame struct {
	size     int
	sum      string
	duration int // in the track's timescale; 0 when not known
}

func sumOf(b []byte) string {
	s := md5.Sum(b)
	return hex.EncodeToString(s[:])
}

// packets reads what ffmpeg's framemd5 says of packets that it copied: a line
// each of stream, dts, pts, duration, size and MD5.
func packets(t *testing.T, file string) []frame {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var all []frame
	for line := range strings.Lines(string(text)) {
		columns := strings.Split(strings.TrimSpace(line), ",")
		if strings.HasPrefix(line, "#") || len(columns) < 6 {
			continue
		}
		f := frame{sum: strings.TrimSpace(columns[5])}
		f.duration, _ = strconv.Atoi(strings.TrimSpace(columns[3]))
		f.size, _ = strconv.Atoi(strings.TrimSpace(columns[4]))
		all = append(all, f)
	}
	if len(all) == 0 {
		t.Fatalf("ffmpeg finds no frames:\n%s", text)
	}
	return all
}

// timestamp is the tag that each packed segment begins with (RFC 8216 3.4), less
// its last 8 bytes.
var timestamp = "ID3\x04\x00\x00\x00\x00\x00\x3fPRIV\x00\x00\x00\x35\x00\x00com.apple.streaming.transportStreamTimestamp\x00"

// unpack takes the tag off a packed segment.
func unpack(t *testing.T, segment []byte) (ticks uint64, frames []byte) {
	t.Helper()
	rest, ok := bytes.CutPrefix(segment, []byte(timestamp))
	if !ok || len(rest) < 8 {
		t.Fatalf("no timestamp: %q", segment[:min(80, len(segment))])
	}
	ticks = binary.BigEndian.Uint64(rest)
	if ticks>>33 != 0 {
		t.Errorf("the timestamp %x has more than 33 bits", ticks)
	}
	return ticks, rest[8:]
}

// slice cuts bytes into frames of the sizes that are expected. Sizes and bytes
// must end together.
func slice(t *testing.T, b []byte, like []frame) []frame {
	t.Helper()
	var all []frame
	for i, f := range like {
		if f.size > len(b) {
			t.Fatalf("the segments end in frame %d of %d", i, len(like))
		}
		all = append(all, frame{size: f.size, sum: sumOf(b[:f.size])})
		b = b[f.size:]
	}
	if len(b) > 0 {
		t.Errorf("%d bytes are left behind the last of %d frames: %.40q", len(b), len(like), b)
	}
	return all
}

// fragment is a segment of fMP4, taken apart.
type fragment struct {
	begin    uint64
	duration uint64
	frames   []frame
	roll     bool // a sample group says how far a decoder must go back
	boxes    string
	shown    int64 // when the first frame is shown, before the edit list
}

// takeApart reads a segment with its init section by mp4ff, which believes no
// size that does not fit.
func takeApart(t *testing.T, init, segment []byte) fragment {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(append(append([]byte(nil), init...), segment...)))
	if err != nil {
		t.Fatalf("mp4ff: %v", err)
	}
	var out fragment
	out.boxes = topBoxes(segment)
	if f.Init == nil || len(f.Segments) != 1 || len(f.Segments[0].Fragments) != 1 {
		t.Fatalf("not an init section and one fragment: %s", out.boxes)
	}
	moof, mdat := f.Segments[0].Fragments[0].Moof, f.Segments[0].Fragments[0].Mdat
	// CMAF 7.3.2.3: one traf, one trun; ISO/IEC 14496-12 8.8.7: relative to moof.
	if len(moof.Trafs) != 1 || len(moof.Traf.Truns) != 1 || !moof.Traf.Tfhd.DefaultBaseIfMoof() {
		t.Fatalf("%d traf, %d trun, flags %x", len(moof.Trafs), len(moof.Traf.Truns), moof.Traf.Tfhd.Flags)
	}
	traf, trex := moof.Traf, f.Init.Moov.Mvex.Trex
	trun := traf.Trun
	if want := int32(moof.Size() + mdat.HeaderSize()); trun.DataOffset != want {
		t.Errorf("data begin %d bytes behind moof, want %d", trun.DataOffset, want)
	}
	if traf.Tfhd.TrackID != f.Init.Moov.Trak.Tkhd.TrackID {
		t.Errorf("track %d, the init section has %d", traf.Tfhd.TrackID, f.Init.Moov.Trak.Tkhd.TrackID)
	}
	out.begin = traf.Tfdt.BaseMediaDecodeTime()
	trun.AddSampleDefaultValues(traf.Tfhd, trex)
	data := mdat.Data
	for i, s := range trun.GetSamples() {
		if i == 0 {
			out.shown = int64(out.begin) + int64(s.CompositionTimeOffset)
		}
		if int(s.Size) > len(data) {
			t.Fatal("the samples are longer than mdat")
		}
		out.frames = append(out.frames, frame{size: int(s.Size), sum: sumOf(data[:s.Size]), duration: int(s.Dur)})
		out.duration += uint64(s.Dur)
		data = data[s.Size:]
	}
	if len(data) > 0 {
		t.Errorf("mdat has %d bytes behind the last sample", len(data))
	}
	for _, g := range groups(traf) {
		out.roll = out.roll || g.GroupingType == "roll"
	}
	return out
}

func topBoxes(b []byte) string {
	var names []string
	for len(b) >= 8 {
		n := int(binary.BigEndian.Uint32(b))
		if n < 8 || n > len(b) {
			return strings.Join(append(names, "broken"), " ")
		}
		names = append(names, string(b[4:8]))
		b = b[n:]
	}
	if len(b) > 0 {
		names = append(names, fmt.Sprintf("%d bytes", len(b)))
	}
	return strings.Join(names, " ")
}

// sameFrames wants the frames of a stream to be those of a file.
func sameFrames(t *testing.T, got, want []frame) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d frames, the file has %d", len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if got[i].sum != want[i].sum || got[i].size != want[i].size {
			t.Fatalf("frame %d of %d is another: %d bytes, the file's has %d", i, len(want), got[i].size, want[i].size)
		}
	}
}

// timescale is the one of the track that an init section describes.
func timescale(t *testing.T, init []byte) uint64 {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(init))
	if err != nil || f.Init == nil {
		t.Fatalf("init section: %v", err)
	}
	return uint64(f.Init.Moov.Trak.Mdia.Mdhd.Timescale)
}

func groups(traf *mp4.TrafBox) (all []*mp4.SbgpBox) {
	for _, c := range traf.Children {
		if g, ok := c.(*mp4.SbgpBox); ok {
			all = append(all, g)
		}
	}
	return all
}

// skipped is how much of a track its edit list leaves out at the beginning, in
// the track's timescale. The list may only skip (ISO/IEC 23000-19 7.5).
func skipped(t *testing.T, init []byte) int64 {
	t.Helper()
	f, err := mp4.DecodeFile(bytes.NewReader(init))
	if err != nil || f.Init == nil {
		t.Fatalf("init section: %v", err)
	}
	edts := f.Init.Moov.Trak.Edts
	if edts == nil {
		return 0
	}
	if len(edts.Elst) != 1 || len(edts.Elst[0].Entries) != 1 || edts.Elst[0].Entries[0].MediaRateInteger != 1 {
		t.Fatalf("the edit list is %+v", edts.Elst)
	}
	return edts.Elst[0].Entries[0].MediaTime
}
