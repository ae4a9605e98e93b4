package evil

import (
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// The choice and the token cannot be swapped.
func swap(a *tenancy.Authenticator, s tenant.Selector) {
	a.Session(nil, "token", s) // want "cannot use \"token\"" "cannot use s"
}
