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

// Judged is the Verifier's whole judgement of a token.
func (v *Verifier) Judged(ctx context.Context, raw string) (Verified, error) {
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

// JudgedUncached is Judged past the cache, for benchmarks.
func (v *Verifier) JudgedUncached(ctx context.Context, raw string) error {
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
