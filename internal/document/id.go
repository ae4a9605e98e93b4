package document

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
)

// ErrInvalid reports an identifier or a cursor that is not of its form.
var ErrInvalid = errors.New("document: malformed value")

// ID identifies a document: 128 random bits, written as 32 lower-case hexadecimal digits. Of is a
// type that only tells the identifiers of one feature from those of another. The zero ID identifies
// nothing.
type ID[Of any] struct{ s string }

// idLength is the length of every ID, in digits.
const idLength = 32

// NewID returns a fresh random ID.
func NewID[Of any]() ID[Of] {
	var b [idLength / 2]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return ID[Of]{hex.EncodeToString(b[:])}
}

// ParseID parses s, which must be exactly of the form. It returns ErrInvalid for anything else.
func ParseID[Of any](s string) (ID[Of], error) {
	if len(s) != idLength {
		return ID[Of]{}, ErrInvalid
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ID[Of]{}, ErrInvalid
		}
	}
	return ID[Of]{s}, nil
}

// String returns the form that ParseID parses; "" for the zero ID.
func (id ID[Of]) String() string { return id.s }

// IsZero reports whether id is the zero ID.
func (id ID[Of]) IsZero() bool { return id.s == "" }
