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

// apiKeyStore keeps the tenants' API keys in the control plane's database, and remembers those it has read. What another
// process wrote is seen within 5 s, what this one wrote at once. It takes tenants' ids and asks nobody's permission: package
// tenancy does that before.
type apiKeyStore struct {
	db      *firestore.Client
	now     func() time.Time
	records *recordCache[KeyID, APIKey]
	writes  atomic.Uint64 // counts this process's writes: each ends the verdicts reached before it
}

// newAPIKeyStore returns a store in the database "platform".
func newAPIKeyStore(db *firestore.Client, now func() time.Time) *apiKeyStore {
	k := &apiKeyStore{db: db, now: now}
	k.records = newRecordCache(now, k.read)
	return k
}

// errAPIKey is one for a key that does not exist, has another secret, was revoked or has expired: who holds it learns not
// which.
var errAPIKey = unauthenticated("API key")

// verify returns the key that s is: errAPIKey unless it is live and its secret is right, ErrUnavailable.
func (k *apiKeyStore) verify(ctx context.Context, s string) (APIKey, error) {
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
func (k *apiKeyStore) live(ctx context.Context, id KeyID) (APIKey, error) {
	key, err := k.records.get(ctx, id)
	switch {
	case errors.Is(err, errAbsent):
		return APIKey{}, errAPIKey
	case err != nil:
		return APIKey{}, err
	case !key.Live(k.now()):
		return APIKey{}, errAPIKey
	}
	return key, nil
}

// check returns errAPIKey unless the key is live and is still that tenant's, with that role; ErrUnavailable.
func (k *apiKeyStore) check(ctx context.Context, id KeyID, t ID, r Role) error {
	key, err := k.live(ctx, id)
	if err != nil {
		return err
	}
	if key.Tenant != t || key.Role != r {
		return errAPIKey
	}
	return nil
}

// changes counts the writes of this process. A verdict reached at one count may not hold at the next.
func (k *apiKeyStore) changes() uint64 { return k.writes.Load() }

// list returns the keys of a tenant, newest first, those that have ended included: at most 2*MaxAPIKeys. It reads past
// the memory. ErrUnavailable.
func (k *apiKeyStore) list(ctx context.Context, t ID) ([]APIKey, error) {
	docs, err := k.of(t).Documents(ctx).GetAll()
	if err != nil {
		return nil, unavailable("API keys", err)
	}
	keys, err := apiKeysOf(docs)
	if err != nil {
		return nil, unavailable("API keys", err)
	}
	slices.SortFunc(keys, func(a, b APIKey) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return keys, nil
}

func (k *apiKeyStore) doc(id KeyID) *firestore.DocumentRef {
	return k.db.Collection(apiKeyCollection).Doc(id.String())
}

const apiKeyCollection = "apikeys"

// of returns the query for all keys of a tenant.
func (k *apiKeyStore) of(t ID) firestore.Query { return apiKeysWithin(k.db, t) }

func apiKeysWithin(db *firestore.Client, t ID) firestore.Query {
	return db.Collection(apiKeyCollection).Where("tenant", "==", t.String())
}

func (k *apiKeyStore) read(ctx context.Context, id KeyID) (APIKey, error) {
	doc, err := k.doc(id).Get(ctx)
	if err != nil {
		return APIKey{}, readError(err)
	}
	key, err := apiKeyOf(doc)
	return key, readError(err)
}

// sizes returns how many keys, and how many absences, are remembered.
func (k *apiKeyStore) sizes() (records, absent int) { return k.records.sizes() }
