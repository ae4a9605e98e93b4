package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// What a Principal says cannot be changed.
func promote(p tenancy.Principal) {
	p.Role() = tenancy.Admin // want "cannot assign|neither addressable"
}
