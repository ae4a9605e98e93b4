package notes

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// collection holds a tenant's notes, each under its ID.
const collection = "notes"

// maxList is the greatest number of notes that List returns.
const maxList = 200

// record is a note as stored.
type record struct {
	Text    string    `firestore:"text"`
	By      string    `firestore:"by"`
	Created time.Time `firestore:"created"`
}

// Repository reads and changes the notes of the grant's tenant.
type Repository struct {
	db       vending.Database
	by       string
	readOnly bool
}

// NewRepository returns the notes that g reaches. It does no I/O.
func NewRepository(g vending.Grant) *Repository {
	return &Repository{db: g.Database(), by: g.Principal().Email(), readOnly: g.ReadOnly()}
}

// List returns the newest notes, newest first. Any role may ask.
func (r *Repository) List(ctx context.Context) ([]Note, error) {
	docs, err := r.db.Collection(collection).OrderBy("created", firestore.Desc).Limit(maxList).Documents(ctx).GetAll()
	if err != nil {
		return nil, fmt.Errorf("notes: list: %w", err)
	}
	var all []Note
	for _, d := range docs {
		id, err := ParseID(d.Ref.ID)
		if err != nil {
			return nil, err
		}
		var rec record
		if err := d.DataTo(&rec); err != nil {
			return nil, fmt.Errorf("notes: record %s: %w", id, err)
		}
		all = append(all, Note{ID: id, Text: rec.Text, By: rec.By, Created: rec.Created})
	}
	return all, nil
}

// Create keeps a note. It returns ErrForbidden for a caller who may only read, and ErrInvalid for a
// text that is no note.
func (r *Repository) Create(ctx context.Context, text string) (Note, error) {
	if r.readOnly {
		return Note{}, ErrForbidden
	}
	if err := validate(text); err != nil {
		return Note{}, err
	}
	n := Note{ID: newID(), Text: text, By: r.by, Created: time.Now().UTC().Truncate(time.Microsecond)}
	rec := record{Text: n.Text, By: n.By, Created: n.Created}
	if _, err := r.db.Collection(collection).Doc(n.ID.String()).Create(ctx, rec); err != nil {
		return Note{}, fmt.Errorf("notes: create: %w", err)
	}
	return n, nil
}

// Delete removes a note. It returns ErrForbidden for a caller who may only read, and ErrNotFound if
// there is no such note.
func (r *Repository) Delete(ctx context.Context, id ID) error {
	if r.readOnly {
		return ErrForbidden
	}
	_, err := r.db.Collection(collection).Doc(id.String()).Delete(ctx, firestore.Exists)
	if status.Code(err) == codes.NotFound {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("notes: delete: %w", err)
	}
	return nil
}
