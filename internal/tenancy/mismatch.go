package tenancy

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// MismatchError is a refusal of a caller who proved an identity in one tenant and asked for
// another: a mistake, or an attempt to reach across. It wraps ErrTenantDenied and reads like any
// other refusal: the caller must not learn which it was.
type MismatchError struct {
	Tenant tenant.ID     // the caller's own
	User   tenant.UserID // of that tenant
	Asked  tenant.ID     // what was asked for; zero if there is no such tenant, or it is not active
}

func (e *MismatchError) Error() string { return errMismatch.Error() }

// Unwrap is ErrTenantDenied.
func (e *MismatchError) Unwrap() error { return tenant.ErrTenantDenied }
