package container

import (
	"errors"
	"fmt"
)

var (
	// ErrNotMedia says that a file is none of the formats.
	ErrNotMedia = errors.New("container: no media")
	// ErrUnsupported says that a file is media of a kind that is not packaged.
	ErrUnsupported = errors.New("container: unsupported media")
	// ErrBroken says that a file begins as media and makes no sense from there.
	ErrBroken = errors.New("container: broken media")
	// ErrConvert says that a file is WAV or AIFF, which [Convert] makes into FLAC.
	ErrConvert = errors.New("container: pcm, to be converted")
)

// Error is one of the errors above with its reason, a sentence about the file
// that its owner may read.
type Error struct {
	Kind   error
	Reason string
}

func (e *Error) Error() string { return e.Kind.Error() + ": " + e.Reason }
func (e *Error) Unwrap() error { return e.Kind }

func broken(format string, args ...any) error {
	return &Error{ErrBroken, fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &Error{ErrUnsupported, fmt.Sprintf(format, args...)}
}

func notMedia(format string, args ...any) error {
	return &Error{ErrNotMedia, fmt.Sprintf(format, args...)}
}
