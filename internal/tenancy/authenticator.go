package tenancy

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/authpolicies"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/registry"
	"github.com/bulkhead-saas/bulkhead/internal/issuer"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/apikey"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/idtoken"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy/internal/revocation"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// signInLife is how long after a sign-in its initial token may be exchanged. The token itself lives
// an hour, but it is proof of a password just typed, and must not become a key to be kept.
const signInLife = 5 * time.Minute

// signInProvider is the one way to sign in at Identity Platform itself. Whoever signs in at a
// tenant's own provider does so here, and not there: what joins accounts there is not ours to
// decide.
const signInProvider = "password"

// Authenticator turns tokens and API keys into Principals of the selected tenant. It keeps nothing
// of its own: tokens are remembered by the Verifier, tenants by the Registry, revocations by their
// feed, keys by APIKeys, and all are asked each time.
type Authenticator struct {
	verifier    *idtoken.Verifier
	registry    *registry.Registry
	revocations *revocation.Feed
	keys        *apikey.Store
	jobs        *queue.Store
	policies    *authpolicies.Store
	issuers     *issuer.Keys
	now         func() time.Time
	find        *atomic.Pointer[PersonFinder] // of the persons whom access tokens stand for
}

// Parts are what an Authenticator is made of. All but Issuers, Policies and Now are required.
type Parts struct {
	Verifier    *Verifier
	Registry    *registry.Registry
	Revocations *revocation.Feed
	Policies    *authpolicies.Store // nil: a store of its own over Database
	Issuers     *issuer.Keys        // nil: nobody signs in at a provider, and no access token verifies
	Database    *firestore.Client   // "platform", where the API keys and the jobs are
	Now         func() time.Time    // nil: time.Now
}

// NewAuthenticator returns an Authenticator made of these parts.
func NewAuthenticator(p Parts) *Authenticator {
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Policies == nil {
		p.Policies = authpolicies.New(p.Database, p.Now)
	}
	return &Authenticator{
		verifier: p.Verifier.tokens, registry: p.Registry, revocations: p.Revocations,
		keys: apikey.NewStore(p.Database, p.Now), jobs: queue.New(p.Database, p.Now), policies: p.Policies,
		issuers: p.Issuers, now: p.Now, find: new(atomic.Pointer[PersonFinder]),
	}
}

// Tenant looks the selected tenant up. ErrTenantDenied if it is unknown or not active, ErrInvalid
// for the zero Selector, ErrUnavailable.
func (a *Authenticator) Tenant(ctx context.Context, s tenant.Selector) (tenant.Tenant, error) {
	var t tenant.Tenant
	var err error
	switch {
	case !s.ID().IsZero():
		t, err = a.registry.ByID(ctx, s.ID())
	case !s.Slug().IsZero():
		t, err = a.registry.BySlug(ctx, s.Slug())
	default:
		return tenant.Tenant{}, tenant.Invalid("tenant selector: none")
	}
	if err != nil {
		return tenant.Tenant{}, err
	}
	if t.Status != tenant.Active {
		return tenant.Tenant{}, errNotActive
	}
	return t, nil
}

var (
	errNotActive   = tenant.Denied("not active")
	errMismatch    = tenant.Denied("token of another tenant")
	errRegion      = tenant.Denied("token of another region")
	errInitial     = tenant.Unauthenticated("token was not exchanged")
	errExchanged   = tenant.Unauthenticated("token was exchanged before")
	errSignInStale = tenant.Unauthenticated("signed in too long ago")
	errProvider    = tenant.Unauthenticated("signed in past this program")
	errRevoked     = tenant.Unauthenticated("revoked")
	errKeyUser     = tenant.Unauthenticated("token of somebody named as an API key or a job")
)

// Session verifies the ID token of a browser's session and binds it to the selected tenant. The
// token is judged first (ErrUnauthenticated), then the tenant (ErrTenantDenied). It wants the
// exchanged token, with the claims tn, rl and rg. authpolicy.ErrWay if the tenant does not accept
// how the session began, authpolicy.ErrSecondFactor if it wants one and the session has proven
// none, ErrInvalid for the zero Selector, ErrUnavailable.
func (a *Authenticator) Session(ctx context.Context, s tenant.Selector, token string) (Principal, error) {
	return a.exchanged(ctx, s, token, BySession)
}

// Bearer is Session for what an API client sends: an ID token, or in its place an API key or an
// access token of one of the tenant's own issuers. Pages and sign-in know neither: to them one is a
// token that does not verify. authpolicy.ErrCredential if the tenant does not accept what was sent.
func (a *Authenticator) Bearer(ctx context.Context, s tenant.Selector, token string) (Principal, error) {
	if apikey.IsSecretKey(token) {
		return a.apiKey(ctx, s, token)
	}
	if a.isAccessToken(token) {
		return a.accessToken(ctx, s, token)
	}
	return a.exchanged(ctx, s, token, ByBearer)
}

