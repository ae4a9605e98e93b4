package evil

import (
	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// A Database is not made of a client, whoever has one.
func wrap(c *firestore.Client) vending.Database {
	return vending.Database{caller: c} // want "unknown field caller|cannot refer to unexported field caller"
}
