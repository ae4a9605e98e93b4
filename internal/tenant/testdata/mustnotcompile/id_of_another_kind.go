package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// A user's identifier is not a tenant's.
func swap(u tenant.UserID) tenant.ID {
	return tenant.ID(u) + u // want "mismatched types|not defined"
}
