package apikey

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// record is how an APIKey is stored, in apikeys/<key id>. Of the secret it holds the digest.
//
// It has scopes. One that an earlier version made has a role instead, which stands for all scopes
// of that role. No record has both: a version that knows no scopes refuses what it cannot narrow.
type record struct {
	Tenant  string    `firestore:"tenant"`
	Scopes  []string  `firestore:"scopes,omitempty"`
	Digest  []byte    `firestore:"digest"`
	Created time.Time `firestore:"created"`
	Creator string    `firestore:"creator"`
	Expires time.Time `firestore:"expires"` // zero: never
	Revoked time.Time `firestore:"revoked"` // zero: not revoked

	Successor string `firestore:"successor,omitempty"` // the key that took its place
}

// formerRecord is a record with the members that earlier versions wrote too.
type formerRecord struct {
	record
	Role         string `firestore:"role"`
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
		Scopes:  k.Scopes.Names(),
		Digest:  k.digest,
		Created: k.Created,
		Creator: k.Creator.String(),
		Expires: k.Expires,
		Revoked: k.Revoked,

		Successor: k.Successor.String(),
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
	if k.Scopes, err = r.scopes(); err != nil {
		return unreadable("role or scopes")
	}
	k.Role = k.Scopes.Role()
	if r.Successor != "" {
		if k.Successor, err = tenant.ParseKeyID(r.Successor); err != nil {
			return unreadable("successor")
		}
	}
	if k.Creator, err = tenant.ParseUserID(r.Creator); err != nil {
		return unreadable("creator")
	}
	if err := k.validate(); err != nil {
		return unreadable("values")
	}
	return k, nil
}

// scopes is what the key may do: nothing for a role that administers. tenant.ErrInvalid for a scope
// or a role that is unknown, and for a record with both or neither.
func (r formerRecord) scopes() (tenant.Scopes, error) {
	if r.Role == "" {
		return tenant.ParseScopes(r.Scopes)
	}
	role, err := tenant.ParseRole(r.Role)
	if err != nil || len(r.Scopes) != 0 {
		return 0, tenant.Invalid("API key role")
	}
	return role.Scopes(), nil
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
