package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// The client behind a Database is not to be had.
func dig(d vending.Database) any {
	return d.client() // want "d.client undefined"
}
