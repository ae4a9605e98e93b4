package apikey

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// MaxOverlap is how long at most a key goes on after it was rolled.
const MaxOverlap = 7 * 24 * time.Hour

// Rolling is a key that is to take the place of another.
type Rolling struct {
	Old     tenant.KeyID
	ID      tenant.KeyID  // of the new key; zero: a fresh one
	Overlap time.Duration // how long the old key goes on: 0, which is not at all, to MaxOverlap
}

// Roll makes a key with the scopes and the length of life of an old one, and sets the old one's
// end. No end is ever moved to a later time. The SecretKey is its only copy.
//
// A key is rolled once: ErrAPIKeyRolled while the key that took its place is live. ErrAPIKeyEnded
// if the old key was revoked or has expired; ErrNoAPIKey if there is none of this id, or it is
// another tenant's; ErrInvalid for another overlap; and the errors of Create.
func (k *Store) Roll(ctx context.Context, by Maker, r Rolling) (Key, SecretKey, error) {
	if r.Overlap < 0 || r.Overlap > MaxOverlap {
		return Key{}, SecretKey{}, tenant.Invalid("API key overlap")
	}
	key, secret := k.begun(by, r.ID)
	var old Key
	err := k.db.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
		others, err := k.admit(ctx, tx, by, &key)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(others, func(o Key) bool { return o.ID == r.Old })
		if at < 0 {
			return tenant.ErrNoAPIKey
		}
		old = others[at]
		life, err := rollable(old, others, key.Created)
		if err != nil {
			return err
		}
		key.Role, key.Scopes = old.Role, old.Scopes
		if life > 0 {
			key.Expires = key.Created.Add(life)
		}
		if end := key.Created.Add(r.Overlap); old.Expires.IsZero() || end.Before(old.Expires) {
			old.Expires = end
		}
		old.Successor, old.Former = key.ID, Former{}
		others[at] = old
		if err := k.add(tx, key, others); err != nil {
			return err
		}
		return tx.Update(k.doc(old.ID), withoutFormer(
			firestore.Update{Path: "expires", Value: old.Expires},
			firestore.Update{Path: "successor", Value: old.Successor.String()}))
	})
	if err != nil {
		return Key{}, SecretKey{}, storeError(err)
	}
	k.remember(old)
	k.remember(key)
	return key, secret, nil
}

// rollable returns how long the key that takes an old one's place lives; 0: it does not end by
// itself. A key whose successor has ended may be rolled again, for the life that the successor had.
func rollable(old Key, others []Key, now time.Time) (life time.Duration, err error) {
	if !old.Live(now) {
		return 0, tenant.ErrAPIKeyEnded
	}
	settings := old
	if i := slices.IndexFunc(others, func(o Key) bool { return o.ID == old.Successor }); i >= 0 {
		if settings = others[i]; settings.Live(now) {
			return 0, tenant.ErrAPIKeyRolled
		}
	}
	if settings.Expires.IsZero() {
		return 0, nil
	}
	return settings.Expires.Sub(settings.Created), nil
}
