package uploads

import (
	"fmt"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/document"
)

// ID identifies an upload. The zero ID identifies none.
type ID = document.ID[kind]

// kind tells the identifiers of uploads from those of anything else.
type kind struct{}

// ParseID parses s, which must be exactly of the form. It returns ErrInvalid for anything else.
func ParseID(s string) (ID, error) {
	id, err := document.ParseID[kind](s)
	if err != nil {
		return ID{}, fmt.Errorf("%w: id", ErrInvalid)
	}
	return id, nil
}

// objectOf is the name of the upload's object in the bucket.
func objectOf(id ID) string { return "uploads/" + id.String() }

// OfObject returns the upload whose object has this name within the tenant's bucket; ok is false
// for an object that is no upload's.
func OfObject(name string) (id ID, ok bool) {
	text, ok := strings.CutPrefix(name, "uploads/")
	if !ok {
		return ID{}, false
	}
	id, err := ParseID(text)
	return id, err == nil
}
