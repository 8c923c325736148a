//go:build race

package e2e

// raced says that the tests are built with the race detector.
const raced = true
