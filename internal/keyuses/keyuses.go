package keyuses

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/location"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

const (
	// addressEvery is how often a change of the address is noted at most.
	addressEvery = time.Hour
	// again is when a note that could not be written is tried again.
	again = time.Minute

	maxAddress = 64 // bytes
)

// Use is the last noted use of an API key. The zero Use is none.
type Use struct {
	At      time.Time `firestore:"at"` // to the day: later uses of the same day are not noted
	Address string    `firestore:"address"`
}

// due reports whether a use from the address is to be noted after u.
func (u Use) due(now time.Time, address string) bool {
	since := now.Sub(u.At)
	return u.At.UTC().Format(time.DateOnly) != now.UTC().Format(time.DateOnly) ||
		address != u.Address && (since >= addressEvery || since < 0)
}

// lately is what this process knows of a key's note.
type lately struct {
	use     Use
	waiting time.Time // nothing is tried before
}

// noted spares a key that is used all the time a look at its note.
var noted = vending.NewMemory[tenant.KeyID, lately]("uses of API keys", vending.MemoryOptions{
	Entries: 256, Life: 24 * time.Hour,
})

// Note notes that the API key of the grant is in use from the address, if that is due. It does
// nothing for a caller who is no key. An error says that it is not noted, and is tried again a
// minute later.
func Note(ctx context.Context, g vending.Grant, address string) error {
	id := g.Principal().Key()
	if id.IsZero() {
		return nil
	}
	if len(address) > maxAddress {
		address = ""
	}
	now, memory := g.Now(), noted.Of(g)
	known, _, err := memory.Get(ctx, id)
	if err != nil || now.Before(known.waiting) || !known.use.due(now, address) {
		return err
	}
	known.waiting = now.Add(again) // for whoever comes meanwhile, and if this fails
	if err := memory.Put(ctx, id, known); err != nil {
		return err
	}
	use, err := note(ctx, g, id, Use{document.Time(now), address})
	if err != nil {
		return err
	}
	return memory.Put(ctx, id, lately{use: use})
}

// note writes the use unless another process has noted one that makes it needless. It returns what
// stands in the database then.
func note(ctx context.Context, g vending.Grant, id tenant.KeyID, use Use) (Use, error) {
	ref := refOf(g, id)
	doc, err := ref.Get(ctx)
	switch {
	case status.Code(err) == codes.NotFound:
		_, err = ref.Create(ctx, use)
	case err != nil:
	default:
		if known, err := useIn(doc); err == nil && !known.due(use.At, use.Address) {
			return known, nil
		}
		_, err = ref.Update(ctx, []firestore.Update{
			{Path: "at", Value: use.At}, {Path: "address", Value: use.Address},
		}, firestore.LastUpdateTime(doc.UpdateTime))
	}
	switch status.Code(err) {
	case codes.OK, codes.AlreadyExists, codes.FailedPrecondition: // another process was quicker
		return use, nil
	}
	return Use{}, fmt.Errorf("keyuses: note: %w", err)
}

// Of returns the last noted use of each key of the grant's tenant. A key without a note, or with
// one that cannot be read, is not in the map. The errors are those of the database.
func Of(ctx context.Context, g vending.Grant, ids []tenant.KeyID) (map[tenant.KeyID]Use, error) {
	refs := make([]*firestore.DocumentRef, len(ids))
	for i, id := range ids {
		refs[i] = refOf(g, id)
	}
	docs, err := g.Database().GetAll(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("keyuses: read: %w", err)
	}
	uses := make(map[tenant.KeyID]Use, len(ids))
	for i, doc := range docs {
		if !doc.Exists() {
			continue
		}
		use, err := useIn(doc)
		if document.Skipped(ctx, err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		uses[ids[i]] = use
	}
	return uses, nil
}

// Forget removes the note of a key that is no more.
func Forget(ctx context.Context, g vending.Grant, id tenant.KeyID) error {
	if _, err := refOf(g, id).Delete(ctx); err != nil {
		return fmt.Errorf("keyuses: forget: %w", err)
	}
	return nil
}

func refOf(g vending.Grant, id tenant.KeyID) *firestore.DocumentRef {
	return g.Database().Collection(location.KeyUses).Doc(id.String())
}

// useIn parses a note. The error is a *document.Unreadable.
func useIn(doc *firestore.DocumentSnapshot) (Use, error) {
	var u Use
	if err := doc.DataTo(&u); err != nil || u.At.IsZero() || len(u.Address) > maxAddress {
		return Use{}, &document.Unreadable{Collection: location.KeyUses, ID: doc.Ref.ID, Fault: "form"}
	}
	return u, nil
}
