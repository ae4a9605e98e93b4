package uploads

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
)

// Delete removes an upload: it is gone for every reader at once, then its file is removed. When that last step fails,
// calling Delete again finishes it, and so does Settle. The caller must be an editor, else ErrForbidden. ErrNotFound if
// there is no such upload.
func (r *Repository) Delete(ctx context.Context, id ID) error {
	if err := r.mayWrite(); err != nil {
		return err
	}
	ref, err := r.doc(id)
	if err != nil {
		return err
	}
	err = r.db.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
		rec, err := read(tx.Get(ref))
		if err != nil {
			return err
		}
		return tx.Set(ref, rec.tombstone())
	})
	if errors.Is(err, ErrNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("uploads: delete: %w", err)
	}
	return r.removeObject(ctx, id)
}

// removeObject removes the upload's object, if it is there.
func (r *Repository) removeObject(ctx context.Context, id ID) error {
	err := r.bucket.Object(objectOf(id)).Delete(ctx)
	if err != nil && !errors.Is(err, storage.ErrObjectNotExist) {
		return fmt.Errorf("uploads: delete object: %w", err)
	}
	return nil
}
