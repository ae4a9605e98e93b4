package authpolicies

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/authpolicy"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/recordcache"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const collection = "authpolicies"

// Store reads and writes policies. A policy may be answered from memory, and is then at most 5 s
// old; a process sees its own writes at once. A policy that cannot be read is ErrUnavailable, never
// the minimum.
type Store struct {
	db       *firestore.Client
	now      func() time.Time
	policies *recordcache.Cache[tenant.ID, *authpolicy.Policy]
	changes  atomic.Uint64
}

// New returns a store over the database "platform". now is the clock; nil: time.Now.
func New(db *firestore.Client, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	s := &Store{db: db, now: now}
	s.policies = recordcache.New(now, s.read)
	s.policies.Newer = func(a, b *authpolicy.Policy) bool { return a.Version > b.Version }
	return s
}

// minimum is the policy of a tenant that has none stored. It is shared, and nobody changes it.
var minimum authpolicy.Policy

// Get returns the policy of a tenant: the minimum if nothing was ever set. The caller must not
// change it: others hold the same. ErrUnavailable.
func (s *Store) Get(ctx context.Context, id tenant.ID) (*authpolicy.Policy, error) {
	if id.IsZero() {
		return nil, tenant.Invalid("tenant id")
	}
	p, err := s.policies.Get(ctx, id)
	if errors.Is(err, recordcache.ErrAbsent) {
		return &minimum, nil
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Current is Get past the memory: for a caller who decides by the answer what to change, and for a
// page that shows it.
func (s *Store) Current(ctx context.Context, id tenant.ID) (*authpolicy.Policy, error) {
	if id.IsZero() {
		return nil, tenant.Invalid("tenant id")
	}
	p, err := s.read(ctx, id)
	switch {
	case errors.Is(err, recordcache.ErrAbsent):
		return &minimum, nil
	case err != nil:
		return nil, err
	}
	s.remember(id, p)
	return p, nil
}

// Change changes a tenant's policy, in one transaction. change is given a copy of what is stored,
// and returns what is to be stored; it may be called more than once. The version is counted here.
// If the policy has another version than the caller saw, nothing is changed: ErrStale. AnyVersion
// stands for "whatever it is", for changes that are right in any case.
//
// ErrInvalid if what is to be stored is not sound, whatever change itself returns, and
// ErrUnavailable if the answer did not arrive: then the change may have been made or not.
func (s *Store) Change(ctx context.Context, id tenant.ID, version int64,
	change func(authpolicy.Policy) (authpolicy.Policy, error),
) (*authpolicy.Policy, error) {
	if id.IsZero() {
		return nil, tenant.Invalid("tenant id")
	}
	var next authpolicy.Policy
	var refused error
	err := s.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		refused = nil
		seen, err := stored(tx.Get(s.doc(id)))
		if err != nil {
			return err
		}
		if version != AnyVersion && seen.Version != version {
			refused = tenant.ErrStale
			return refused
		}
		if next, refused = change(seen.Clone()); refused != nil {
			return refused
		}
		next.Version, next.Changed = seen.Version+1, s.now().UTC().Truncate(time.Microsecond)
		if refused = next.Validate(); refused != nil {
			return refused
		}
		return tx.Set(s.doc(id), recordOf(next))
	})
	switch {
	case refused != nil:
		return nil, refused
	case err != nil:
		return nil, tenant.Unavailable("authentication policies", err)
	}
	s.remember(id, &next)
	return &next, nil
}

// AnyVersion lets a change be based on whatever version is stored.
const AnyVersion = -1

// HoldersOf returns the tenants that have proven the domain, or had: at most a hundred. The caller
// looks at each policy for whether it still counts. ErrUnavailable.
func (s *Store) HoldersOf(ctx context.Context, domain string) ([]tenant.ID, error) {
	docs, err := s.db.Collection(collection).Where("proven", "array-contains", domain).Limit(100).Documents(ctx).GetAll()
	if err != nil {
		return nil, tenant.Unavailable("authentication policies", err)
	}
	var holders []tenant.ID
	for _, doc := range docs {
		if id, err := tenant.ParseID(doc.Ref.ID); err == nil {
			holders = append(holders, id)
		}
	}
	return holders, nil
}

// Changes counts the writes of this process. A verdict reached at one count may not hold at the
// next.
func (s *Store) Changes() uint64 { return s.changes.Load() }

func (s *Store) remember(id tenant.ID, p *authpolicy.Policy) {
	s.policies.Put(id, p)
	s.changes.Add(1)
}

func (s *Store) doc(id tenant.ID) *firestore.DocumentRef {
	return s.db.Collection(collection).Doc(id.String())
}

func (s *Store) read(ctx context.Context, id tenant.ID) (*authpolicy.Policy, error) {
	doc, err := s.doc(id).Get(ctx)
	if err != nil {
		return nil, recordcache.ReadError(err)
	}
	p, err := policyOf(doc)
	if err != nil {
		return nil, recordcache.ReadError(err)
	}
	return &p, nil
}

// stored returns the policy that a transaction has read; the minimum if there is none.
func stored(doc *firestore.DocumentSnapshot, err error) (authpolicy.Policy, error) {
	if status.Code(err) == codes.NotFound {
		return authpolicy.Policy{}, nil
	}
	if err != nil {
		return authpolicy.Policy{}, err
	}
	return policyOf(doc)
}
