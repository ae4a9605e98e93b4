package uploads

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"

	"github.com/bulkhead-saas/bulkhead/internal/document"
)

// Complete marks an upload stored once its file has arrived, and returns it. Completing twice is
// completing once. The caller must be an editor, else ErrForbidden. ErrNotFound if there is no such
// upload, ErrBinned if it is in the bin, ErrNotUploaded if the file is not there, ErrMismatch if it
// is not of the announced size.
func (r *Repository) Complete(ctx context.Context, id ID) (Upload, error) {
	if err := r.mayWrite(); err != nil {
		return Upload{}, err
	}
	ref, err := r.doc(id)
	if err != nil {
		return Upload{}, err
	}
	rec, err := read(ref.Get(ctx))
	if err != nil {
		return Upload{}, err
	}
	u, err := rec.upload(id, r.now())
	if err != nil || u.State == Stored {
		return u, err
	}
	attrs, err := r.arrived(ctx, id, rec)
	if err != nil && rec.Parts != nil {
		if _, gone := r.Get(ctx, id); errors.Is(gone, ErrNotFound) || errors.Is(gone, ErrBinned) { // meanwhile
			return Upload{}, gone
		}
	}
	if err != nil {
		return Upload{}, err
	}
	if attrs.Size != u.Size {
		if _, err := r.Get(ctx, id); err != nil { // deleted meanwhile: what lies there is no file
			return Upload{}, err
		}
		return Upload{}, ErrMismatch
	}
	return r.markStored(ctx, id, attrs)
}

// attrs are those of the upload's object. ErrNotUploaded if there is none.
func (r *Repository) attrs(ctx context.Context, id ID) (*storage.ObjectAttrs, error) {
	attrs, err := r.bucket.Object(objectOf(id)).Attrs(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil, ErrNotUploaded
	}
	if err != nil {
		return nil, fmt.Errorf("uploads: object: %w", err)
	}
	return attrs, nil
}

// markStored records that the object arrived. Whoever deleted the upload in the meantime, or put it
// into the bin, wins.
func (r *Repository) markStored(ctx context.Context, id ID, attrs *storage.ObjectAttrs) (Upload, error) {
	ref, err := r.doc(id)
	if err != nil {
		return Upload{}, err
	}
	if err := r.unstick(ctx, id, attrs); err != nil {
		return Upload{}, err
	}
	head, err := r.head(ctx, id, attrs)
	if err != nil {
		return Upload{}, err
	}
	if r.grant.Publishes() {
		if err := r.settleAt(ctx, r.now().Add(remindTime)); err != nil {
			return Upload{}, err
		}
	}
	at := document.Time(r.now())
	var u Upload
	var stored record // zero unless this call stores it
	err = r.db.RunTransaction(ctx, func(ctx context.Context, tx *firestore.Transaction) error {
		stored = record{}
		rec, err := read(tx.Get(ref))
		if err != nil {
			return err
		}
		if u, err = rec.upload(id, at); err != nil || u.State == Stored {
			return err
		}
		rec.State = string(Stored)
		rec.ContentType = typeOf(head, rec.ContentType)
		rec.Generation = attrs.Generation
		rec.CRC32C = int64(attrs.CRC32C)
		rec.Stored = at
		rec.Due = rec.remind(at)
		replace := func() error { return nil }
		if before, bad := ParseID(rec.Replaces); bad == nil {
			if rec, replace, err = r.takePlace(tx, before, rec, at); err != nil {
				return err
			}
		}
		if u, err = rec.upload(id, at); err != nil {
			return err
		}
		stored = rec
		return errors.Join(replace(), tx.Set(ref, rec.findable()))
	})
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrBinned) && !errors.Is(err, ErrReplaced) {
		err = fmt.Errorf("uploads: complete: %w", err)
	}
	if err != nil {
		return Upload{}, err
	}
	r.publishArrival(ctx, id, stored)
	_ = r.deleteVersions(ctx, stored.File, MaxVersions) // what stays goes with the next version
	return u, nil
}

// unstick takes from an object what its sender said of it beyond what was signed. Cloud Storage
// keeps such headers of a signed PUT, and answers downloads with them: a Content-Encoding would
// have browsers decode the file, a Cache-Control would have others keep it.
func (r *Repository) unstick(ctx context.Context, id ID, attrs *storage.ObjectAttrs) error {
	if attrs.ContentEncoding+attrs.ContentLanguage+attrs.ContentDisposition+attrs.CacheControl == "" {
		return nil
	}
	// In no other version: whoever deletes the file meanwhile wins.
	_, err := r.bucket.Object(objectOf(id)).If(storage.Conditions{
		GenerationMatch: attrs.Generation, MetagenerationMatch: attrs.Metageneration,
	}).Update(ctx, storage.ObjectAttrsToUpdate{
		ContentEncoding: "", ContentLanguage: "", ContentDisposition: "", CacheControl: "",
	})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrObjectNotExist) || changed(err):
		return ErrNotUploaded
	}
	return fmt.Errorf("uploads: metadata of the object: %w", err)
}

// changed reports whether a call was refused because the object is another than it was.
func changed(err error) bool {
	answer, ok := errors.AsType[*googleapi.Error](err)
	return ok && answer.Code == http.StatusPreconditionFailed
}
