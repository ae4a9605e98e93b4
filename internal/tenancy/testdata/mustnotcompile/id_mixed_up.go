package evil

import (
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// The tenant comes before the user; the other way round is no call.
func mixUp(r *tenancy.Revocations, t tenant.ID, u tenant.UserID) {
	r.RevokeUser(nil, u, t) // want "cannot use u" "cannot use t"
}
