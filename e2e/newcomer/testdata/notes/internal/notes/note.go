// Package notes keeps the notes of one tenant. A [Repository] is built from a [vending.Grant] and from
// nothing else, so a note goes to the caller's own database and no method takes a tenant.
package notes

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	// ErrNotFound reports that this tenant has no such note. Another tenant's note is no such note.
	ErrNotFound = errors.New("notes: not found")
	// ErrForbidden reports a change asked for by someone who may only read.
	ErrForbidden = errors.New("notes: only an editor may do this")
	// ErrInvalid reports a value that is not of its form.
	ErrInvalid = errors.New("notes: invalid value")
)

// MaxText is the greatest length of a note, in bytes.
const MaxText = 2000

// ID identifies a note: 128 random bits, as 32 lower-case hexadecimal digits. The zero ID identifies none.
type ID struct{ s string }

// ParseID parses s, which must be exactly of the form. It returns ErrInvalid for anything else.
func ParseID(s string) (ID, error) {
	if b, err := hex.DecodeString(s); err != nil || len(b) != 16 || strings.ToLower(s) != s {
		return ID{}, fmt.Errorf("%w: id", ErrInvalid)
	}
	return ID{s}, nil
}

func newID() ID {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return ID{hex.EncodeToString(b[:])}
}

func (id ID) String() string { return id.s }

// Note is one note of a tenant.
type Note struct {
	ID      ID
	Text    string
	By      string // e-mail address
	Created time.Time
}

// validate returns ErrInvalid for a text that is no note.
func validate(text string) error {
	if strings.TrimSpace(text) == "" || len(text) > MaxText || !utf8.ValidString(text) {
		return fmt.Errorf("%w: text", ErrInvalid)
	}
	return nil
}
