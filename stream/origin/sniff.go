package origin

import (
	"bytes"
	"path"
	"strconv"
	"strings"
)

// sniffLen is how many first bytes contentType looks at.
const sniffLen = 64

// contentType names the media type of a file from its first bytes and, where
// these do not tell, from its name. A mislabelled song is served as what it is.
func contentType(name string, head []byte) string {
	if t := sniff(head); t != "" {
		return t
	}
	if t, ok := byExtension[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	if strings.HasPrefix(string(head), "ID3") {
		return "audio/mpeg"
	}
	return "application/octet-stream"
}

// sniff knows the containers and codecs that Segue plays, by the signatures of
// their specifications (WHATWG MIME Sniffing 6.2 for the common ones).
func sniff(b []byte) string {
	at := func(off int, s string) bool {
		return len(b) >= off+len(s) && string(b[off:off+len(s)]) == s
	}
	switch {
	case at(0, "fLaC"):
		return "audio/flac"
	case at(0, "OggS"):
		return "audio/ogg"
	case at(0, "ID3"):
		// RFC 3003; the tag stands before MP3 as a rule, but taggers also put it
		// before ADTS and FLAC: then the name decides.
		return ""
	case at(0, "RIFF") && at(8, "WAVE"):
		return "audio/wav"
	case at(0, "FORM") && (at(8, "AIFF") || at(8, "AIFC")):
		return "audio/aiff"
	case at(0, "\x1a\x45\xdf\xa3") && bytes.Contains(b, []byte("webm")):
		return "" // sound or picture? the name says
	case at(4, "ftyp"):
		if at(8, "M4A ") || at(8, "M4B ") || at(8, "M4P ") {
			return "audio/mp4"
		}
		return "" // audio or video: the name says
	case len(b) >= 4 && b[0] == 0xff && b[1]&0xf6 == 0xf0:
		return "audio/aac" // ADTS: sync word, layer 00 (ISO/IEC 13818-7 6.2)
	case len(b) >= 4 && b[0] == 0xff && b[1]&0xe6 == 0xe2 && b[2]&0xf0 != 0xf0 && b[2]&0x0c != 0x0c:
		return "audio/mpeg" // layer III with a bitrate and a sampling rate that exist
	case at(0, "\xff\xd8\xff"):
		return "image/jpeg"
	case at(0, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case at(0, "RIFF") && at(8, "WEBP"):
		return "image/webp"
	}
	return ""
}

var byExtension = map[string]string{
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".m4b": "audio/mp4", ".mp4": "video/mp4", ".m4v": "video/mp4",
	".aac": "audio/aac", ".flac": "audio/flac", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg",
	".wav": "audio/wav", ".aif": "audio/aiff", ".aiff": "audio/aiff", ".weba": "audio/webm", ".webm": "video/webm",
	".mka": "audio/x-matroska", ".mkv": "video/x-matroska", ".mov": "video/quicktime",
	".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t", ".m4s": "video/iso.segment", ".mpd": "application/dash+xml",
	".vtt": "text/vtt; charset=utf-8", ".srt": "text/plain; charset=utf-8", ".lrc": "text/plain; charset=utf-8",
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif",
	".svg": "image/svg+xml", ".avif": "image/avif", ".ico": "image/x-icon", ".pdf": "application/pdf",
	".html": "text/html; charset=utf-8", ".htm": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".json": "application/json", ".xml": "application/xml", ".txt": "text/plain; charset=utf-8",
	".md": "text/plain; charset=utf-8", ".cue": "text/plain; charset=utf-8", ".zip": "application/zip",
}

// tagOf names a path in Cache-Tag headers, where spaces, commas and non-ASCII
// are not welcome: FNV-1a of 64 bits. A clash only purges a file too many.
// TagOf is the Cache-Tag of a path.
func TagOf(name string) string {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return "file-" + strconv.FormatUint(h, 16)
}
