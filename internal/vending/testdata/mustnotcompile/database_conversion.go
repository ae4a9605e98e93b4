package evil

import (
	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// A client is not a Database.
func convert(c *firestore.Client) vending.Database {
	return vending.Database(c) // want "cannot convert"
}
