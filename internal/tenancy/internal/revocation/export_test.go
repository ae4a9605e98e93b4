package revocation

import (
	"context"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// ReadBy makes the feed poll by read, and not its database.
func (r *Feed) ReadBy(read func(context.Context) ([]Revocation, error)) {
	r.read = func(ctx context.Context, _ time.Time) (map[subject]time.Time, error) {
		found, err := read(ctx)
		revoked := map[subject]time.Time{}
		for _, f := range found {
			revoked[f.subject()] = f.Before
		}
		return revoked, err
	}
}

// Polled makes the feed believe that a poll succeeded now and found these.
func (r *Feed) Polled(found ...Revocation) {
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
	Tenant  tenant.ID
	User    tenant.UserID
	Session int64
	Before  time.Time
}

func (r Revocation) subject() subject { return subject{r.Tenant, r.User, r.Session} }

// Held is how many revocations are in memory.
func (r *Feed) Held() int { return len(r.before) }

// DocumentID is the name under which the feed stores a revocation.
func (r Revocation) DocumentID() string { return r.subject().documentID() }
