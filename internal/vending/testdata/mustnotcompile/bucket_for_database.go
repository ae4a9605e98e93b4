package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// A Bucket is not a Database, although the same Grant opens both.
func swap(b vending.Bucket) {
	take := func(vending.Database) {}
	take(b) // want "cannot use b"
}
