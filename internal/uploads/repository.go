package uploads

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

const (
	// signedLife is how long a signed request lives: it must be begun in this time.
	signedLife = time.Minute
	// sendTime is how long a file is shown as being sent.
	sendTime = 15 * time.Minute
	// withdrawTime bounds how long it takes to take an upload back.
	withdrawTime = 5 * time.Second
)

// Repository reads and changes the files of the grant's tenant.
type Repository struct {
	grant    vending.Grant
	db       vending.Database
	bucket   vending.Bucket
	caller   tenancy.Principal
	readOnly bool
	now      func() time.Time
}

// NewRepository returns the files that g reaches. It does no I/O.
func NewRepository(g vending.Grant) *Repository {
	return &Repository{
		grant: g, db: g.Database(), bucket: g.Bucket(), caller: g.Principal(), readOnly: g.ReadOnly(), now: g.Now,
	}
}

// mayWrite returns ErrForbidden unless the caller may write files. A viewer's grant is read-only
// besides, so a method that forgot to ask would still be refused.
func (r *Repository) mayWrite() error { return r.may(tenant.FilesWrite) }

func (r *Repository) may(p tenant.Permission) error {
	if !r.caller.May(p) || r.readOnly {
		return ErrForbidden
	}
	return nil
}

func (r *Repository) doc(id ID) (*firestore.DocumentRef, error) {
	if id.IsZero() {
		return nil, ErrNotFound
	}
	return r.db.Collection(collection).Doc(id.String()), nil
}

// Create makes a pending upload and the signed request that sends its file: exactly the announced
// size, under the type that the upload is kept as, once. For a file above PartSize there is none:
// SignParts signs its parts, unless the caller is a program that only hands files in. The caller
// must be an editor, or such a program, else ErrForbidden. hand makes the token by which the file
// is inspected in the caller's name. ErrInvalid or ErrTooLarge if the intent is not acceptable to
// the platform or to the tenant, ErrSettings if nobody knows what the tenant accepts, ErrQuota if
// it has no room for the file, ErrUncounted if nobody knows whether it has. For the next version of
// a file, which an editor alone makes: ErrNotFound, ErrBinned, ErrReplaced or ErrNotUploaded if it
// is no file, tenant.ErrStale if it has another revision.
func (r *Repository) Create(ctx context.Context, i Intent, hand Hand) (Upload, vending.SignedRequest, error) {
	if r.mayWrite() != nil && r.may(tenant.IntakeWrite) != nil {
		return Upload{}, vending.SignedRequest{}, ErrForbidden
	}
	i, err := r.replaceable(ctx, i)
	if err != nil {
		return Upload{}, vending.SignedRequest{}, err
	}
	if err := i.validate(); err != nil {
		return Upload{}, vending.SignedRequest{}, err
	}
	contentType, err := storedType(i.ContentType)
	if err != nil {
		return Upload{}, vending.SignedRequest{}, err
	}
	var asked sync.WaitGroup // beside what else is done, the tenant's settings are read
	defer asked.Wait()
	var refused error
	asked.Go(func() { refused = r.takes(ctx, i.Size, contentType) })
	taken := func() error {
		asked.Wait()
		return refused
	}
	id, at := document.NewID[kind](), document.Time(r.now())
	rec := record{
		Name:        i.Name,
		Folder:      i.Folder,
		Size:        i.Size,
		ContentType: contentType,
		State:       string(Pending),
		Owner:       r.caller.User().String(),
		OwnerEmail:  r.caller.Email(),
		Created:     at,
		Due:         at,
		Replaces:    i.Replaces.String(),
	}
	if hand != nil && r.grant.Publishes() {
		rec.Inspection, _ = r.handOver(ctx, id, rec, hand) // without a token it waits for the owner
	}
	u, err := rec.upload(id, at)
	if err != nil {
		return Upload{}, vending.SignedRequest{}, err
	}
	ref, err := r.doc(id)
	if err != nil {
		return Upload{}, vending.SignedRequest{}, err
	}
	if err := r.settleAt(ctx, at); err != nil {
		return Upload{}, vending.SignedRequest{}, err
	}
	if err := r.begin(ctx, id, &rec, taken); err != nil {
		return Upload{}, vending.SignedRequest{}, err
	}
	if err := r.reserve(ctx, ref, id, rec, taken); err != nil {
		return Upload{}, vending.SignedRequest{}, err
	}
	if rec.Parts != nil {
		u.Parts = rec.sentIn()
		r.publish(ctx, id, rec)
		return u, vending.SignedRequest{}, nil
	}
	var published sync.WaitGroup
	published.Go(func() { r.publish(ctx, id, rec) })
	req, err := r.bucket.SignUpload(ctx, objectOf(id), contentType, i.Size, signedLife)
	published.Wait()
	if err != nil {
		r.withdraw(ctx, ref, id, rec)
		return Upload{}, vending.SignedRequest{}, fmt.Errorf("uploads: sign: %w", err)
	}
	return u, req, nil
}

