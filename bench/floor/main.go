// Command floor is the least a server can do for the same bytes: one thread, raw epoll, no checks.
//
//	floor -mode copy     -root DIR -listen 127.0.0.1:9000    # bodies from memory, by writev
//	floor -mode sendfile -root DIR -listen 127.0.0.1:9000    # head by send, body by sendfile
//
// It says "listening on ADDRESS" when it is ready. It knows GET, keep-alive and one byte range, ignores the query
// and believes every request. It is a measuring stick for bench/compare and no server: do not show it to anyone.
// Run it with GODEBUG=asyncpreemptoff=1, or the runtime interrupts its one long system call 100 times a second.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	mode := flag.String("mode", "copy", "copy or sendfile")
	root := flag.String("root", ".", "folder to serve")
	listen := flag.String("listen", "127.0.0.1:9000", "IPv4 address and port")
	flag.Parse()

	runtime.GOMAXPROCS(1)
	runtime.LockOSThread()
	// It ends by a signal or an error.
	err := run(*mode, *root, *listen)
	fmt.Fprintln(os.Stderr, "floor:", err)
	os.Exit(1)
}

func run(mode, root, listen string) error {
	if mode != "copy" && mode != "sendfile" {
		return fmt.Errorf("mode %q: want copy or sendfile", mode)
	}
	files, err := load(root, mode == "copy")
	if err != nil {
		return err
	}
	l, err := newLoop(files, listen)
	if err != nil {
		return err
	}
	fmt.Println("listening on", l.addr)
	// From here on nothing is allocated per request, and no other goroutine runs.
	debug.SetGCPercent(-1)
	return l.run()
}
