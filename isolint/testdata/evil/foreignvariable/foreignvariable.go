package foreignvariable

import "github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"

// Hook is not request-scoped, but what it writes to is.
func Hook() {
	notes.ErrNotFound = nil // want "state: notes.ErrNotFound is changed, and its package is request-scoped"
}
