package idtoken

import (
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// A token is what a verified ID token of Identity Platform says, without the token itself. It is
// one of three types, so that none can be taken for another: *initialToken, *exchangedToken or
// *operatorToken.
type Token interface{ Common() *Initial }

// Initial is what a sign-in yields, by password or by another provider: who it is, but not yet what
// they may do. It may carry tn, rl and rg, copied from the user's custom attributes; a copy can be
// out of date, so it does not count.
type Initial struct {
	IdentityTenant string // firebase.tenant, as Google names it
	Provider       string // firebase.sign_in_provider: "password", "oidc.acme", "custom"
	User           tenant.UserID
	Email          string
	SignedIn       time.Time // auth_time
	Issued         time.Time // iat
	Expires        time.Time // exp
}

// Exchanged went through the exchange: its session began with a custom token of ours that said tn,
// rl and rg.
type Exchanged struct {
	Initial
	Tenant tenant.ID
	Role   tenant.Role
	Region tenant.Region
	Way    authpolicy.Way    // how the session began
	Factor authpolicy.Factor // the second factor that it has proven
}

// Operator is of somebody who belongs to no tenant. Whether they are an operator is for the list of
// operators to say.
type Operator struct{ Initial }

func (t *Initial) Common() *Initial { return t }
