package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// Nor without naming it.
func forge(other vending.Grant) vending.Grant {
	return vending.Grant{other} // want "implicit assignment to unexported field caller"
}
