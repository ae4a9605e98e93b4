package tenancy

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var (
	errNobody   = tenant.Invalid("second factors of nobody")
	errNoAdmin  = tenant.Unauthenticated("a change of a person by somebody who is no admin")
	errOwnReset = tenant.Invalid("reset of one's own second factors")
)

// Factors returns a Principal who may reach the second factors of one person of the tenant, read
// that person's record, and append to the audit: nothing else. Whoever calls it has verified the
// person's first factor, or their session: only package mfa does. It lasts two minutes.
// ErrTenantDenied, ErrInvalid for nobody, ErrUnavailable.
func (a *Authenticator) Factors(ctx context.Context, s tenant.Selector, user tenant.UserID) (Principal, error) {
	epoch := a.epoch()
	if user.IsZero() || user.IsReserved() {
		return Principal{}, errNobody
	}
	selected, err := a.Tenant(ctx, s)
	if err != nil {
		return Principal{}, err
	}
	return Principal{a.factorErrand(selected, ProveFactor, Principal{}, user, epoch)}, nil
}

// OwnFactors is Factors for somebody who is signed in, in a browser or over the API, about their
// own: see actsForSelf. ErrUnauthenticated if by has no session in force.
func (a *Authenticator) OwnFactors(ctx context.Context, by Principal) (Principal, error) {
	epoch := a.epoch()
	if err := actsForSelf(ctx, by); err != nil {
		return Principal{}, err
	}
	selected, err := a.Tenant(ctx, tenant.SelectID(by.Tenant()))
	if err != nil {
		return Principal{}, err
	}
	return Principal{a.factorErrand(selected, ProveFactor, by, by.User(), epoch)}, nil
}

// ResetFactors returns a Principal who may take the second factors of another person away and
// append to the audit, and nothing else, in the name of an admin who is signed in or sends their
// own ID token. ErrUnauthenticated if by is none, ErrInvalid for by themselves and for nobody.
func (a *Authenticator) ResetFactors(ctx context.Context, by Principal, user tenant.UserID) (Principal, error) {
	epoch := a.epoch()
	switch {
	case user.IsZero() || user.IsReserved():
		return Principal{}, errNobody
	case by.User() == user:
		return Principal{}, errOwnReset
	case by.Role() != tenant.Admin, by.Method() != BySession && by.Method() != ByBearer:
		return Principal{}, errNoAdmin
	}
	if err := by.Check(ctx); err != nil {
		return Principal{}, err
	}
	selected, err := a.Tenant(ctx, tenant.SelectID(by.Tenant()))
	if err != nil {
		return Principal{}, err
	}
	return Principal{a.factorErrand(selected, ResetFactor, by, user, epoch)}, nil
}

// factorErrand makes the caller of an errand about the second factors of user: in the name of by,
// or of user if there is nobody.
func (a *Authenticator) factorErrand(t tenant.Tenant, e Errand, by Principal, user tenant.UserID, epoch uint64) *principal {
	p := a.errand(t, e, by, user, epoch)
	p.method, p.whose = ByFactor, user
	return p
}

// Whose is the person whose second factors the caller may reach; zero unless the method is
// ByFactor.
func (p Principal) Whose() tenant.UserID { return p.get().whose }
