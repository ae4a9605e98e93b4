//go:build !unix

package keyscan

import "os"

// open opens a file to read it.
func open(t target) (*os.File, error) { return os.Open(t.path) }
