package tenancy

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	queue "github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Method is how a Principal was authenticated.
type Method uint8

// The methods. SignIn is an initial token of Identity Platform, not yet exchanged: it may only read
// its own user record. An API key is a program's, not a person's: it is nobody's user record, and
// no admin. So is a program with an access token of the tenant's own issuer. A job is work of the
// platform's for one tenant: it has no role, and is vended what its purpose needs. Somebody who
// arrives from a provider has an errand and no role: see AtProvider. So has an errand about one
// person's second factors: see Factors; and somebody who asks for a mail, who comes with the code
// in one, or who changes their own account: see Asking. A person may also call the API with an
// access token of the tenant's own issuer, and has no session then.
const (
	BySession Method = iota + 1
	ByBearer
	BySignIn
	ByAPIKey
	ByJob
	ByAccess
	ByProvider
	ByMail
	ByPersonToken
	ByFactor
)

// String is the method's name in logs and audit trails; "none" for the zero Method.
func (m Method) String() string {
	switch m {
	case BySession:
		return "session"
	case ByBearer:
		return "bearer"
	case BySignIn:
		return "sign-in"
	case ByAPIKey:
		return "api-key"
	case ByJob:
		return "job"
	case ByAccess:
		return "access-token"
	case ByProvider:
		return "provider"
	case ByMail:
		return "mail"
	case ByPersonToken:
		return "person-token"
	case ByFactor:
		return "second-factor"
	}
	return "none"
}

// IsProgram reports whether who is authenticated so is a program of a tenant's, and no person.
func (m Method) IsProgram() bool { return m == ByAPIKey || m == ByAccess }

// Principal is a verified caller of one tenant. Only an Authenticator makes one; the zero Principal
// is refused everywhere. It is small, comparable, safe for concurrent use, and holds no token.
type Principal struct{ p *principal }

type principal struct {
	auth     *Authenticator
	tenant   tenant.ID
	user     tenant.UserID
	email    string
	role     tenant.Role
	region   tenant.Region
	cell     tenant.CellID
	method   Method
	kind     authpolicy.Credential // what was sent to the API; zero for a session
	way      authpolicy.Way        // how the session began; zero for a program
	factor   authpolicy.Factor     // the second factor that the session has proven
	signedIn time.Time
	issued   time.Time
	expires  time.Time
	key      tenant.KeyID  // zero unless the method is ByAPIKey
	scopes   tenant.Scopes // the same: what the key was made for
	lease    queue.Lease   // zero unless the method is ByJob
	errand   Errand        // empty unless the method is ByProvider, ByFactor or ByMail
	login    string        // key of the identity of an errand at a provider
	whose    tenant.UserID // whose second factors an errand of ByFactor is about
	deadline time.Time     // expires and what leeway there is
	checked  atomic.Uint64 // the epoch in which it was last found valid; 0: none
}

// Valid reports whether p came from a verifier and has not expired. It asks neither registry nor
// revocations: see Check.
func (p Principal) Valid(now time.Time) bool { return p.p != nil && now.Before(p.p.deadline) }

// Check reports, at each call, whether the principal is still valid: not expired, tenant active,
// not revoked. It returns ErrUnauthenticated, ErrTenantDenied or ErrUnavailable. vending calls it
// at each vend.
//
// While Revocations.Run runs, a favourable verdict is repeated for at most a second, and never past
// a revocation or a change of a tenant that this process has made.
func (p Principal) Check(ctx context.Context) error {
	if p.p == nil {
		return errZero
	}
	return p.p.auth.check(ctx, p.p)
}

var errZero = tenant.Unauthenticated("no principal")

// get reads as the zero principal where there is none, so that the accessors answer zero and never
// panic.
func (p Principal) get() *principal {
	if p.p == nil {
		return &nobody
	}
	return p.p
}

var nobody principal

// Tenant is the tenant that the caller belongs to and has selected.
func (p Principal) Tenant() tenant.ID { return p.get().tenant }

// User is the caller's identifier within the tenant; for ByAPIKey, nobody's but the key's: see
// KeyID.User; for ByJob, nobody's but the purpose's: see tenant.JobUser.
func (p Principal) User() tenant.UserID { return p.get().user }

// Email is the caller's address as Identity Platform knows it, perhaps unverified, or the label of
// an API key: for people to read, not to decide by.
func (p Principal) Email() string { return p.get().email }

// Role is what the caller may do; zero, which is nothing, for BySignIn, ByJob, ByProvider
// ByFactor and ByMail.
func (p Principal) Role() tenant.Role { return p.get().role }

// May reports whether the caller may do what perm names. A program never administers, whatever its
// role, and an API key does what it has a scope for and nothing else.
func (p Principal) May(perm tenant.Permission) bool { return p.Facts().May(perm) }

// Key is the caller's API key; zero unless the method is ByAPIKey.
func (p Principal) Key() tenant.KeyID { return p.get().key }

// Scopes is what the caller's API key was made for; zero unless the method is ByAPIKey.
func (p Principal) Scopes() tenant.Scopes { return p.get().scopes }

// Facts returns what is known of the caller.
func (p Principal) Facts() Facts {
	q := p.get()
	return Facts{
		Tenant: q.tenant, Role: q.role, Scopes: q.scopes, Method: q.method, Credential: q.kind, Way: q.way, Factor: q.factor,
	}
}

// Facts is what is known of a caller, real or supposed. Facts prove nothing: only a Principal does.
type Facts struct {
	Tenant     tenant.ID
	Role       tenant.Role
	Scopes     tenant.Scopes // of an API key; they narrow its role
	Method     Method
	Credential authpolicy.Credential // what was sent to the API; zero for a browser's session
	Way        authpolicy.Way        // how the session began; zero for a program
	Factor     authpolicy.Factor     // the second factor that the session has proven
}

// May is Principal.May.
func (f Facts) May(perm tenant.Permission) bool {
	if f.Method == ByAPIKey && !f.Scopes.May(perm) {
		return false
	}
	return f.Role.May(perm) && (!f.Method.IsProgram() || !perm.Administers())
}

// Region is where the tenant's data resides.
func (p Principal) Region() tenant.Region { return p.get().region }

// Cell is the cell that the tenant lives in, as the registry says.
func (p Principal) Cell() tenant.CellID { return p.get().cell }

// Method is how the caller was authenticated; zero for the zero Principal.
func (p Principal) Method() Method { return p.get().method }

// Way is how the caller's session began; zero for what has none.
func (p Principal) Way() authpolicy.Way { return p.get().way }

// Factor is the second factor that the caller's session has proven; zero: none.
func (p Principal) Factor() authpolicy.Factor { return p.get().factor }

// SignedIn is the second in which the caller's session began; zero for programs and ByJob, which
// have none.
func (p Principal) SignedIn() time.Time { return p.get().signedIn }

// IssuedAt is the second in which the caller's token was issued, or when the API key was made, or
// the job begun.
func (p Principal) IssuedAt() time.Time { return p.get().issued }

// Expires is when the caller's token, API key or lease expires; for BySignIn, when it can no longer
// be exchanged.
func (p Principal) Expires() time.Time { return p.get().expires }

// LogValue names the caller without any secret.
func (p Principal) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("tenant", p.Tenant().String()),
		slog.String("user", p.User().String()),
		slog.String("role", p.Role().String()),
		slog.String("method", p.Method().String()),
	)
}

// String names the caller as LogValue does.
func (p Principal) String() string {
	if p.p == nil {
		return "nobody"
	}
	return p.Tenant().String() + "/" + p.User().String()
}
