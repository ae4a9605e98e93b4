package apikey

import (
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// record is how an APIKey is stored, in apikeys/<key id>. Of the secret it holds the digest.
type record struct {
	Tenant       string    `firestore:"tenant"`
	Name         string    `firestore:"name"`
	Role         string    `firestore:"role"`
	Digest       []byte    `firestore:"digest"`
	Created      time.Time `firestore:"created"`
	Creator      string    `firestore:"creator"`
	CreatorEmail string    `firestore:"creatorEmail"`
	Expires      time.Time `firestore:"expires"` // zero: never
	Revoked      time.Time `firestore:"revoked"` // zero: not revoked
}

func (k Key) record() record {
	return record{
		Tenant:       k.Tenant.String(),
		Name:         k.Name,
		Role:         k.Role.String(),
		Digest:       k.digest,
		Created:      k.Created,
		Creator:      k.Creator.String(),
		CreatorEmail: k.CreatorEmail,
		Expires:      k.Expires,
		Revoked:      k.Revoked,
	}
}

// keyOf parses a stored record as strictly as any input.
func keyOf(doc *firestore.DocumentSnapshot) (Key, error) {
	var r record
	if err := doc.DataTo(&r); err != nil {
		return Key{}, fmt.Errorf("API key record: %w", err)
	}
	k := Key{
		Name:         r.Name,
		Created:      r.Created,
		CreatorEmail: r.CreatorEmail,
		Expires:      r.Expires,
		Revoked:      r.Revoked,
		digest:       r.Digest,
	}
	var err error
	if k.ID, err = tenant.ParseKeyID(doc.Ref.ID); err != nil {
		return Key{}, fmt.Errorf("API key record: %w", err)
	}
	if k.Tenant, err = tenant.ParseID(r.Tenant); err != nil {
		return Key{}, fmt.Errorf("API key record %s: %w", k.ID, err)
	}
	if k.Role, err = tenant.ParseRole(r.Role); err != nil {
		return Key{}, fmt.Errorf("API key record %s: %w", k.ID, err)
	}
	if k.Creator, err = tenant.ParseUserID(r.Creator); err != nil {
		return Key{}, fmt.Errorf("API key record %s: %w", k.ID, err)
	}
	if err := k.validate(); err != nil {
		return Key{}, fmt.Errorf("API key record %s: %w", k.ID, err)
	}
	return k, nil
}

func keysOf(docs []*firestore.DocumentSnapshot) ([]Key, error) {
	keys := make([]Key, len(docs))
	for i, doc := range docs {
		var err error
		if keys[i], err = keyOf(doc); err != nil {
			return nil, err
		}
	}
	return keys, nil
}
