package tenancy

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Errand is what a caller of the method ByProvider, ByFactor or ByMail may act for. Package vending
// decides by it what the caller may touch.
type Errand string

// The errands.
const (
	// SignInAtProvider finds the person who has signed in at a provider, or makes their record.
	SignInAtProvider Errand = "provider sign-in"
	// SignInWithGroups is SignInAtProvider where the provider's groups decide roles.
	SignInWithGroups Errand = "provider sign-in with groups"
	// TestProvider looks at what a sign-in would do, for an admin.
	TestProvider Errand = "provider test"
	// ConnectProvider connects a person who is signed in to who they are at a provider.
	ConnectProvider Errand = "provider connect"
	// ProveAtProvider proves that a person who is signed in is who they are at a provider.
	ProveAtProvider Errand = "provider proof"
	// DisconnectProvider takes that away again.
	DisconnectProvider Errand = "provider disconnect"
	// ProveFactor reads and writes a person's second factors, for that person.
	ProveFactor Errand = "second factor"
	// ResetFactor takes them away, for an admin.
	ResetFactor Errand = "second factor reset"
	// FailedSignIn notes a sign-in at a provider that failed.
	FailedSignIn Errand = "failed sign-in"
	// FindPerson finds the person whom an access token stands for.
	FindPerson Errand = "person of an access token"
)

// errandLife is how long an errand may take.
const errandLife = 2 * time.Minute

// Arrival is what came back from a provider.
type Arrival struct {
	Provider    authpolicy.ProviderID
	IDToken     string    // as it came
	AccessToken string    // that came with it; empty: none
	Nonce       string    // of the request that it answers
	Since       time.Time // when that was sent: for ProveAtProvider the person signed in later
}

var (
	errNoIssuers   = tenant.Unavailable("keys of providers", errors.New("none are kept"))
	errNoProvider  = tenant.Unauthenticated("provider that nobody may sign in at")
	errNoErrand    = tenant.Invalid("errand at a provider")
	errNotAdmin    = tenant.Unauthenticated("test of a provider by somebody who is no admin")
	errNotSignedIn = tenant.Unauthenticated("errand of somebody who is not signed in")
)

// AtProvider verifies the ID token of an arrival, by what the settings of the tenant say of the
// provider and by nothing else. It returns a Principal for the one errand, who has no role, and may
// touch of all identities the one that the token proves. The provider is returned as the settings
// had it.
//
// by is who asks: nobody, the zero Principal, to sign in; an admin to test; a person to connect or
// to prove who they are.
//
//	*issuer.VerifyError      the token was refused, or could not be judged
//	ErrUnauthenticated       the tenant has no such provider, it is not enabled, or by is not who may ask
//	authpolicy.ErrWay        the tenant does not accept sign-ins at providers
//	ErrTenantDenied, ErrUnavailable
func (a *Authenticator) AtProvider(ctx context.Context, s tenant.Selector, e Errand, by Principal, in Arrival) (
	Principal, issuer.IDClaims, authpolicy.OIDC, error,
) {
	refuse := func(err error) (Principal, issuer.IDClaims, authpolicy.OIDC, error) {
		return Principal{}, issuer.IDClaims{}, authpolicy.OIDC{}, err
	}
	epoch := a.epoch()
	if a.issuers == nil {
		return refuse(errNoIssuers)
	}
	selected, err := a.Tenant(ctx, s)
	if err != nil {
		return refuse(err)
	}
	policy, err := a.policies.Get(ctx, selected.ID)
	if err != nil {
		return refuse(err)
	}
	o, ok := policy.Provider(in.Provider)
	if !ok || o.State != authpolicy.Enabled && e != TestProvider {
		return refuse(errNoProvider)
	}
	if err := a.mayErr(ctx, e, by, selected.ID, policy); err != nil {
		return refuse(err)
	}
	expect := issuer.Expect{
		Tenant: selected.ID, Issuer: o.Issuer, JWKS: o.JWKS, Algorithms: o.Algorithms,
		ClientID: o.ClientID, Nonce: in.Nonce, AccessToken: in.AccessToken,
	}
	if e == ProveAtProvider { // OpenID Connect Core 1.0, section 3.1.2.1: who asks with max_age checks auth_time
		expect.RequireAuthTime, expect.MaxAge = true, max(a.now().Sub(in.Since), time.Second)
	}
	claims, err := a.issuers.VerifyIDToken(ctx, expect, in.IDToken)
	if err != nil {
		return refuse(err)
	}
	if e == SignInAtProvider && len(o.Groups) > 0 {
		e = SignInWithGroups
	}
	p := a.errand(selected, e, by, tenant.ProviderUser(o.ID.String()), epoch)
	p.login = LoginKey(claims.Issuer, claims.Subject)
	if by == (Principal{}) {
		p.email = claims.Email
	}
	return Principal{p}, claims, o, nil
}

