package tenancy

import (
	"context"
	"errors"
	"slices"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// apiKeyMaker is the person who makes a key, and the tenant that it is made for.
type apiKeyMaker struct {
	Tenant ID
	User   UserID
	Email  string
}

// create makes a key of the tenant. The SecretKey is its only copy. ErrInvalid, ErrTooManyAPIKeys if the tenant has
// MaxAPIKeys live ones, ErrUnavailable.
func (k *apiKeyStore) create(ctx context.Context, by apiKeyMaker, n NewAPIKey) (APIKey, SecretKey, error) {
	if err := n.validate(); err != nil {
		return APIKey{}, SecretKey{}, err
	}
	secret := newSecretKey()
	digest := secret.digest()
	key := APIKey{
		ID:           secret.ID(),
		Tenant:       by.Tenant,
		Name:         n.Name,
		Role:         n.Role,
		Created:      k.now().UTC().Truncate(time.Microsecond), // as the database keeps it
		Creator:      by.User,
		CreatorEmail: by.Email,
		digest:       digest[:],
	}
	if n.Days > 0 {
		key.Expires = key.Created.Add(time.Duration(n.Days) * day)
	}
	err := k.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		docs, err := tx.Documents(k.of(key.Tenant)).GetAll()
		if err != nil {
			return err
		}
		others, err := apiKeysOf(docs)
		if err != nil {
			return err
		}
		ended := func(o APIKey) bool { return !o.Live(key.Created) }
		if live := slices.DeleteFunc(slices.Clone(others), ended); len(live) >= MaxAPIKeys {
			return ErrTooManyAPIKeys
		}
		for _, old := range forgettable(others, key.Created) {
			if err := tx.Delete(k.doc(old.ID)); err != nil {
				return err
			}
		}
		return tx.Create(k.doc(key.ID), key.record()) // fails if the id was ever given out
	})
	if err != nil {
		return APIKey{}, SecretKey{}, apiKeyError(err)
	}
	k.remember(key)
	return key, secret, nil
}

// forgettable are the keys that ended first, so that no more than MaxAPIKeys of those that have are kept. What is not
// there is refused as what was revoked is.
func forgettable(keys []APIKey, now time.Time) []APIKey {
	ended := slices.DeleteFunc(slices.Clone(keys), func(k APIKey) bool { return k.Live(now) })
	slices.SortFunc(ended, func(a, b APIKey) int { return b.ended(now).Compare(a.ended(now)) })
	return ended[min(len(ended), MaxAPIKeys):]
}

// revoke ends a key of the tenant for good: at once in this process, within 5 s in every other. Revoking it again changes
// nothing. ErrNoAPIKey if there is none of this id, or it is another tenant's; ErrUnavailable.
func (k *apiKeyStore) revoke(ctx context.Context, t ID, id KeyID) (APIKey, error) {
	if id.IsZero() {
		return APIKey{}, ErrNoAPIKey
	}
	var key APIKey
	err := k.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		doc, err := tx.Get(k.doc(id))
		if status.Code(err) == codes.NotFound {
			return ErrNoAPIKey
		}
		if err != nil {
			return err
		}
		if key, err = apiKeyOf(doc); err != nil {
			return err
		}
		if key.Tenant != t {
			return ErrNoAPIKey
		}
		if !key.Revoked.IsZero() {
			return nil
		}
		key.Revoked = k.now().UTC()
		return tx.Update(k.doc(id), revokedAt(key.Revoked))
	})
	if err != nil {
		return APIKey{}, apiKeyError(err)
	}
	k.remember(key)
	return key, nil
}

// revokeAPIKeys ends all live keys of a tenant, as part of a transaction that has read nothing yet.
func revokeAPIKeys(tx *firestore.Transaction, db *firestore.Client, t ID, now time.Time) error {
	docs, err := tx.Documents(apiKeysWithin(db, t)).GetAll()
	if err != nil {
		return err
	}
	keys, err := apiKeysOf(docs)
	if err != nil {
		return err
	}
	for i, key := range keys {
		if !key.Live(now) {
			continue
		}
		if err := tx.Update(docs[i].Ref, revokedAt(now)); err != nil {
			return err
		}
	}
	return nil
}

func revokedAt(t time.Time) []firestore.Update {
	return []firestore.Update{{Path: "revoked", Value: t}}
}

// remember makes this process see its own write at once.
func (k *apiKeyStore) remember(key APIKey) {
	k.records.put(key.ID, key)
	k.writes.Add(1)
}

func apiKeyError(err error) error {
	for _, known := range []error{ErrNoAPIKey, ErrTooManyAPIKeys} {
		if errors.Is(err, known) {
			return err
		}
	}
	return unavailable("API keys", err)
}
