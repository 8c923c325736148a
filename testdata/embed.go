// Package testdata holds the demo album, so that a program can play it without a checkout.
//
// The go tool leaves folders of this name out of ./..., but importing segue/testdata by name works.
package testdata

import "embed"

// Music is the album: the folder music with one FLAC, one MP3 and one M4A file, each tagged and with a cover.
//
//go:embed music
var Music embed.FS