// mayErr returns nil if by may have the errand at a provider.
func (a *Authenticator) mayErr(ctx context.Context, e Errand, by Principal, t tenant.ID, policy *authpolicy.Policy) error {
	switch e {
	case SignInAtProvider:
		if by != (Principal{}) {
			return errNoErrand
		}
		if !policy.Accepts().Has(authpolicy.Provider) {
			return authpolicy.ErrWay
		}
		return nil
	case ConnectProvider, ProveAtProvider:
		return isSignedIn(ctx, by, t)
	case TestProvider:
		if err := isSignedIn(ctx, by, t); err != nil {
			return err
		}
		if by.Role() != tenant.Admin {
			return errNotAdmin
		}
		return nil
	}
	return errNoErrand
}

// Disconnect returns a Principal who may take away the one identity of this key, on behalf of a
// person who is signed in, in a browser or over the API: see actsForSelf. Whose the identity is,
// the caller decides by what it reads. ErrUnauthenticated if by has no session in force, ErrInvalid
// for a key that is none.
func (a *Authenticator) Disconnect(ctx context.Context, by Principal, key string) (Principal, error) {
	epoch := a.epoch()
	if err := actsForSelf(ctx, by); err != nil {
		return Principal{}, err
	}
	if raw, err := keyCoding.DecodeString(strings.ToUpper(key)); err != nil || len(raw) != sha256.Size ||
		strings.ToLower(key) != key {
		return Principal{}, tenant.Invalid("key of an identity")
	}
	selected, err := a.Tenant(ctx, tenant.SelectID(by.Tenant()))
	if err != nil {
		return Principal{}, err
	}
	p := a.errand(selected, DisconnectProvider, by, tenant.UserID{}, epoch)
	p.login = key
	return Principal{p}, nil
}

// Failed returns a Principal who may note in the tenant that a sign-in at a provider failed.
// Nothing is proven: it may touch the list of these and nothing else. ErrTenantDenied,
// ErrUnavailable.
func (a *Authenticator) Failed(ctx context.Context, s tenant.Selector) (Principal, error) {
	epoch := a.epoch()
	selected, err := a.Tenant(ctx, s)
	if err != nil {
		return Principal{}, err
	}
	return Principal{a.errand(selected, FailedSignIn, Principal{}, tenant.ProviderUser("failed"), epoch)}, nil
}

// errand makes the caller of an errand: in the name of by, or of user if there is nobody.
func (a *Authenticator) errand(t tenant.Tenant, e Errand, by Principal, user tenant.UserID, epoch uint64) *principal {
	now := a.now()
	p := &principal{
		auth: a, tenant: t.ID, user: user, region: t.Region, cell: t.Cell, method: ByProvider, errand: e,
		issued: now, expires: now.Add(errandLife), deadline: now.Add(errandLife),
	}
	if by != (Principal{}) {
		p.user, p.email = by.User(), by.Email()
		p.issued, p.signedIn = by.IssuedAt(), by.SignedIn() // what ends their session ends this
		if by.Expires().Before(p.deadline) {
			p.expires, p.deadline = by.Expires(), by.Expires()
		}
	}
	p.checked.Store(epoch)
	return p
}

// isSignedIn returns nil if p has a browser's session of the tenant that is in force.
func isSignedIn(ctx context.Context, p Principal, t tenant.ID) error {
	if p.Method() != BySession || p.Role() == 0 || p.Tenant() != t {
		return errNotSignedIn
	}
	return p.Check(ctx)
}

// Errand is what the caller may act for; empty unless the method is ByProvider, ByFactor or ByMail.
func (p Principal) Errand() Errand { return p.get().errand }

// Login is the key of the one identity that the caller may touch; empty unless the method is
// ByProvider.
func (p Principal) Login() string { return p.get().login }

var keyCoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// LoginKey names an identity: who somebody is at an issuer. Each part comes after its length, so no
// two pairs make one name.
func LoginKey(iss, sub string) string {
	h := sha256.New()
	for _, part := range []string{iss, sub} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return strings.ToLower(keyCoding.EncodeToString(h.Sum(nil)))
}
