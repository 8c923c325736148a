package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// file is an object that is ready to be sent: its head, and its bytes or an open descriptor.
type file struct {
	head []byte // of the whole file
	body []byte // nil in sendfile mode
	fd   int
	size int64
}

// load opens or reads every file below root. Keys are URL paths.
func load(root string, memory bool) (map[string]*file, error) {
	files := map[string]*file{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		f := &file{fd: -1}
		if memory {
			if f.body, err = os.ReadFile(name); err != nil {
				return err
			}
			f.size = int64(len(f.body))
		} else {
			h, err := os.Open(name)
			if err != nil {
				return err
			}
			info, err := h.Stat()
			if err != nil {
				return err
			}
			keep = append(keep, h)
			f.fd, f.size = int(h.Fd()), info.Size()
		}
		f.head = append(f.head, "HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nAccept-Ranges: bytes\r\nContent-Length: "...)
		f.head = append(strconv.AppendInt(f.head, f.size, 10), "\r\n\r\n"...)
		files["/"+filepath.ToSlash(rel)] = f
		return nil
	})
	return files, err
}

// keep holds the descriptors for the life of the process: an unreferenced *os.File closes itself.
var keep []*os.File
