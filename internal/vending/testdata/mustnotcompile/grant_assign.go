package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// One caller's rights cannot be put into another's Grant.
func promote(from, to *vending.Grant) {
	to.caller = from.caller // want "to.caller undefined" "from.caller undefined"
}
