package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// A token cannot be verified past the tenant.
func verify(v *tenancy.Verifier) {
	v.Verify(nil, "") // want "v.Verify undefined"
}
