package notes

import (
	"context"
	"fmt"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Repository reads and changes the notes of the grant's tenant.
type Repository struct {
	grant  vending.Grant
	db     vending.Database
	caller tenancy.Principal
}

// NewRepository returns the notes that g reaches. It does no I/O.
func NewRepository(g vending.Grant) *Repository {
	return &Repository{grant: g, db: g.Database(), caller: g.Principal()}
}

// Create keeps a note, and has a job count its words. It returns ErrForbidden for a caller who may only read, and ErrInvalid for a
// text that is no note.
func (r *Repository) Create(ctx context.Context, text string) (Note, error) {
	if !r.caller.May(tenant.NotesWrite) {
		return Note{}, ErrForbidden
	}
	if err := validate(text); err != nil {
		return Note{}, err
	}
	rec := record{Text: text, By: r.caller.Email(), Created: document.Time(r.grant.Now())}
	id := document.NewID[kind]()
	event, err := r.grant.Intend(ctx, CreatedKind, created{id.String()})
	if err != nil {
		return Note{}, fmt.Errorf("notes: intend: %w", err)
	}
	if _, err := r.db.Collection(collection).Doc(id.String()).Create(ctx, rec); err != nil {
		return Note{}, fmt.Errorf("notes: create: %w", err) // the job looks whether the note is there
	}
	_ = event.Hurry(ctx) // if this fails, the job is done a little later
	return Note{ID: id, Text: rec.Text, By: rec.By, Created: rec.Created}, nil
}

// Delete removes a note. It returns ErrForbidden for a caller who may only read, and ErrNotFound if
// there is no such note.
func (r *Repository) Delete(ctx context.Context, id ID) error {
	if !r.caller.May(tenant.NotesWrite) {
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
