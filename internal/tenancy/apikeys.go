package tenancy

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore"
)

// APIKeys are the tenants' API keys in the control plane's database, and what this process remembers of them. What another
// process wrote is seen within 5 s, what this one wrote at once. An Authenticator has its own, and lends it to whoever
// makes and revokes keys: so none that it has revoked is let in again, however many it remembers.
type APIKeys struct {
	db      *firestore.Client
	now     func() time.Time
	records *recordCache[KeyID, APIKey]
	writes  atomic.Uint64 // of this process: each ends the verdicts that stood until then
}

func newAPIKeys(db *firestore.Client, now func() time.Time) *APIKeys {
	k := &APIKeys{db: db, now: now}
	k.records = newRecordCache(now, k.read)
	return k
}

// errAPIKey is one for a key that does not exist, has another secret, was revoked or has expired: who holds it learns not
// which.
var errAPIKey = unauthenticated("API key")

// verify returns the key that s is: errAPIKey unless it is live and its secret is right, ErrUnavailable.
func (k *APIKeys) verify(ctx context.Context, s string) (APIKey, error) {
	held, err := ParseSecretKey(s)
	if err != nil {
		return APIKey{}, errAPIKey
	}
	key, err := k.live(ctx, held.id)
	if err != nil {
		return APIKey{}, err
	}
	if !held.opens(key.digest) {
		return APIKey{}, errAPIKey
	}
	return key, nil
}

// live returns the key of this id: errAPIKey unless it is live, ErrUnavailable.
func (k *APIKeys) live(ctx context.Context, id KeyID) (APIKey, error) {
	key, err := k.records.get(ctx, id)
	switch {
	case errors.Is(err, ErrTenantDenied): // the word of the cache for "no such record"
		return APIKey{}, errAPIKey
	case err != nil:
		return APIKey{}, err
	case !key.Live(k.now()):
		return APIKey{}, errAPIKey
	}
	return key, nil
}

// stands returns errAPIKey if what p was let in by is live no more, or says something else than it did.
func (k *APIKeys) stands(ctx context.Context, p *principal) error {
	key, err := k.live(ctx, p.key)
	if err != nil {
		return err
	}
	if key.Tenant != p.tenant || key.Role != p.role {
		return errAPIKey
	}
	return nil
}

// List returns the keys of p's tenant, newest first, those that have ended included: at most 2*MaxAPIKeys. It reads past
// the memory. ErrForbidden unless p is an admin, ErrUnavailable.
func (k *APIKeys) List(ctx context.Context, p Principal) ([]APIKey, error) {
	if err := administers(p); err != nil {
		return nil, err
	}
	docs, err := k.of(p.Tenant()).Documents(ctx).GetAll()
	if err != nil {
		return nil, unavailable("API keys", err)
	}
	keys, err := apiKeysOf(docs)
	if err != nil {
		return nil, unavailable("API keys", err)
	}
	slices.SortFunc(keys, func(a, b APIKey) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID.s, b.ID.s)) })
	return keys, nil
}

// administers returns ErrForbidden unless p is a person who administers their tenant.
func administers(p Principal) error {
	if !p.Role().Includes(Admin) || p.Method() == ByAPIKey {
		return ErrForbidden
	}
	return nil
}

func (k *APIKeys) doc(id KeyID) *firestore.DocumentRef {
	return k.db.Collection(apiKeyCollection).Doc(id.String())
}

const apiKeyCollection = "apikeys"

// of are all keys of a tenant.
func (k *APIKeys) of(t ID) firestore.Query { return apiKeysWithin(k.db, t) }

func apiKeysWithin(db *firestore.Client, t ID) firestore.Query {
	return db.Collection(apiKeyCollection).Where("tenant", "==", t.String())
}

func (k *APIKeys) read(ctx context.Context, id KeyID) (APIKey, error) {
	doc, err := k.doc(id).Get(ctx)
	if err != nil {
		return APIKey{}, readError(err)
	}
	key, err := apiKeyOf(doc)
	return key, readError(err)
}
