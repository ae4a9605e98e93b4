package tenancy

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// EndSession ends p's session: its tokens, and those that its refresh token could still yield, are
// dead at once in this process and within 5 s in every other. ErrInvalid if p has no session: it is
// zero, has only just signed in, or is an API key. ErrUnavailable if others may not have heard of
// it: call it again.
func (a *Authenticator) EndSession(ctx context.Context, p Principal) error {
	if p.Role() == 0 || p.SignedIn().IsZero() {
		return tenant.Invalid("end of no session")
	}
	return a.revocations.EndSession(ctx, p.Tenant(), p.User(), p.SignedIn())
}

// EndSessionOf is EndSession for whoever holds an exchanged ID token of the session in t. The token
// may have expired or been revoked: it names the session all the same, and so nothing needs to be
// refreshed. ErrUnauthenticated if the token does not verify, ErrTenantDenied if it is another
// tenant's, ErrUnavailable if others may not have heard of the end.
func (a *Authenticator) EndSessionOf(ctx context.Context, t tenant.Tenant, token string) error {
	verified, err := a.verifier.VerifyExpired(ctx, token)
	if err != nil {
		return err
	}
	of, ok := verified.(*idtoken.Exchanged)
	switch {
	case !ok:
		return errInitial
	case of.Tenant != t.ID || of.IdentityTenant != t.IdentityTenant:
		return errMismatch
	}
	return a.revocations.EndSession(ctx, of.Tenant, of.User, of.SignedIn)
}
