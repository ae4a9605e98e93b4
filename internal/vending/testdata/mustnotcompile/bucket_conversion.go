package evil

import (
	"cloud.google.com/go/storage"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Another bucket's handle is not a Bucket.
func convert(h *storage.BucketHandle) vending.Bucket {
	return vending.Bucket(*h) // want "cannot convert"
}
