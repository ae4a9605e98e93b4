package signin

import (
	"context"
	"errors"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// ErrNoPerson reports somebody for whom no token for another service is made: a program, or a
// caller whom a foreign issuer vouches for.
var ErrNoPerson = errors.New("signin: only somebody who has signed in here hands over a token")

// inspectionLife is how long a token for Service B lives at most, which Identity Platform sets.
const inspectionLife = time.Hour

// InspectionToken makes a token of p's that is for Service B, the inspection, and for one document
// there. No door of ours takes it: see claim "use" in package tenancy. It also returns when the
// token has expired for certain. ErrNoPerson, identityplatform.ErrDisabled,
// identityplatform.ErrUnavailable.
func (s *Service) InspectionToken(ctx context.Context, p tenancy.Principal, document string) (string, time.Time, error) {
	if m := p.Method(); m != tenancy.BySession && m != tenancy.ByBearer {
		return "", time.Time{}, ErrNoPerson
	}
	t, err := s.authenticator.Tenant(ctx, tenant.SelectID(p.Tenant()))
	if err != nil {
		return "", time.Time{}, people.Unavailable("tenant", err)
	}
	dir, err := s.google.Directory(t)
	if err != nil {
		return "", time.Time{}, err
	}
	custom, err := dir.CustomTokenWithClaims(ctx, p.User().String(), people.InspectionClaims(t, document))
	if err != nil {
		return "", time.Time{}, people.Unavailable("sign a custom token", err)
	}
	// The refresh token that comes with it is let go: whoever wants to hand over another token has
	// to be here.
	issued, err := s.google.SignInWithCustomToken(ctx, t.IdentityTenant, custom)
	if err != nil {
		return "", time.Time{}, err
	}
	return issued.ID, s.now().Add(inspectionLife), nil
}
