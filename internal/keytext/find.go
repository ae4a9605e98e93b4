package keytext

import (
	"bytes"
	"iter"
	"strings"
)

// Checksum is what a key's checksum says.
type Checksum uint8

// A key whose checksum is Wrong is none: it was mistyped, cut, made up for a page, or runs into the
// text behind it.
const (
	Absent Checksum = iota + 1 // an older key
	Holds
	Wrong
)

func (c Checksum) String() string {
	switch c {
	case Absent:
		return "absent"
	case Holds:
		return "holds"
	case Wrong:
		return "wrong"
	}
	return ""
}

// Found is a key in a text, without its secret.
type Found struct {
	ID         string
	Start, End int // bytes of the text
	Checksum   Checksum
}

// Find yields all keys in text, in order. What stands around a key does not hide it. One whose
// checksum is wrong is yielded too, for people to look at. What is shorter than a key is none.
func Find(text []byte) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		for start := 0; ; start += len(Prefix) {
			next := bytes.Index(text[start:], []byte(Prefix))
			if next < 0 {
				return
			}
			start += next
			if f, ok := at(text, start); ok && !yield(f) {
				return
			}
		}
	}
}

// Redact returns s with the secret of each key in it replaced.
func Redact(s string) string {
	var b strings.Builder
	shown := 0
	for f := range Find([]byte(s)) {
		b.WriteString(s[shown : f.Start+secretStart])
		b.WriteString("…")
		shown = f.End
	}
	return b.String() + s[shown:]
}

// at is the key that begins there.
func at(text []byte, start int) (f Found, ok bool) {
	key := text[start:min(len(text), start+length)]
	if len(key) < oldLength || !bytes.HasPrefix(key, []byte(Prefix)) || key[secretStart-1] != '_' {
		return Found{}, false
	}
	id, secret := key[len(Prefix):secretStart-1], digits(key[secretStart:])
	if digits(id) < IDLength || secret < SecretLength {
		return Found{}, false
	}
	f = Found{ID: string(id), Start: start, End: start + secretStart + secret, Checksum: Wrong}
	switch {
	case secret == SecretLength:
		f.Checksum = Absent
	case string(key[oldLength:]) == checksum(key[:oldLength]):
		f.Checksum = Holds
	}
	return f, true
}

// digits is how many digits of base32 text begins with.
func digits(text []byte) int { return len(text) - len(bytes.TrimLeft(text, alphabet)) }
