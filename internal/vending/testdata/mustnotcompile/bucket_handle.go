package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// The handle behind a Bucket, which signs and copies, is not to be had.
func dig(b vending.Bucket) any {
	return b.handle() // want "b.handle undefined"
}
