package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// Who was handed the database was not handed the bucket.
func widen(d vending.Database) vending.Grant {
	return vending.Grant(d) // want "cannot convert"
}

func across(d vending.Database) vending.Bucket {
	return vending.Bucket(d) // want "cannot convert"
}