// SignIn is Session for the initial token, less than 5 minutes after the sign-in. It refuses an
// exchanged one.
func (a *Authenticator) SignIn(ctx context.Context, s tenant.Selector, token string) (Principal, error) {
	epoch := a.epoch()
	verified, err := a.verifier.Verify(ctx, token)
	if err != nil {
		return Principal{}, err
	}
	t, ok := verified.(*idtoken.Initial)
	if !ok {
		return Principal{}, errExchanged
	}
	if t.User.IsReserved() {
		return Principal{}, errKeyUser
	}
	if t.Provider != signInProvider {
		return Principal{}, errProvider
	}
	deadline := t.SignedIn.Add(signInLife)
	if !a.now().Before(deadline) {
		return Principal{}, errSignInStale
	}
	selected, err := a.Tenant(ctx, s)
	if err != nil {
		return Principal{}, err
	}
	if t.IdentityTenant != selected.IdentityTenant {
		return Principal{}, a.foreign(ctx, t, selected)
	}
	if err := a.revoked(selected.ID, t); err != nil {
		return Principal{}, err
	}
	p := a.principal(t, selected, BySignIn, epoch)
	if deadline.Before(p.expires) {
		p.expires = deadline
	}
	p.deadline = p.expires // no leeway: the time is ours to set
	return Principal{p}, nil
}

func (a *Authenticator) exchanged(ctx context.Context, s tenant.Selector, token string, m Method) (Principal, error) {
	epoch := a.epoch()
	verified, err := a.verifier.Verify(ctx, token)
	if err != nil {
		return Principal{}, err
	}
	t, ok := verified.(*idtoken.Exchanged)
	if !ok {
		return Principal{}, errInitial
	}
	var kind authpolicy.Credential
	if m == ByBearer {
		kind = authpolicy.Token
	}
	ad := &admission{proof: proofOf(t, kind), asked: s}
	if _, err := a.admit(ctx, ad); err != nil {
		return Principal{}, err
	}
	return Principal{ad.principal(a, m, epoch)}, nil
}

// denied is err, or a MismatchError if the caller's own tenant is another than the one that was
// asked for and is not there. ErrUnavailable if that cannot be told.
func (a *Authenticator) denied(ctx context.Context, t tenant.ID, u tenant.UserID, s tenant.Selector, err error) error {
	own, ownErr := a.registry.ByID(ctx, t)
	if errors.Is(ownErr, tenant.ErrUnavailable) {
		return ownErr
	}
	if ownErr != nil || s == tenant.SelectID(own.ID) || s == tenant.SelectSlug(own.Slug) {
		return err // suspended, or gone: it is their own
	}
	return &MismatchError{Tenant: t, User: u}
}

// foreign is the refusal of an initial token of another tenant than the selected one. It names the
// tenant that the token is of, if there is one.
func (a *Authenticator) foreign(ctx context.Context, t *idtoken.Initial, selected tenant.Tenant) error {
	own, err := a.registry.ByIdentityTenant(ctx, t.IdentityTenant)
	switch {
	case errors.Is(err, tenant.ErrTenantDenied):
		return errMismatch
	case err != nil:
		return err
	}
	return &MismatchError{Tenant: own.ID, User: t.User, Asked: selected.ID}
}

// principal returns the caller that t makes of the selected tenant, found valid in this epoch.
func (a *Authenticator) principal(t *idtoken.Initial, selected tenant.Tenant, m Method, epoch uint64) *principal {
	p := &principal{
		auth:     a,
		tenant:   selected.ID,
		user:     t.User,
		email:    t.Email,
		region:   selected.Region,
		cell:     selected.Cell,
		method:   m,
		signedIn: t.SignedIn,
		issued:   t.Issued,
		expires:  t.Expires,
		deadline: t.Expires.Add(idtoken.Leeway),
	}
	p.checked.Store(epoch)
	return p
}

// check reports whether p is still valid, and notes the epoch in which it was found so.
func (a *Authenticator) check(ctx context.Context, p *principal) error {
	epoch := a.epoch()
	if epoch != 0 && p.checked.Load() == epoch {
		return nil
	}
	if !a.now().Before(p.deadline) {
		return idtoken.ErrExpired
	}
	if err := a.notRevoked(p.tenant, p.user, p.signedIn, p.issued); err != nil {
		return err
	}
	if p.method == ByAPIKey {
		if err := a.keys.Check(ctx, p.key, p.tenant, p.scopes); err != nil {
			return err
		}
	}
	if p.role != 0 {
		if err := a.settled(ctx, p.tenant, p.kind, p.way, p.factor, p.role, p.signedIn); err != nil {
			return err
		}
	}
	if p.method == ByJob {
		if err := a.held(ctx, p.lease); err != nil {
			return err
		}
	}
	if _, err := a.Tenant(ctx, tenant.SelectID(p.tenant)); err != nil {
		return err
	}
	p.checked.Store(epoch)
	return nil
}

func (a *Authenticator) revoked(of tenant.ID, t *idtoken.Initial) error {
	return a.notRevoked(of, t.User, t.SignedIn, t.Issued)
}

// notRevoked returns nil if no revocation concerns the token, else errRevoked or ErrUnavailable.
func (a *Authenticator) notRevoked(t tenant.ID, u tenant.UserID, signedIn, issued time.Time) error {
	dead, err := a.revocations.Revoked(t, u, signedIn, issued)
	if err != nil {
		return err
	}
	if dead {
		return errRevoked
	}
	return nil
}

// epoch numbers the time in which a favourable verdict may be repeated without asking again. It
// changes every second, and with each revocation and each change of a tenant, its settings or an
// API key that this process makes. 0: no verdict may be repeated. It is read before the questions
// are asked, so that an answer from before a change is never noted as one from after it.
func (a *Authenticator) epoch() uint64 {
	feed := a.revocations.Epoch()
	if feed == 0 {
		return 0
	}
	return feed + a.registry.Changes() + a.keys.Changes() + a.policies.Changes() // each only grows, so their sum repeats only if none has
}
