package apikey

import (
	"context"
	"errors"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Maker is the person who makes a key, and the tenant that it is made for.
type Maker struct {
	Tenant tenant.ID
	User   tenant.UserID

	// Standing returns an error if the maker's tenant, or the maker, has been revoked, else the
	// time up to which the tenant's tokens and keys are dead. It reads in the transaction that
	// makes the key.
	Standing func(*firestore.Transaction) (time.Time, error)
}

// Create makes a key of the tenant. The SecretKey is its only copy. ErrInvalid, ErrAPIKeyExists if
// there is a key of that id, ErrTooManyAPIKeys if the tenant has MaxAPIKeys live ones, what
// Standing says of the maker, ErrUnavailable.
//
// The transaction reads the revocations that would concern the key. So whoever revokes the tenant
// meanwhile either finds the key and ends it, or makes this transaction run again and end with an
// error.
func (k *Store) Create(ctx context.Context, by Maker, n Draft) (Key, SecretKey, error) {
	if err := n.Validate(); err != nil {
		return Key{}, SecretKey{}, err
	}
	key, secret := k.begun(by, n.ID)
	key.Scopes = n.Granted()
	key.Role = key.Scopes.Role()
	err := k.db.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
		others, err := k.admit(ctx, tx, by, &key)
		if err != nil {
			return err
		}
		if n.Days > 0 {
			key.Expires = key.Created.Add(time.Duration(n.Days) * day)
		}
		return k.add(tx, key, others)
	})
	if err != nil {
		return Key{}, SecretKey{}, storeError(err)
	}
	k.remember(key)
	return key, secret, nil
}

// begun returns a key with a secret and neither scopes nor an end. The zero id stands for a fresh
// one.
func (k *Store) begun(by Maker, id tenant.KeyID) (Key, SecretKey) {
	secret := newSecretKey(id)
	digest := secret.digest()
	return Key{
		ID:      secret.ID(),
		Tenant:  by.Tenant,
		Created: k.now().UTC().Truncate(time.Microsecond), // as the database keeps it
		Creator: by.User,
		digest:  digest[:],
	}, secret
}

// admit reads what may forbid the key, in the transaction that makes it, and sets when the key
// begins. It returns the tenant's other keys.
func (k *Store) admit(ctx context.Context, tx *firestore.Transaction, by Maker, key *Key) ([]Key, error) {
	dead, err := by.Standing(tx)
	if err != nil {
		return nil, err
	}
	// The revocation is by the database's clock. Where ours is behind it, the key would begin
	// before the tenant was revoked, and be dead with the older ones.
	if !key.Created.After(dead) {
		key.Created = dead.UTC().Truncate(time.Microsecond).Add(time.Microsecond)
	}
	docs, err := tx.Documents(k.of(key.Tenant)).GetAll()
	if err != nil {
		return nil, err
	}
	for _, doc := range docs {
		if doc.Ref.ID == key.ID.String() {
			return nil, tenant.ErrAPIKeyExists
		}
	}
	return keysOf(ctx, docs), nil
}

// add writes a key beside the tenant's others, and forgets of these what ended long ago.
func (k *Store) add(tx *firestore.Transaction, key Key, others []Key) error {
	ended := func(o Key) bool { return !o.Live(key.Created) }
	if live := slices.DeleteFunc(slices.Clone(others), ended); len(live) >= MaxKeys {
		return tenant.ErrTooManyAPIKeys
	}
	for _, old := range forgettable(others, key.Created) {
		if err := tx.Delete(k.doc(old.ID)); err != nil {
			return err
		}
	}
	return tx.Create(k.doc(key.ID), key.record()) // fails if the id was ever given out
}

// forgettable are the keys that ended first, so that no more than MaxAPIKeys of those that have are
// kept. What is not there is refused as what was revoked is.
func forgettable(keys []Key, now time.Time) []Key {
	ended := slices.DeleteFunc(slices.Clone(keys), func(k Key) bool { return k.Live(now) })
	slices.SortFunc(ended, func(a, b Key) int { return b.ended(now).Compare(a.ended(now)) })
	return ended[min(len(ended), MaxKeys):]
}

// Revoke ends a key of the tenant for good: at once in this process, within 5 s in every other.
// Revoking it again changes nothing. ErrNoAPIKey if there is none of this id, or it is another
// tenant's; ErrUnavailable.
func (k *Store) Revoke(ctx context.Context, t tenant.ID, id tenant.KeyID) (Key, error) {
	if id.IsZero() {
		return Key{}, tenant.ErrNoAPIKey
	}
	var key Key
	err := k.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		var err error
		if key, err = k.own(tx, t, id); err != nil {
			return err
		}
		if !key.Revoked.IsZero() {
			return nil
		}
		key.Revoked, key.Former = k.now().UTC(), Former{}
		return tx.Update(k.doc(id), revokedAt(key.Revoked))
	})
	if err != nil {
		return Key{}, storeError(err)
	}
	k.remember(key)
	return key, nil
}

// RevokeAll ends all live keys of a tenant, as part of a transaction that has written nothing yet.
func RevokeAll(tx *firestore.Transaction, db *firestore.Client, t tenant.ID, now time.Time) error {
	docs, err := tx.Documents(within(db, t)).GetAll()
	if err != nil {
		return err
	}
	for _, doc := range docs {
		// What cannot be read is ended too: a later version may be able to.
		if key, err := keyOf(doc); err == nil && !key.Live(now) {
			continue
		}
		if err := tx.Update(doc.Ref, revokedAt(now)); err != nil {
			return err
		}
	}
	return nil
}

func revokedAt(t time.Time) []firestore.Update {
	return withoutFormer(firestore.Update{Path: "revoked", Value: t})
}

// Forget takes out of the control plane what earlier versions kept there of a key of the tenant:
// see Former. ErrNoAPIKey as Revoke, ErrUnavailable.
func (k *Store) Forget(ctx context.Context, t tenant.ID, id tenant.KeyID) error {
	err := k.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		if _, err := k.own(tx, t, id); err != nil {
			return err
		}
		return tx.Update(k.doc(id), withoutFormer())
	})
	if err != nil {
		return storeError(err)
	}
	return nil
}

// own reads a key in a transaction. ErrNoAPIKey if there is none of this id, or it is another
// tenant's.
func (k *Store) own(tx *firestore.Transaction, t tenant.ID, id tenant.KeyID) (Key, error) {
	doc, err := tx.Get(k.doc(id))
	if status.Code(err) == codes.NotFound {
		return Key{}, tenant.ErrNoAPIKey
	}
	if err != nil {
		return Key{}, err
	}
	key, err := keyOf(doc)
	if err != nil {
		return Key{}, err
	}
	if key.Tenant != t {
		return Key{}, tenant.ErrNoAPIKey
	}
	return key, nil
}

// remember makes this process see its own write at once.
func (k *Store) remember(key Key) {
	k.records.Put(key.ID, key)
	k.writes.Add(1)
}

func storeError(err error) error {
	for _, known := range []error{
		tenant.ErrNoAPIKey, tenant.ErrAPIKeyExists, tenant.ErrTooManyAPIKeys, tenant.ErrAPIKeyRolled, tenant.ErrAPIKeyEnded,
		tenant.ErrUnauthenticated,
	} {
		if errors.Is(err, known) {
			return err
		}
	}
	if status.Code(err) == codes.AlreadyExists {
		return tenant.ErrAPIKeyExists
	}
	return tenant.Unavailable("API keys", err)
}
