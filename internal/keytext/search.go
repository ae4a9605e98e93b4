package keytext

import (
	"bytes"
	"io"
)

// Line is a key that Search found, and the number of its line: 1 for the first.
type Line struct {
	Found // its Start and End are bytes from the beginning
	Line  int
}

// Search calls each with all keys that r yields until its end, in order, as Find does, and with the
// key's text, which stays as it is until each returns. It returns how many bytes were read, and r's
// error. What was read before the error is searched. It reads into buf, and remembers nothing
// beside: memory does not grow with the length.
func Search(r io.Reader, buf []byte, each func(l Line, key []byte)) (read int, err error) {
	if len(buf) < 2*length {
		buf = make([]byte, 64<<10)
	}
	held, line := 0, 1 // bytes of buf that the next part begins with; the line of the first of them
	for {
		n, err := fill(r, buf[held:])
		base := read - held // where buf begins
		read += n
		text := buf[:held+n]
		// A key that begins later may go on in the next part.
		decided := len(text) - length + 1
		if err != nil {
			decided = len(text)
		}
		counted := 0
		for f := range Find(text) {
			if f.Start >= decided {
				break
			}
			line += bytes.Count(text[counted:f.Start], newline)
			counted = f.Start
			key := text[f.Start:f.End]
			f.Start, f.End = f.Start+base, f.End+base
			each(Line{f, line}, key)
		}
		if err == io.EOF {
			return read, nil
		}
		if err != nil {
			return read, err
		}
		line += bytes.Count(text[counted:decided], newline)
		held = copy(buf, text[decided:])
	}
}

var newline = []byte{'\n'}

// fill reads until buf is full or r ends. Unlike io.ReadFull it leaves r's errors as they are.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var more int
		more, err = r.Read(buf[n:])
		n += more
	}
	return n, err
}
