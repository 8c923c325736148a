// Package e2e drives the real binaries over real sockets, as their users do.
//
// User stories are scripts, testdata/scripts/*.txtar; script_test.go says which
// commands they have beside those of testscript. What needs bare sockets, slow
// clients or many of them is a Go test. Nothing here imports the product: tokens,
// dates and multipart bodies are made and read by other code than that under
// test.
//
// Every server listens on a port that the kernel chooses, and is gone before its
// test ends. A test that wants a tool which is not installed is skipped; with
// CI=true it fails.
package e2e
