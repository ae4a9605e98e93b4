package apikey

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/recordcache"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Store keeps the tenants' API keys in the control plane's database, and remembers those it has
// read. What another process wrote is seen within 5 s, what this one wrote at once. It takes
// tenants' ids and asks nobody's permission: package tenancy does that before.
type Store struct {
	db      *firestore.Client
	now     func() time.Time
	records *recordcache.Cache[tenant.KeyID, Key]
	writes  atomic.Uint64 // counts this process's writes: each ends the verdicts reached before it
}

// NewStore returns a store in the database "platform".
func NewStore(db *firestore.Client, now func() time.Time) *Store {
	k := &Store{db: db, now: now}
	k.records = recordcache.New(now, k.read)
	return k
}

// errKey is one for a key that does not exist, has another secret, was revoked or has expired: who
// holds it learns not which.
var errKey = tenant.Unauthenticated("API key")

// Verify returns the key that s is: errAPIKey unless it is live and its secret is right,
// ErrUnavailable.
func (k *Store) Verify(ctx context.Context, s string) (Key, error) {
	held, err := ParseSecretKey(s)
	if err != nil {
		return Key{}, errKey
	}
	key, err := k.live(ctx, held.id)
	if err != nil {
		return Key{}, err
	}
	if !held.opens(key.digest) {
		return Key{}, errKey
	}
	return key, nil
}

// live returns the key of this id: errAPIKey unless it is live, ErrUnavailable.
func (k *Store) live(ctx context.Context, id tenant.KeyID) (Key, error) {
	key, err := k.records.Get(ctx, id)
	switch {
	case errors.Is(err, recordcache.ErrAbsent):
		return Key{}, errKey
	case err != nil:
		return Key{}, err
	case !key.Live(k.now()):
		return Key{}, errKey
	}
	return key, nil
}

// Check returns errAPIKey unless the key is live and is still that tenant's, with those scopes;
// ErrUnavailable.
func (k *Store) Check(ctx context.Context, id tenant.KeyID, t tenant.ID, s tenant.Scopes) error {
	key, err := k.live(ctx, id)
	if err != nil {
		return err
	}
	if key.Tenant != t || key.Scopes != s {
		return errKey
	}
	return nil
}

// Of returns a key of the tenant, live or not. It reads past the memory. ErrNoAPIKey if there is
// none of this id, or it is another tenant's; ErrUnavailable.
func (k *Store) Of(ctx context.Context, t tenant.ID, id tenant.KeyID) (Key, error) {
	if id.IsZero() {
		return Key{}, tenant.ErrNoAPIKey
	}
	key, err := k.read(ctx, id)
	switch {
	case errors.Is(err, recordcache.ErrAbsent):
		return Key{}, tenant.ErrNoAPIKey
	case err != nil:
		return Key{}, err
	case key.Tenant != t:
		return Key{}, tenant.ErrNoAPIKey
	}
	return key, nil
}

// Changes counts the writes of this process. A verdict reached at one count may not hold at the
// next.
func (k *Store) Changes() uint64 { return k.writes.Load() }

// List returns the keys of a tenant, newest first, those that have ended included: at most
// 2*MaxAPIKeys. It reads past the memory. ErrUnavailable.
func (k *Store) List(ctx context.Context, t tenant.ID) ([]Key, error) {
	docs, err := k.of(t).Documents(ctx).GetAll()
	if err != nil {
		return nil, tenant.Unavailable("API keys", err)
	}
	keys := keysOf(ctx, docs)
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return keys, nil
}

func (k *Store) doc(id tenant.KeyID) *firestore.DocumentRef {
	return k.db.Collection(collection).Doc(id.String())
}

const collection = "apikeys"

// of returns the query for all keys of a tenant.
func (k *Store) of(t tenant.ID) firestore.Query { return within(k.db, t) }

func within(db *firestore.Client, t tenant.ID) firestore.Query {
	return db.Collection(collection).Where("tenant", "==", t.String())
}

func (k *Store) read(ctx context.Context, id tenant.KeyID) (Key, error) {
	doc, err := k.doc(id).Get(ctx)
	if err != nil {
		return Key{}, recordcache.ReadError(err)
	}
	key, err := keyOf(doc)
	return key, recordcache.ReadError(err)
}

// Len returns how many keys, and how many absences, are remembered.
func (k *Store) Len() (records, absent int) { return k.records.Len() }
