package tenancy

import (
	"context"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Flaw is what is wrong with a supposed credential.
type Flaw string

// The flaws. A credential that was not sent has none of these: nobody asks an Authenticator.
const (
	Sound     Flaw = "right"     // nothing is wrong
	Malformed Flaw = "malformed" // it is no credential at all
	Expired   Flaw = "expired"   // it was right an hour ago
	Foreign   Flaw = "foreign"   // it is another tenant's
	Stale     Flaw = "stale"     // it is right, and its person proved who they are more than ten minutes ago
)

// Supposed is a credential that nobody holds: what an explanation asks about. It is no proof, and
// nothing that is made of it lets anybody in.
type Supposed struct {
	Method Method // BySession, ByBearer, ByAPIKey, ByAccess or ByPersonToken
	Flaw   Flaw
	Role   tenant.Role
	Way    authpolicy.Way    // how its session began; zero: with a password
	Factor authpolicy.Factor // the second factor that its session has proven; zero: none
}

// Judge asks the rules that Session and Bearer ask, in their order, about a supposed credential. It
// returns what they would know of the caller, the name of the rule that decided, and the refusal:
// nil if every rule lets the caller in. It never returns a Principal.
//
// What a signature or a digest proves is supposed. All else is asked as for a real caller, but for
// revocations, which concern somebody.
func (a *Authenticator) Judge(ctx context.Context, s tenant.Selector, c Supposed) (f Facts, decided string, err error) {
	if c.Flaw == Malformed {
		return Facts{}, verifies, a.verifyNothing(ctx, s, c.Method)
	}
	if c.Method == ByAccess || c.Method == ByPersonToken {
		// The tenant comes first, and its issuers alone count: another's token is nobody's.
		_, policy, err := a.issuersOf(ctx, s)
		if err == nil && (c.Flaw == Foreign || c.Flaw == Expired || !policy.Vouches(c.Method == ByPersonToken)) {
			err = errNoIssuer
		}
		if err != nil {
			return Facts{}, verifies, err
		}
	}
	ad, ok := a.suppose(ctx, s, c)
	if !ok {
		return Facts{}, verifies, tenant.Invalid("supposed credential")
	}
	if decided, err := a.admit(ctx, ad); err != nil {
		return Facts{}, decided, err
	}
	f = Facts{Tenant: ad.selected.ID, Role: ad.role, Method: c.Method, Credential: ad.kind, Way: ad.way, Factor: ad.factor}
	if c.Method == ByAPIKey {
		f.Scopes = ad.role.Scopes() // a key with all that one of the role can have
	}
	return f, "", nil
}

// verifies is the name of what comes before the rules: a signature, or a digest.
const verifies = "a credential that verifies"

// nothing is a text that is no credential of any kind.
const nothing = "nothing"

func (a *Authenticator) verifyNothing(ctx context.Context, s tenant.Selector, m Method) (err error) {
	if m == BySession {
		_, err = a.Session(ctx, s, nothing)
		return err
	}
	_, err = a.Bearer(ctx, s, nothing)
	return err
}

// suppose returns the supposed credential on its way. ok is false for a kind that no caller has.
func (a *Authenticator) suppose(ctx context.Context, s tenant.Selector, c Supposed) (_ *admission, ok bool) {
	now := a.now()
	ad := &admission{asked: s, proof: proof{role: c.Role, issued: now, expires: now.Add(time.Hour)}}
	ad.user, _ = tenant.ParseUserID("supposed") // it is of the form
	// Whose a sound credential is, the registry says: the tenant that was asked for.
	own, err := a.Tenant(ctx, s)
	if err != nil && !s.ID().IsZero() {
		own.ID = s.ID()
	}
	ad.tenant = own.ID
	switch c.Method {
	case BySession, ByBearer:
		ad.began, ad.way, ad.factor, ad.leeway = now, c.Way, c.Factor, idtoken.Leeway
		ad.identityTenant, ad.region = own.IdentityTenant, own.Region
		if ad.way == (authpolicy.Way{}) {
			ad.way = authpolicy.WithPassword()
		}
		if c.Method == ByBearer {
			ad.kind = authpolicy.Token
		}
	case ByAPIKey:
		ad.kind = authpolicy.Key
	case ByAccess, ByPersonToken:
		ad.kind = authpolicy.Access
	default:
		return nil, false
	}
	switch c.Flaw {
	case Sound, Stale: // how long ago, the door asks
	case Expired:
		ad.expires = now.Add(-time.Hour)
	case Foreign:
		ad.tenant = tenant.NewID()
	default:
		return nil, false
	}
	return ad, true
}
