package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// A user's identifier is not a tenant's.
func swap(u tenancy.UserID) tenancy.ID {
	return tenancy.ID(u) + u // want "mismatched types|not defined"
}
