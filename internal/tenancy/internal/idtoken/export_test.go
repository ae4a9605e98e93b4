package idtoken

import (
	"context"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"time"
)

// Verified is a verified token as tests see it.
type Verified struct {
	Exchanged      bool
	IdentityTenant string
	User           tenant.UserID
	Email          string
	SignedIn       time.Time
	Issued         time.Time
	Expires        time.Time
	Tenant         tenant.ID
	Role           tenant.Role
	Region         tenant.Region
}

// Judged is the Verifier's whole judgement of a token.
func (v *Verifier) Judged(ctx context.Context, raw string) (Verified, error) {
	t, err := v.Verify(ctx, raw)
	if err != nil {
		return Verified{}, err
	}
	b := t.Common()
	seen := Verified{
		IdentityTenant: b.IdentityTenant, User: b.User, Email: b.Email,
		SignedIn: b.SignedIn, Issued: b.Issued, Expires: b.Expires,
	}
	if x, ok := t.(*Exchanged); ok {
		seen.Exchanged, seen.Tenant, seen.Role, seen.Region = true, x.Tenant, x.Role, x.Region
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
