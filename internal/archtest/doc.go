// Package archtest holds the import rules as a test.
//
// The rules stand in policy_test.go, as text. They cover every Go file of the
// module, whatever its build tags, tests included. A second test holds that the
// links in README.md and docs/ lead to files. There is nothing here to import.
package archtest
