package tenancy

import (
	"context"
	"time"

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

// EndSessionBy is EndSession for the session of a person that began in that second, as by asks:
// the person themselves, or who manages people. ErrForbidden for anybody else and for a program,
// and what Check returns.
func (a *Authenticator) EndSessionBy(ctx context.Context, by Principal, u tenant.UserID, began time.Time) error {
	if by.Role() == 0 || by.Method().IsProgram() || by.User() != u && !by.May(tenant.PeopleManage) {
		return tenant.ErrForbidden
	}
	if err := by.Check(ctx); err != nil {
		return err
	}
	return a.revocations.EndSession(ctx, by.Tenant(), u, began)
}

// IsEnded reports whether the session of the person that began in that second was ended: signed out
// of, or ended by somebody. It does not ask whether the session is too old. ErrUnavailable.
func (a *Authenticator) IsEnded(t tenant.ID, u tenant.UserID, began time.Time) (bool, error) {
	return a.revocations.Revoked(t, u, began, never)
}

// never is later than any order to revoke: what is asked about a token issued then is asked about
// its session alone.
var never = time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC)
