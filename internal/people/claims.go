package people

import (
	"context"

	firebaseauth "firebase.google.com/go/v4/auth"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/users"
)

// The claims that are ours.
const (
	claimTenant = "tn"
	claimRole   = "rl"
	claimRegion = "rg"
	claimWay    = "si"
	claimFactor = "sf"
	claimUse    = "use" // of a token for another service, which is nothing here
	claimDoc    = "doc" // the one document that such a token is about
)

// fixedClaims are those that hold for as long as the account exists.
func fixedClaims(t tenant.Tenant) map[string]any {
	return map[string]any{claimTenant: t.ID.String(), claimRegion: int(t.Region)}
}

// SessionClaims are those that a custom token says: what is fixed, how the session begins, and
// which second factor it has proven, which Identity Platform repeats at every refresh. See the
// package comment for why the role is not one of them.
func SessionClaims(t tenant.Tenant, way authpolicy.Way, proven authpolicy.Factor) map[string]any {
	claims := fixedClaims(t)
	claims[claimWay] = way.String()
	if !proven.IsZero() {
		claims[claimFactor] = proven.String()
	}
	return claims
}

// InspectionClaims are those of a token for Service B: what is fixed, its use, and the one document
// that it is about.
func InspectionClaims(t tenant.Tenant, document string) map[string]any {
	claims := fixedClaims(t)
	claims[claimUse], claims[claimDoc] = "inspection", document
	return claims
}

// claimsOf returns the custom claims of a person's account: what is fixed, and the role that is
// true.
func claimsOf(t tenant.Tenant, u users.User) map[string]any {
	claims := fixedClaims(t)
	claims[claimRole] = u.Role.String()
	return claims
}

// CopyRole makes the account's custom claims equal to the truth. It writes only where they differ.
// identityplatform.ErrUnavailable.
func (s *Service) CopyRole(ctx context.Context, t tenant.Tenant, u users.User) error {
	dir, err := s.google.Directory(t)
	if err != nil {
		return err
	}
	account, err := dir.GetUser(ctx, u.ID.String())
	if err != nil {
		return Unavailable("read claims", err)
	}
	want := claimsOf(t, u)
	if claimsEqual(account, want) {
		return nil
	}
	if err := dir.SetCustomUserClaims(ctx, u.ID.String(), want); err != nil {
		return Unavailable("write claims", err)
	}
	s.log.InfoContext(ctx, "claims written", "tenant", t.ID.String(), "user", u.ID.String(), "role", u.Role.String())
	return nil
}

// claimsEqual compares the account's claims, as JSON gave them, with ours.
func claimsEqual(account *firebaseauth.UserRecord, want map[string]any) bool {
	have := account.CustomClaims
	region, _ := have[claimRegion].(float64)
	return len(have) == len(want) && have[claimTenant] == want[claimTenant] && have[claimRole] == want[claimRole] &&
		region == float64(want[claimRegion].(int))
}
