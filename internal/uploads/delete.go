package uploads

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/storage"
)

// Delete deletes a file of the bin for good: its record says nothing of it any more, then the file
// itself is removed. While a signed request may still send the file, an empty object keeps its
// place, so that the request is refused; Settle removes it once it is a day old. Of an upload in
// parts nothing can arrive once it is given up. When a step after the first fails, calling Delete
// again finishes it, and so does Settle. The caller must be an editor, else ErrForbidden.
// ErrNotFound if there is no such upload, ErrNotBinned if it is not in the bin.
func (r *Repository) Delete(ctx context.Context, id ID) error {
	if err := r.mayWrite(); err != nil {
		return err
	}
	if err := r.settleAt(ctx, r.now()); err != nil {
		return err
	}
	return r.delete(ctx, id, func(rec record) bool { return State(rec.State) == binned || State(rec.State) == deleting })
}

// purge deletes a file of the bin for good, whoever asks, if the record is one that it is meant
// for. ErrNotBinned if it is not, or is no record of the bin any more.
func (r *Repository) purge(ctx context.Context, id ID, meant func(record) bool) error {
	return r.delete(ctx, id, func(rec record) bool { return State(rec.State) == binned && meant(rec) })
}

// delete deletes an upload for good, whoever asks, if its record is one that is meant. ErrNotBinned
// if it is not.
func (r *Repository) delete(ctx context.Context, id ID, meant func(record) bool) error {
	was, now, err := r.changeState(ctx, id, func(rec record) (record, error) {
		if !meant(rec) {
			return record{}, ErrNotBinned
		}
		return rec.tombstone(), nil
	})
	if err != nil {
		return err
	}
	return errors.Join(r.forget(ctx, id, was), r.deleteVersions(ctx, now.File, 0))
}

// forget removes the file of an upload whose record is a tombstone. was is what its record was.
func (r *Repository) forget(ctx context.Context, id ID, was record) error {
	was = was.whole()
	if was.Parts != nil {
		return r.giveUp(ctx, id, was.Parts)
	}
	if was.overdue(r.now()) {
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
