//go:build unix

package keyscan

import (
	"os"
	"syscall"
)

// open opens a file to read it. A link is followed only if the caller has named it, and a pipe that
// has taken the file's place does not keep us waiting.
func open(t target) (*os.File, error) {
	flags := os.O_RDONLY | syscall.O_NONBLOCK
	if !t.named {
		flags |= syscall.O_NOFOLLOW
	}
	return os.OpenFile(t.path, flags, 0)
}
