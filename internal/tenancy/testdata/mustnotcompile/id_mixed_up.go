package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// The tenant comes before the user; the other way round is no call.
func mixUp(r *tenancy.Revocations, t tenancy.ID, u tenancy.UserID) {
	r.RevokeUser(nil, u, t) // want "cannot use u" "cannot use t"
}
