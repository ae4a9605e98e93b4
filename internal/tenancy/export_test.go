package tenancy

import (
	"context"
	"time"
)

// Verified is a verified token as tests see it.
type Verified struct {
	Exchanged      bool
	IdentityTenant string
	User           UserID
	Email          string
	SignedIn       time.Time
	Issued         time.Time
	Expires        time.Time
	Tenant         ID
	Role           Role
	Region         Region
}

// Verify is the Verifier's whole judgement of a token.
func (v *Verifier) Verify(ctx context.Context, raw string) (Verified, error) {
	t, err := v.verify(ctx, raw)
	if err != nil {
		return Verified{}, err
	}
	b := t.bearer()
	seen := Verified{
		IdentityTenant: b.identityTenant, User: b.user, Email: b.email,
		SignedIn: b.signedIn, Issued: b.issued, Expires: b.expires,
	}
	if x, ok := t.(*exchangedToken); ok {
		seen.Exchanged, seen.Tenant, seen.Role, seen.Region = true, x.tenant, x.role, x.region
	}
	return seen, nil
}

// VerifyUncached is Verify past the cache, for benchmarks.
func (v *Verifier) VerifyUncached(ctx context.Context, raw string) error {
	_, err := v.verifyUncached(ctx, raw, v.now())
	return err
}

// Remembered is how many verified tokens the cache holds.
func (v *Verifier) Remembered() int {
	n := 0
	for i := range v.cache.shards {
		n += v.cache.shards[i].lru.Len()
	}
	return n
}

// Freshness is what a Cache-Control header says of certificates.
var Freshness = freshness

// RecordCache is the Registry's cache over any way to read.
type RecordCache = recordCache[ID, Tenant]

// NewRecordCache returns one.
func NewRecordCache(read func(context.Context, ID) (Tenant, error)) *RecordCache {
	return newRecordCache(time.Now, read)
}

func (c *recordCache[K, V]) Get(ctx context.Context, k K) (V, error) { return c.get(ctx, k) }
func (c *recordCache[K, V]) Put(k K, v V)                            { c.put(k, v) }

// Sizes are the numbers of records and of absences remembered.
func (c *recordCache[K, V]) Sizes() (records, absent int) { return c.records.Len(), c.absent.Len() }

// Denied is the error of a tenant that does not exist.
func Denied() error { return errUnknownTenant }

// Polled makes the feed believe that a poll succeeded now and found these.
func (r *Revocations) Polled(found ...Revocation) {
	start := r.now()
	revoked := map[subject]time.Time{}
	for _, f := range found {
		revoked[f.subject()] = f.Before
	}
	r.apply(revoked)
	r.polledAt(start)
}

// Revocation is one entry of the feed.
type Revocation struct {
	Tenant  ID
	User    UserID
	Session int64
	Before  time.Time
}

func (r Revocation) subject() subject { return subject{r.Tenant, r.User, r.Session} }

// Held is how many revocations are in memory.
func (r *Revocations) Held() int { return len(r.before) }

// DocumentID is the name under which the feed stores a revocation.
func (r Revocation) DocumentID() string { return r.subject().documentID() }

// SetNow changes the clock of the Registry and of its caches.
func (r *Registry) SetNow(now func() time.Time) {
	r.now, r.tenants.now, r.slugs.now, r.identity.now = now, now, now, now
}

// SetNow changes the feed's clock.
func (r *Revocations) SetNow(now func() time.Time) { r.now = now }

// Sizes are the numbers of keys and of absences remembered.
func (k *APIKeys) Sizes() (records, absent int) { return k.records.Sizes() }
