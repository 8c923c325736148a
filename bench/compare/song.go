package main

import (
	"time"

	"segue/bench/corpus"
)

// songLength is that of the file whose playlist is measured; segmentLength is the edge's.
const (
	songLength    = 10 * time.Minute
	segmentLength = 6 * time.Second
)

// What is played over HLS. The bit rates give segments of about 160, 240 and 700 KB, the counts some dozens of
// megabytes, more than a core's caches hold.
var (
	aac = corpus.Song{Name: "aac", Extension: "m4a", Count: 4, Level: 0.5,
		Encoder: []string{"-c:a", "aac", "-aac_coder", "fast", "-b:a", "213k"}}
	mp3 = corpus.Song{Name: "mp3", Extension: "mp3", Count: 3, Level: 0.5,
		Encoder: []string{"-c:a", "libmp3lame", "-compression_level", "9", "-b:a", "320k"}}
	flac = corpus.Song{Name: "flac", Extension: "flac", Count: 1, Level: 0.125,
		Encoder: []string{"-c:a", "flac", "-sample_fmt", "s16"}}
)
