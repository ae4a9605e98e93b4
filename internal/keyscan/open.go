package keyscan

import (
	"os"
	"syscall"
)

// open opens a file to read it. What the path is may have changed since its folder was read: a link
// is followed only if the caller has named it, and a pipe does not keep us waiting. The error is
// errNoFile where the file is none any more.
func open(t target) (*os.File, error) {
	flags := os.O_RDONLY | syscall.O_NONBLOCK
	f, err := os.OpenFile(t.path, flags, 0) //isolint:allow file the command searches what its caller names; no server does
	if err != nil {
		return nil, err
	}
	opened, err := f.Stat()
	if err == nil && !opened.Mode().IsRegular() {
		err = errNoFile
	}
	if err == nil && !t.named {
		var there os.FileInfo
		if there, err = os.Lstat(t.path); err == nil && !os.SameFile(there, opened) {
			err = errNoFile
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
