package library

import (
	"encoding/binary"
	"strings"
)

var (
	jpegPicture = []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00" + strings.Repeat("jpeg", 2000) + "\xff\xd9")
	pngPicture  = []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("png.", 2000))
)

// taggedFLAC is what the tests need of a file: texts and a JPEG picture, without
// sound (RFC 9639 8).
var taggedFLAC = flacBytes("TITLE=Tït", "ARTIST=Ann", "ALBUM=Café", "TRACKNUMBER=3", "DATE=2024-05-01")

func flacBytes(comments ...string) []byte {
	block := func(kind byte, body []byte) []byte {
		return append([]byte{kind, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
	}
	texts := binary.LittleEndian.AppendUint32(make([]byte, 4), uint32(len(comments)))
	for _, c := range comments {
		texts = append(binary.LittleEndian.AppendUint32(texts, uint32(len(c))), c...)
	}
	picture := []byte{3: 3, 27: 0} // the front cover
	picture = append(binary.BigEndian.AppendUint32(picture, uint32(len(jpegPicture))), jpegPicture...)
	b := append([]byte("fLaC"), block(0, make([]byte, 34))...)
	b = append(b, block(4, texts)...)
	return append(b, block(0x80|6, picture)...)
}
