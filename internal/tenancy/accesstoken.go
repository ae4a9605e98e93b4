package tenancy

import (
	"context"
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

var (
	errNoIssuer = tenant.Unauthenticated("no issuer of the tenant's")
	errNoScope  = tenant.Unauthenticated("no scope of the token maps to a role")
)

// accessToken is Bearer for an access token of the tenant's own issuer (RFC 9068). The tenant is
// chosen first, then the issuer that the token names, and then only that issuer's keys and
// algorithms count. A token for a tenant that is not served is one that does not verify: what
// proves nothing learns of no tenant whether it exists.
func (a *Authenticator) accessToken(ctx context.Context, s tenant.Selector, raw string) (Principal, error) {
	epoch := a.epoch()
	ad, m, err := a.verifyAccess(ctx, s, raw)
	if err != nil {
		return Principal{}, err
	}
	if _, err := a.admit(ctx, ad); err != nil {
		return Principal{}, err
	}
	return Principal{ad.principal(a, m, epoch)}, nil
}

func (a *Authenticator) verifyAccess(ctx context.Context, s tenant.Selector, raw string) (*admission, Method, error) {
	iss, err := issuer.Peek(raw)
	if err != nil || a.issuers == nil {
		return nil, 0, errNoIssuer
	}
	selected, policy, err := a.issuersOf(ctx, s)
	if err != nil {
		return nil, 0, err
	}
	of, ok := policy.IssuerOf(iss)
	if !ok {
		return nil, 0, errNoIssuer
	}
	claims, err := a.issuers.VerifyAccessToken(ctx, issuer.Expect{
		Tenant: selected.ID, Issuer: of.Issuer, JWKS: of.JWKS, Algorithms: of.Algorithms,
		Audience: of.Audience, Clients: of.Clients,
	}, raw)
	if err != nil {
		return nil, 0, err
	}
	ad := &admission{asked: s, proof: proof{
		kind: authpolicy.Access, tenant: selected.ID,
		issued: claims.IssuedAt, expires: claims.Expires, leeway: issuer.Leeway,
	}}
	if of.People {
		return ad, ByPersonToken, a.findPerson(ctx, ad, selected, LoginKey(of.Issuer, claims.Subject))
	}
	ad.user, ad.email = tenant.ProgramUser(LoginKey(of.Issuer, claims.Subject)), "Program of "+of.Name
	if ad.role, ok = of.RoleOf(claims.Scopes); !ok {
		return nil, 0, errNoScope
	}
	return ad, ByAccess, nil
}

// issuersOf returns the tenant that was asked for, and its policy. errNoIssuer if the tenant is not
// served or names no issuer.
func (a *Authenticator) issuersOf(ctx context.Context, s tenant.Selector) (tenant.Tenant, *authpolicy.Policy, error) {
	selected, err := a.Tenant(ctx, s)
	switch {
	case errors.Is(err, tenant.ErrTenantDenied):
		return tenant.Tenant{}, nil, errNoIssuer
	case err != nil:
		return tenant.Tenant{}, nil, err
	}
	policy, err := a.policies.Get(ctx, selected.ID)
	if err == nil && len(policy.Issuers) == 0 {
		err = errNoIssuer
	}
	return selected, policy, err
}

// isAccessToken reports whether the token is for accessToken to judge: it names an issuer, and not
// the one that signs our own.
func (a *Authenticator) isAccessToken(token string) bool {
	iss, err := issuer.Peek(token)
	return err == nil && iss != a.verifier.Issuer()
}
