package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// bin is the folder of the binaries under test.
var bin string

// running counts the processes that were started and have not ended.
var running atomic.Int64

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "segue-e2e-")
	if err != nil {
		return complain(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bin = dir
	if err := build(dir); err != nil {
		return complain(err)
	}
	// Thousands of clients are sockets of this process.
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err == nil {
		files.Cur = files.Max
		_ = unix.Setrlimit(unix.RLIMIT_NOFILE, &files)
	}
	// Most tests wait most of their time: they do so side by side, also where
	// there are few cores, unless the command line says otherwise.
	flag.Parse()
	if n := flag.Lookup("test.parallel"); n != nil && n.Value.String() == n.DefValue {
		_ = n.Value.Set("8")
	}
	code := m.Run()
	if n := running.Load(); n != 0 {
		return complain(fmt.Errorf("%d processes are left", n))
	}
	return code
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, "e2e:", err)
	return 1
}

// racedBinaries says that a race in the server fails the test that met it. That
// takes several times the processor, so it is left to machines that do nothing
// else.
var racedBinaries = raced && os.Getenv("CI") == "true"

// build makes the binaries once.
func build(dir string) error {
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	if racedBinaries {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, "./cmd/edge", "./cmd/segue")...)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// needTool is the path of a program, or the end of the test.
func needTool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}
