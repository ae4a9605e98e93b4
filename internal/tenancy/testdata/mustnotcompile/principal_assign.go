package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// One Principal's content cannot be put into another.
func promote(from, to tenancy.Principal) {
	to.p = from.p // want "to.p undefined" "from.p undefined"
}
