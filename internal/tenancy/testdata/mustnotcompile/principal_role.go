package evil

import (
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// What a Principal says cannot be changed.
func promote(p tenancy.Principal) {
	p.Role() = tenant.Admin // want "cannot assign|neither addressable"
}