// takes returns what Settings and their takes return: nil if the tenant takes such a file.
func (r *Repository) takes(ctx context.Context, size int64, contentType string) error {
	settings, err := r.Settings(ctx)
	if err != nil {
		return err
	}
	return settings.takes(size, contentType)
}

// reserve writes the record of a new upload and counts its size, if the file is taken. What was
// begun for it ends if it is not, or there is no room.
func (r *Repository) reserve(ctx context.Context, ref *firestore.DocumentRef, id ID, rec record, taken func() error) error {
	err := r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		count, err := r.count(tx, id, rec.Size)
		if refused := taken(); refused != nil {
			return refused
		}
		if err != nil {
			return err
		}
		if err := tx.Create(ref, rec.findable()); err != nil {
			return err
		}
		return count()
	})
	if err == nil {
		return nil
	}
	if rec.Parts != nil {
		ctx, end := context.WithTimeout(context.WithoutCancel(ctx), withdrawTime)
		defer end()
		err = errors.Join(err, r.abort(ctx, id, rec.Parts))
	}
	return fmt.Errorf("uploads: create: %w", err)
}

// withdraw takes back an upload that nobody was given a request for. If that fails, Settle does it
// in time.
func (r *Repository) withdraw(ctx context.Context, ref *firestore.DocumentRef, id ID, rec record) {
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), withdrawTime)
	defer end()
	if snap, err := ref.Get(ctx); err == nil {
		_ = r.discard(ctx, snap, id, rec.Size)
	}
}

// Get returns one upload. ErrNotFound if there is no such upload, ErrBinned if it is in the bin.
// Any role may ask.
func (r *Repository) Get(ctx context.Context, id ID) (Upload, error) {
	ref, err := r.doc(id)
	if err != nil {
		return Upload{}, err
	}
	rec, err := read(ref.Get(ctx))
	if err != nil {
		return Upload{}, err
	}
	return rec.upload(id, r.now())
}

// Download returns a signed request for the generation of the file that is stored, which the
// browser saves rather than shows. Any role may ask. knowing says that whoever asks knows what was
// found in it. ErrNotFound if there is no such upload, ErrBinned if it is in the bin,
// ErrNotUploaded if it is not stored, ErrWithheld if the tenant gives out no such file, ErrSettings
// if nobody knows whether it does, ErrHarmful if something was found in it and nobody says so.
func (r *Repository) Download(ctx context.Context, id ID, knowing bool) (vending.SignedRequest, error) {
	u, err := r.Get(ctx, id)
	if err != nil {
		return vending.SignedRequest{}, err
	}
	if u.State != Stored {
		return vending.SignedRequest{}, ErrNotUploaded
	}
	return r.give(ctx, u, knowing)
}

// give returns a signed request for a stored file, or for a version of one.
func (r *Repository) give(ctx context.Context, u Upload, knowing bool) (vending.SignedRequest, error) {
	if err := r.givesOut(ctx, u); err != nil {
		return vending.SignedRequest{}, err
	}
	if u.Inspection.Progress == Harmful && !knowing {
		return vending.SignedRequest{}, ErrHarmful
	}
	req, err := r.bucket.SignDownload(ctx, objectOf(u.ID), u.Generation, u.Name, u.ContentType, signedLife)
	if err != nil {
		return vending.SignedRequest{}, fmt.Errorf("uploads: sign: %w", err)
	}
	return req, nil
}

// givesOut returns an error unless the tenant gives the file out: a *WithheldError, or ErrSettings
// if nobody knows.
func (r *Repository) givesOut(ctx context.Context, u Upload) error {
	settings, err := r.Settings(ctx)
	if err != nil {
		return err
	}
	if settings.Withholds(u) {
		return &WithheldError{u.Inspection}
	}
	return nil
}
