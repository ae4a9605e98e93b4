package uploads

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
)

// Delete removes an upload: it is gone for every reader at once, then its file is removed. While a
// signed request may still send the file, an empty object keeps its place, so that the request is
// refused; Settle removes it once it is a day old. Of an upload in parts nothing can arrive once it
// is given up. When a step after the first fails, calling Delete again finishes it, and so does
// Settle. The caller must be an editor, else ErrForbidden. ErrNotFound if there is no such upload.
func (r *Repository) Delete(ctx context.Context, id ID) error {
	if err := r.mayWrite(); err != nil {
		return err
	}
	return r.delete(ctx, id)
}

// delete is Delete, whoever asks.
func (r *Repository) delete(ctx context.Context, id ID) error {
	ref, err := r.doc(id)
	if err != nil {
		return err
	}
	var rec record
	err = r.db.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) (err error) {
		if rec, err = read(tx.Get(ref)); err != nil {
			return err
		}
		uncount, err := r.count(tx, id, -rec.Size)
		if err != nil {
			return err
		}
		if err := tx.Set(ref, rec.tombstone()); err != nil {
			return err
		}
		return uncount()
	})
	if errors.Is(err, ErrNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("uploads: delete: %w", err)
	}
	if rec.Parts != nil {
		return r.giveUp(ctx, id, rec.Parts)
	}
	if rec.overdue(r.now()) {
		return r.remove(ctx, id)
	}
	return r.empty(ctx, id)
}

// empty puts an empty object in the place of the upload's. Its signed request creates and never
// replaces (x-goog-if-generation-match: 0), and Cloud Storage asks that at the end of a transfer,
// so also one that is under way leaves nothing.
func (r *Repository) empty(ctx context.Context, id ID) error {
	w := r.bucket.Object(objectOf(id)).Retryer(storage.WithPolicy(storage.RetryAlways)).NewWriter(ctx)
	w.ContentType, w.ChunkSize = AnyType, 0
	if err := w.Close(); err != nil {
		return fmt.Errorf("uploads: empty the object: %w", err)
	}
	return nil
}

// remove removes the upload's object, if it is there.
func (r *Repository) remove(ctx context.Context, id ID) error {
	err := r.bucket.Object(objectOf(id)).Delete(ctx)
	if err != nil && !errors.Is(err, storage.ErrObjectNotExist) {
		return fmt.Errorf("uploads: delete object: %w", err)
	}
	return nil
}
