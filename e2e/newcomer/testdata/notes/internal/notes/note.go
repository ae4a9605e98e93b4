// Package notes keeps the notes of one tenant. A [Repository] is built from a [vending.Grant] and from
// nothing else, so a note goes to the caller's own database and no method takes a tenant.
package notes

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bulkhead-saas/bulkhead/internal/document"
)

var (
	// ErrNotFound reports that this tenant has no such note. Another tenant's note is no such note.
	ErrNotFound = errors.New("notes: not found")
	// ErrForbidden reports a change asked for by someone who may only read.
	ErrForbidden = errors.New("notes: only an editor may do this")
	// ErrInvalid reports a value that is not of its form.
	ErrInvalid = errors.New("notes: invalid value")
)

// Note is one note of a tenant.
type Note struct {
	ID      ID
	Text    string
	By      string // e-mail address
	Created time.Time
	Words   int // 0 until a job has counted them
}

// ID identifies a note. The zero ID identifies none.
type ID = document.ID[kind]

// kind tells the identifiers of notes from those of anything else.
type kind struct{}

// ParseID parses s, which must be exactly of the form. It returns ErrInvalid for anything else.
func ParseID(s string) (ID, error) {
	id, err := document.ParseID[kind](s)
	if err != nil {
		return ID{}, fmt.Errorf("%w: id", ErrInvalid)
	}
	return id, nil
}

// MaxText is the greatest length of a note, in bytes.
const MaxText = 2000

// validate returns ErrInvalid for a text that is no note.
func validate(text string) error {
	if strings.TrimSpace(text) == "" || len(text) > MaxText || !utf8.ValidString(text) {
		return fmt.Errorf("%w: text", ErrInvalid)
	}
	return nil
}
