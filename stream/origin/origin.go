// Package origin finds the bytes behind a path: today a folder of files.
//
// A [File] is one version of one stored file. Whoever opens it sees that
// version until Release, whatever happens to the name meanwhile: a file that is
// replaced by rename never mixes two versions in one answer.
package origin

import "errors"

var (
	// ErrNotFound says that there is nothing to serve under the path: no file, a
	// hidden name, a device, a pipe, or a link that leaves the root.
	ErrNotFound = errors.New("origin: not found")
	// ErrDirectory says that the path names a directory.
	ErrDirectory = errors.New("origin: is a directory")
	// ErrChanged says that the file was rewritten or truncated in place while it
	// was being read, so that its bytes no longer belong to its ETag.
	ErrChanged = errors.New("origin: file changed while being served")
	// ErrBusy says that no descriptor was free. Trying again shortly is right.
	ErrBusy = errors.New("origin: out of file descriptors")
)
