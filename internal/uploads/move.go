package uploads

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

// Change is what is to become of a file's name and folder. A nil field leaves one as it is.
type Change struct {
	Name   *string
	Folder *string // "" is the top
	Based  int64   // revision that the change is based on; 0: any
}

// Move gives a file another name, or another folder, or both. It changes the record alone: the
// object keeps its name, and a download answers with the file's new one.
//
// An inspection goes on as it is, for a verdict is on the content of the stored generation. What
// was handed over for it has the name that the file had then; an inspection that is asked for
// afterwards has the new one.
//
// The caller must be an editor, else ErrForbidden. ErrNotFound if there is no such upload,
// ErrBinned if it is in the bin, ErrInvalid as a *FieldError as at Create, tenant.ErrStale if the
// file's revision is not the one that the change is based on.
func (r *Repository) Move(ctx context.Context, id ID, c Change) (Upload, error) {
	if err := r.mayWrite(); err != nil {
		return Upload{}, err
	}
	if c.Name != nil {
		if err := checkName(*c.Name); err != nil {
			return Upload{}, err
		}
	}
	if c.Folder != nil {
		if err := checkFolder(*c.Folder); err != nil {
			return Upload{}, err
		}
	}
	ref, err := r.doc(id)
	if err != nil {
		return Upload{}, err
	}
	var u Upload
	err = r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		rec, err := read(tx.Get(ref))
		if err != nil {
			return err
		}
		if u, err = rec.upload(id, r.now()); err != nil {
			return err
		}
		if c.Based != 0 && c.Based != u.Revision {
			return tenant.ErrStale
		}
		moved := rec.movedBy(c)
		if moved.Name == rec.Name && moved.Folder == rec.Folder {
			return nil
		}
		if u, err = moved.upload(id, r.now()); err != nil {
			return err
		}
		return tx.Set(ref, moved)
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrBinned) || errors.Is(err, tenant.ErrStale) {
		return Upload{}, err
	}
	if err != nil {
		return Upload{}, fmt.Errorf("uploads: move: %w", err)
	}
	return u, nil
}

// movedBy is the record after the change.
func (r record) movedBy(c Change) record {
	if c.Name != nil {
		r.Name = *c.Name
	}
	if c.Folder != nil {
		r.Folder = *c.Folder
	}
	r.Revision++
	return r.findable()
}
