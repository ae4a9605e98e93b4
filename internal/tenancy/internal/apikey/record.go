package apikey

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// record is how an APIKey is stored, in apikeys/<key id>. Of the secret it holds the digest.
type record struct {
	Tenant  string    `firestore:"tenant"`
	Role    string    `firestore:"role"`
	Digest  []byte    `firestore:"digest"`
	Created time.Time `firestore:"created"`
	Creator string    `firestore:"creator"`
	Expires time.Time `firestore:"expires"` // zero: never
	Revoked time.Time `firestore:"revoked"` // zero: not revoked
}

// formerRecord is a record with the members that earlier versions wrote too.
type formerRecord struct {
	record
	Name         string `firestore:"name"`
	CreatorEmail string `firestore:"creatorEmail"`
}

// withoutFormer are the changes that take those members out of a record. Every rewrite of a record
// makes them.
func withoutFormer(more ...firestore.Update) []firestore.Update {
	return append(more,
		firestore.Update{Path: "name", Value: firestore.Delete},
		firestore.Update{Path: "creatorEmail", Value: firestore.Delete})
}

func (k Key) record() record {
	return record{
		Tenant:  k.Tenant.String(),
		Role:    k.Role.String(),
		Digest:  k.digest,
		Created: k.Created,
		Creator: k.Creator.String(),
		Expires: k.Expires,
		Revoked: k.Revoked,
	}
}

// keyOf parses a stored record as strictly as any input. The error is a *document.Unreadable.
func keyOf(doc *firestore.DocumentSnapshot) (Key, error) {
	unreadable := func(fault string) (Key, error) {
		return Key{}, &document.Unreadable{Collection: collection, ID: doc.Ref.ID, Fault: fault}
	}
	var r formerRecord
	if err := doc.DataTo(&r); err != nil {
		return unreadable("form")
	}
	k := Key{
		Created: r.Created,
		Expires: r.Expires,
		Revoked: r.Revoked,
		Former:  Former{r.Name, r.CreatorEmail},
		digest:  r.Digest,
	}
	var err error
	if k.ID, err = tenant.ParseKeyID(doc.Ref.ID); err != nil {
		return unreadable("id")
	}
	if k.Tenant, err = tenant.ParseID(r.Tenant); err != nil {
		return unreadable("tenant")
	}
	if k.Role, err = tenant.ParseRole(r.Role); err != nil {
		return unreadable("role")
	}
	if k.Creator, err = tenant.ParseUserID(r.Creator); err != nil {
		return unreadable("creator")
	}
	if err := k.validate(); err != nil {
		return unreadable("values")
	}
	return k, nil
}

// keysOf parses stored records. One that cannot be read is reported and left out: it is good for
// nobody, and must not take the tenant's others with it.
func keysOf(ctx context.Context, docs []*firestore.DocumentSnapshot) []Key {
	keys := make([]Key, 0, len(docs))
	for _, doc := range docs {
		key, err := keyOf(doc)
		if document.Skipped(ctx, err) {
			continue
		}
		keys = append(keys, key)
	}
	return keys
}
