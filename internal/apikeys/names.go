package apikeys

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/keyuses"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// The control plane is in one region and holds no tenant's content. So of an API key it has
// identifiers alone. What people have written, the key's name and the address of its maker, stands
// in the tenant's own database, in a document named like the key. It is written before the key: a
// crash between the two leaves a name that is no key's. Nobody is shown one, and the next key that
// is made removes it.

// orphanAge is how old a name must be before it is taken for no key's: its key may be on its way.
const orphanAge = time.Hour

// orphansAtOnce bounds how many names are looked at for that: more than the keys that are listed.
const orphansAtOnce = 4 * tenancy.MaxAPIKeys

// keyName is what a tenant's database says of an API key.
type keyName struct {
	Name    string    `firestore:"name"`
	Email   string    `firestore:"email"` // the maker's, as it was then
	Created time.Time `firestore:"created,serverTimestamp"`
}

// keyID is the id of the key that a request makes: of a fresh one without a token, and the same for
// each repeat of one. It is the tenant's own, so that no tenant's token is in the way of another's.
func keyID(t tenant.ID, once string) (tenant.KeyID, error) {
	if once == "" {
		return tenant.NewKeyID(), nil
	}
	sum := sha256.Sum256([]byte("API key\x00" + t.String() + "\x00" + once))
	return tenant.ParseKeyID(strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:tenant.KeyIDLength]))
}

func nameOf(g vending.Grant, id tenant.KeyID) *firestore.DocumentRef {
	return g.Database().Collection(location.KeyNames).Doc(id.String())
}

// writeName writes what a key that is to be made is called. tenant.ErrAPIKeyExists if it has been
// made already: then its name stays as it is.
func (s *Service) writeName(ctx context.Context, g vending.Grant, id tenant.KeyID, name string) error {
	doc := keyName{Name: name, Email: g.Principal().Email()}
	_, err := nameOf(g, id).Create(ctx, doc)
	if status.Code(err) == codes.AlreadyExists { // of this key, or of an attempt that ended half-way
		keys, err := s.authenticator.APIKeys().List(ctx, g.Principal())
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.ID == id {
				return tenant.ErrAPIKeyExists
			}
		}
		_, err = nameOf(g, id).Set(ctx, doc)
		return written(err)
	}
	return written(err)
}

func written(err error) error {
	if err == nil {
		return nil
	}
	return unavailable("name of an API key", err)
}

func refsOf(g vending.Grant, keys []tenancy.APIKey) []*firestore.DocumentRef {
	refs := make([]*firestore.DocumentRef, len(keys))
	for i, k := range keys {
		refs[i] = nameOf(g, k.ID)
	}
	return refs
}

func idsOf(keys []tenancy.APIKey) []tenant.KeyID {
	ids := make([]tenant.KeyID, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	return ids
}

// named adds to keys what the tenant's database says of each.
func (s *Service) named(ctx context.Context, g vending.Grant, keys []tenancy.APIKey) ([]Key, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	docs, err := g.Database().GetAll(ctx, refsOf(g, keys))
	if err != nil {
		return nil, unavailable("names of API keys", err)
	}
	uses, err := keyuses.Of(ctx, g, idsOf(keys))
	if err != nil {
		return nil, unavailable("uses of API keys", err)
	}
	all := make([]Key, len(keys))
	for i, k := range keys {
		all[i] = Key{APIKey: k, Name: k.ID.String(), LastUse: uses[k.ID]}
		switch n, err := keyNameIn(docs[i]); {
		case document.Skipped(ctx, err):
		case err != nil:
			return nil, err
		case n.Name != "":
			all[i].Name, all[i].CreatorEmail = n.Name, n.Email
		case k.Former.Name != "":
			all[i].Name, all[i].CreatorEmail = k.Former.Name, k.Former.Email
		}
		s.move(ctx, g, k)
	}
	return all, nil
}

// keyNameIn parses a name; the zero keyName if there is none. The error is a *document.Unreadable.
func keyNameIn(doc *firestore.DocumentSnapshot) (keyName, error) {
	if !doc.Exists() {
		return keyName{}, nil
	}
	var n keyName
	if err := doc.DataTo(&n); err != nil || !tenant.IsName(n.Name) {
		return keyName{}, &document.Unreadable{Collection: location.KeyNames, ID: doc.Ref.ID, Fault: "name"}
	}
	return n, nil
}

// move moves what an earlier version kept of a key in the control plane to the tenant's database.
// Where that fails, the next list does it.
func (s *Service) move(ctx context.Context, g vending.Grant, k tenancy.APIKey) {
	if k.Former == (tenancy.FormerAPIKey{}) {
		return
	}
	_, err := nameOf(g, k.ID).Create(ctx, keyName{Name: k.Former.Name, Email: k.Former.Email})
	if err == nil || status.Code(err) == codes.AlreadyExists {
		err = s.authenticator.APIKeys().Forget(ctx, g.Principal(), k.ID)
	}
	if err != nil {
		s.log.WarnContext(ctx, "the name of an API key is still in the control plane",
			"tenant", g.Tenant().String(), "key", k.ID.String(), "error", err)
	}
}

// sweepNames removes the names, and the notes of uses, that are no key's any more: of attempts that
// ended half-way, and of keys that ended so long ago that they are forgotten. Where that fails, the
// next key that is made does it.
func (s *Service) sweepNames(ctx context.Context, g vending.Grant) {
	if err := s.trySweepNames(ctx, g); err != nil {
		s.log.InfoContext(ctx, "names of API keys not swept", "tenant", g.Tenant().String(), "error", err)
	}
}

func (s *Service) trySweepNames(ctx context.Context, g vending.Grant) error {
	docs, err := g.Database().Collection(location.KeyNames).
		Where("created", "<", g.Now().Add(-orphanAge)).OrderBy("created", firestore.Asc).
		Limit(orphansAtOnce).Documents(ctx).GetAll()
	if err != nil || len(docs) == 0 {
		return err
	}
	keys, err := s.authenticator.APIKeys().List(ctx, g.Principal()) // after the names: the key of each that has one is there
	if err != nil {
		return err
	}
	living := make(map[string]bool, len(keys))
	for _, k := range keys {
		living[k.ID.String()] = true
	}
	var faults []error
	for _, doc := range docs {
		if living[doc.Ref.ID] {
			continue
		}
		if err := forgetKey(ctx, g, doc.Ref); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", doc.Ref.ID, err))
		}
	}
	return errors.Join(faults...)
}

// forgetKey removes what the tenant's database has of a key that is no more, its name last: by that
// it is found again if this fails.
func forgetKey(ctx context.Context, g vending.Grant, name *firestore.DocumentRef) error {
	if id, err := tenant.ParseKeyID(name.ID); err == nil {
		if err := keyuses.Forget(ctx, g, id); err != nil {
			return err
		}
	}
	_, err := name.Delete(ctx)
	return err
}
