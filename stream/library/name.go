package library

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"segue/stream/origin"
)

// maxName is longer than the longest name of any file system in use.
const maxName = 1024

var mediaTypes = map[string]string{
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".m4b": "audio/mp4", ".mp4": "video/mp4", ".aac": "audio/aac",
	".flac": "audio/flac", ".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".wav": "audio/wav",
	".aif": "audio/aiff", ".aiff": "audio/aiff", ".weba": "audio/webm", ".webm": "video/webm",
}

// mediaType is empty for names that are no track's.
func mediaType(name string) string { return mediaTypes[strings.ToLower(path.Ext(name))] }

// listable reports whether a name can stand in a URL and is not hidden.
func listable(name string) bool {
	if name == "" || name[0] == '.' || len(name) > maxName || !utf8.ValidString(name) {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\\' || r == '/' }) < 0
}

// folderName is the fs.FS name of a folder's canonical path.
func folderName(p string) (string, error) {
	if p == "/" {
		return ".", nil
	}
	if !strings.HasSuffix(p, "/") {
		return "", origin.ErrNotFound
	}
	return fsName(p[:len(p)-1])
}

func fsName(p string) (string, error) {
	if !strings.HasPrefix(p, "/") || !fs.ValidPath(p[1:]) {
		return "", origin.ErrNotFound
	}
	for element := range strings.SplitSeq(p[1:], "/") {
		if !listable(element) {
			return "", origin.ErrNotFound
		}
	}
	return p[1:], nil
}

func lastElement(p string) string {
	p = strings.TrimSuffix(p, "/")
	return p[strings.LastIndexByte(p, '/')+1:]
}

// sortKey orders, as bytes, folders before tracks, numbers by their value and
// letters without regard to case. Names alike but for that are told apart by
// their bytes.
func sortKey(dir bool, name string) string {
	b := make([]byte, 0, 2*len(name)+8)
	if dir {
		b = append(b, 'd')
	} else {
		b = append(b, 't')
	}
	for i := 0; i < len(name); {
		if !isDigit(name[i]) {
			r, n := utf8.DecodeRuneInString(name[i:])
			b = utf8.AppendRune(b, unicode.ToLower(r))
			i += n
			continue
		}
		from := i
		for i < len(name) && isDigit(name[i]) {
			i++
		}
		digits := strings.TrimLeft(name[from:i], "0")
		// A longer number is a larger one; '0' keeps its place among other signs.
		b = append(b, '0', byte(len(digits)>>8), byte(len(digits)))
		b = append(b, digits...)
	}
	b = append(b, 0)
	return string(append(b, name...))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (e entry) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(e.key[:1] + e.name))
}

// parseCursor returns the sort key that a page begins behind.
func parseCursor(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if len(s) > 2*maxName {
		return "", ErrCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCursor, err)
	}
	if len(b) < 2 || b[0] != 'd' && b[0] != 't' || !listable(string(b[1:])) {
		return "", ErrCursor
	}
	return sortKey(b[0] == 'd', string(b[1:])), nil
}

// splitName makes a title of a file's name, without the track number that it
// may begin with. "01 Song", "01-song" and "7. Song" have one; "99 Luftballons",
// "1999" and "4.33" do not.
func splitName(file string) (number int, title string) {
	title = strings.TrimSpace(strings.TrimSuffix(file, path.Ext(file)))
	digits := 0
	for digits < len(title) && isDigit(title[digits]) {
		digits++
	}
	rest := strings.TrimLeft(title[digits:], " -._)")
	first, _ := utf8.DecodeRuneInString(rest)
	between := title[digits : len(title)-len(rest)]
	spaced := strings.HasSuffix(between, " ") && strings.ContainsAny(between, "-._)")
	padded := title != "" && title[0] == '0' && between != "" && !unicode.IsDigit(first)
	if digits == 0 || digits > 3 || rest == "" || !spaced && !padded {
		if title == "" {
			title = file
		}
		return 0, title
	}
	number, _ = strconv.Atoi(title[:digits])
	return number, rest
}
