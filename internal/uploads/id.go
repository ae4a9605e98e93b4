package uploads

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// ID identifies an upload: 128 random bits, written as 32 lower-case hexadecimal digits. The zero ID identifies none.
type ID struct{ s string }

// newID returns a fresh random ID.
func newID() ID {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return ID{hex.EncodeToString(b[:])}
}

// ParseID parses s, which must be exactly of the form. It returns ErrInvalid for anything else.
func ParseID(s string) (ID, error) {
	if len(s) != 32 {
		return ID{}, fmt.Errorf("%w: id", ErrInvalid)
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ID{}, fmt.Errorf("%w: id", ErrInvalid)
		}
	}
	return ID{s}, nil
}

func (id ID) String() string { return id.s }

// object is the name of the upload's object in the bucket.
func (id ID) object() string { return "uploads/" + id.s }
