package uploads

import (
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/document"
)

var (
	NewID      = document.NewID[kind]
	StoredType = storedType
)

// Validate is what Create makes of an intent.
func Validate(i Intent) error { return i.validate() }

// CursorOf is a place in the list.
func CursorOf(created time.Time, id ID) Cursor {
	return document.After(document.NewestOf(created, id))
}

// Object is the name of the upload's object.
func Object(id ID) string { return objectOf(id) }
