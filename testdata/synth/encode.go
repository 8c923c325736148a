package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// rendition is one way to encode a piece.
type rendition struct {
	folder string
	ext    string
	args   []string
	// vorbisPicture: Ogg has no picture stream; the cover travels as a comment.
	vorbisPicture bool
}

var (
	flac = rendition{folder: "music", ext: ".flac", args: []string{"-c:a", "flac", "-compression_level", "12"}}
	mp3  = rendition{folder: "music", ext: ".mp3", args: []string{"-c:a", "libmp3lame", "-q:a", "3", "-id3v2_version", "3"}}
	aac  = rendition{folder: "music", ext: ".m4a", args: []string{"-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart", "-f", "ipod"}}
	opus = rendition{folder: "codecs", ext: ".opus", args: []string{"-c:a", "libopus", "-b:a", "96k"}, vorbisPicture: true}
)

// encode runs ffmpeg without anything that changes from run to run: no encoder stamp, no dates.
func (r rendition) encode(wav, cover, dst string, p piece) error {
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		return err
	}
	args := []string{"-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-bitexact", "-i", wav}
	if r.vorbisPicture {
		meta := wav + ".meta"
		if err := writePictureComment(meta, cover); err != nil {
			return err
		}
		args = append(args, "-f", "ffmetadata", "-i", meta, "-map", "0:a", "-map_metadata", "1")
	} else {
		args = append(args, "-i", cover, "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic",
			"-metadata:s:v", "title=Album cover", "-metadata:s:v", "comment=Cover (front)", "-map_metadata", "-1")
	}
	args = append(args, "-fflags", "+bitexact", "-flags:a", "+bitexact",
		"-metadata", "title="+p.title, "-metadata", "artist=Segue", "-metadata", "album_artist=Segue",
		"-metadata", "album=Three Movements", "-metadata", fmt.Sprintf("track=%d/%d", p.number, len(album)),
		"-metadata", "date=2026", "-metadata", "genre="+p.genre)
	args = append(args, r.args...)
	cmd := exec.Command("ffmpeg", append(args, dst)...)
	cmd.Stderr = os.Stderr
	return cmd.Run()
}

// writePictureComment writes an ffmetadata file with the cover as a FLAC picture block in base64.
func writePictureComment(name, cover string) error {
	jpg, err := os.ReadFile(cover)
	if err != nil {
		return err
	}
	const mime = "image/jpeg"
	var b bytes.Buffer
	num := func(v int) { binary.Write(&b, binary.BigEndian, uint32(v)) }
	num(3) // front cover
	num(len(mime))
	b.WriteString(mime)
	num(0) // no description
	for _, v := range []int{coverSize, coverSize, 24, 0, len(jpg)} {
		num(v)
	}
	b.Write(jpg)
	text := ";FFMETADATA1\nMETADATA_BLOCK_PICTURE=" + escapeMeta(base64.StdEncoding.EncodeToString(b.Bytes())) + "\n"
	return os.WriteFile(name, []byte(text), 0o644)
}

func escapeMeta(s string) string {
	return string(bytes.ReplaceAll([]byte(s), []byte("="), []byte(`\=`)))
}
