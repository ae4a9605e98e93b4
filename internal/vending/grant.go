package vending

import (
	"log/slog"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Grant is what a verified caller may touch: one tenant's database and bucket. Only Vend makes one;
// every call through the zero Grant is refused with ErrDenied.
//
// A Grant belongs to a request: it is passed as a parameter, and let go at the end. One that is
// kept works only as long as the caller is valid: each request of its clients checks that again, so
// a revoked session, a changed role or a suspended tenant ends it within the bound that tenancy
// sets.
type Grant struct{ caller *caller }

// Principal is the caller whom the grant was vended to.
func (g Grant) Principal() tenancy.Principal {
	if g.caller == nil {
		return tenancy.Principal{}
	}
	return g.caller.principal
}

// Tenant is the tenant whose database and bucket the grant reaches; zero for the zero Grant.
func (g Grant) Tenant() tenant.ID { return g.Principal().Tenant() }

// ReadOnly reports whether every write through the grant is refused, but for what is the caller's
// own: a person's Profile, or the note of an API key's use. It is true for the zero Grant.
func (g Grant) ReadOnly() bool { return g.caller == nil || g.caller.readOnly }

// Profile is the one document that is the caller's own, to read and to write whatever their role:
// "profiles/<user>". An API key is no person, and has none.
func (g Grant) Profile() *firestore.DocumentRef {
	user := g.Principal().User().String()
	if user == "" {
		user = "none" // whatever is asked of the zero Grant's database is refused
	}
	return g.Database().Collection(location.Profiles).Doc(user)
}

// Now is the time by the machine's clock. Whoever holds a Grant asks no other. The zero Grant has
// no clock, and answers the zero time.
func (g Grant) Now() time.Time {
	if g.caller == nil {
		return time.Time{}
	}
	return g.caller.home.machine.now()
}

// Quota is how many bytes of files the tenant may keep. The zero Grant may keep none.
func (g Grant) Quota() int64 {
	if g.caller == nil {
		return 0
	}
	quotas := g.caller.home.machine.quotas
	if own, ok := quotas.Of[g.Tenant()]; ok {
		return own
	}
	if quotas.Default == 0 {
		return DefaultQuota
	}
	return quotas.Default
}

// Database is the tenant's own Firestore database.
func (g Grant) Database() Database { return Database{g.caller} }

// Bucket is the tenant's own Cloud Storage bucket.
func (g Grant) Bucket() Bucket { return Bucket{g.caller} }

// String names whom the grant was vended to, and for what.
func (g Grant) String() string {
	if g.caller == nil {
		return "no grant"
	}
	return g.caller.scope + " grant of " + g.caller.principal.String()
}

// LogValue names the grant without any secret.
func (g Grant) LogValue() slog.Value {
	if g.caller == nil {
		return slog.StringValue(g.String())
	}
	return slog.GroupValue(slog.Any("principal", g.caller.principal), slog.String("scope", g.caller.scope))
}
