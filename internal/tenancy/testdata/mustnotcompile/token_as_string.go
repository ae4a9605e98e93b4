package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// The choice and the token cannot be swapped.
func swap(a *tenancy.Authenticator, s tenancy.Selector) {
	a.Session(nil, "token", s) // want "cannot use \"token\"" "cannot use s"
}
