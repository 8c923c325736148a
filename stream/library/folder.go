package library

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

	"segue/stream/origin"
)

const (
	maxNames = 100_000       // kept of one folder
	maxSeen  = 10 * maxNames // looked at, with what is not listed
)

// folder is what stood in a folder when it was read.
type folder struct {
	entries []entry // by key
	cover   *cover  // nil without
}

type entry struct {
	key  string
	name string
	dir  bool
}

// page returns the entries behind a key and whether there are more behind them.
func (f *folder) page(after string, size int) ([]entry, bool) {
	from, found := slices.BinarySearchFunc(f.entries, after, func(e entry, key string) int { return strings.Compare(e.key, key) })
	if found {
		from++
	}
	rest := f.entries[from:]
	if len(rest) > size {
		return rest[:size], true
	}
	return rest, false
}

// folder answers from memory within a second, or reads the folder once however
// many ask.
func (l *Library) folder(ctx context.Context, dir string) (*folder, error) {
	key := folderKey{dir: dir, second: l.now().Unix()}
	if f, ok := l.folders.get(key); ok {
		return f, nil
	}
	if err := l.acquire(ctx); err != nil {
		return nil, err
	}
	defer l.release()
	return l.folders.do(ctx, key, func() (*folder, error) { return l.readFolder(dir) })
}

func (l *Library) readFolder(dir string) (*folder, error) {
	info, err := fs.Stat(l.fsys, dir)
	if err != nil {
		return nil, classify(err)
	}
	if !info.IsDir() {
		return nil, origin.ErrNotFound
	}
	opened, err := l.fsys.Open(dir)
	if err != nil {
		return nil, classify(err)
	}
	defer func() { _ = opened.Close() }()
	d, ok := opened.(fs.ReadDirFile)
	if !ok {
		return nil, origin.ErrNotFound
	}
	prefix := dir + "/"
	if dir == "." {
		prefix = ""
	}
	f := &folder{}
	var covers []string
	for seen := 0; ; {
		batch, err := d.ReadDir(1024)
		seen += len(batch)
		for _, e := range batch {
			name := e.Name()
			if !listable(name) {
				continue
			}
			isTrack, isCover := mediaType(name) != "", coverRank(name) >= 0
			mode := e.Type()
			if mode&fs.ModeSymlink != 0 {
				target, err := fs.Stat(l.fsys, prefix+name)
				if err != nil && errors.Is(classify(err), origin.ErrBusy) {
					return nil, origin.ErrBusy
				}
				if err != nil {
					continue // broken, or leads out of the root
				}
				mode = target.Mode()
			}
			switch {
			case mode.IsDir(), mode.IsRegular() && isTrack:
				f.entries = append(f.entries, entry{key: sortKey(mode.IsDir(), name), name: name, dir: mode.IsDir()})
			case mode.IsRegular() && isCover && len(covers) < maxCovers:
				covers = append(covers, name)
			}
		}
		if len(f.entries) > maxNames || seen > maxSeen {
			return nil, ErrTooLarge
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, classify(err)
		}
	}
	slices.SortFunc(f.entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	f.cover = l.findCover(prefix, covers)
	return f, nil
}
