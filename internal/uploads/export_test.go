package uploads

import "time"

var (
	NewID      = newID
	StoredType = storedType
)

// Validate is what Create makes of an intent.
func Validate(i Intent) error { return i.validate() }

// CursorOf is a place in the list.
func CursorOf(created time.Time, id ID) Cursor { return Cursor{created: created, id: id} }

// Object is the name of the upload's object.
func (id ID) Object() string { return id.object() }
