package uploads

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/storage"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// A file above PartSize is sent in parts, each by a signed request of its own that lives a minute.
// The upload in parts is Cloud Storage's. Its name is in the record and opens nothing by itself.

// PartSize is the size of each part but the last, in bytes. A file of at most this size is sent by
// one request. The largest file has 640 parts; Cloud Storage takes 10,000.
const PartSize = 8 << 20

// MaxSign is how many parts are signed at a time, at most.
const MaxSign = 10

// partsPatience is how long after its last part was signed an upload in parts is given up.
const partsPatience = 7 * 24 * time.Hour

// ErrNoParts reports an upload that takes no part: it is sent by one request, or it is complete.
var ErrNoParts = errors.New("uploads: the upload takes no part")

// Parts says how a file is sent that is not sent by one request. The zero Parts is that of a file
// that is.
type Parts struct {
	Size  int64 // bytes, of each part but the last
	Count int
}

// SignedPart is a signed request that sends one part.
type SignedPart struct {
	Number int // from 1
	vending.SignedRequest
}

// parts is what is stored of an upload in parts, within the record.
type parts struct {
	Upload string    `firestore:"upload"`           // its name at Cloud Storage
	Size   int64     `firestore:"size"`             // bytes, of each part but the last
	Signed time.Time `firestore:"signed,omitempty"` // when parts were signed, give or take signedEvery
}

// signedEvery is how far apart the writes are that say when parts were signed.
const signedEvery = 5 * time.Minute

// sentIn says how the file is sent.
func (r record) sentIn() Parts {
	if r.Parts == nil || r.Parts.Size < 1 {
		return Parts{}
	}
	return Parts{r.Parts.Size, int((r.Size + r.Parts.Size - 1) / r.Parts.Size)}
}

// length is how many bytes part number n has.
func (r record) length(n int) int64 { return min(r.Parts.Size, r.Size-int64(n-1)*r.Parts.Size) }

// touched is when somebody last did something to send the file.
func (r record) touched() time.Time {
	if r.Parts != nil && r.Parts.Signed.After(r.Created) {
		return r.Parts.Signed
	}
	return r.Created
}

// begin begins the upload in parts of a file that is taken and not sent by one request.
func (r *Repository) begin(ctx context.Context, id ID, rec *record, taken func() error) error {
	if rec.Size <= PartSize || r.mayWrite() != nil { // a program that only hands files in may sign no parts
		return nil
	}
	if err := taken(); err != nil {
		return err
	}
	name, err := r.bucket.BeginParts(ctx, objectOf(id), rec.ContentType)
	if err != nil {
		return fmt.Errorf("uploads: begin parts: %w", err)
	}
	rec.Parts = &parts{Upload: name, Size: PartSize}
	return nil
}

// readParts reads a record whose file is being sent in parts. ErrNotFound, ErrBinned or ErrNoParts.
func (r *Repository) readParts(ctx context.Context, id ID) (*firestore.DocumentSnapshot, record, error) {
	ref, err := r.doc(id)
	if err != nil {
		return nil, record{}, err
	}
	snap, err := ref.Get(ctx)
	rec, err := read(snap, err)
	if err != nil {
		return nil, record{}, err
	}
	u, err := rec.upload(id, r.now())
	if err != nil {
		return nil, record{}, err
	}
	if u.State == Stored || u.Parts == (Parts{}) {
		return nil, record{}, ErrNoParts
	}
	return snap, rec, nil
}

// SignParts returns a signed request for each of the numbered parts. The caller must be an editor,
// else ErrForbidden. ErrNotFound if there is no such upload, ErrNoParts if it takes none,
// ErrInvalid unless numbers are 1 to MaxSign numbers of its parts.
func (r *Repository) SignParts(ctx context.Context, id ID, numbers []int) ([]SignedPart, error) {
	if err := r.mayWrite(); err != nil {
		return nil, err
	}
	snap, rec, err := r.readParts(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(numbers) < 1 || len(numbers) > MaxSign {
		return nil, &FieldError{"numbers", fmt.Sprintf("Ask for 1 to %d parts at a time.", MaxSign)}
	}
	all := make([]SignedPart, 0, len(numbers))
	for _, n := range numbers {
		if count := rec.sentIn().Count; n < 1 || n > count {
			return nil, &FieldError{"numbers", fmt.Sprintf("The parts of this file are 1 to %d.", count)}
		}
		signed, err := r.bucket.SignPart(ctx, objectOf(id), rec.Parts.Upload, n, rec.length(n), signedLife)
		if err != nil {
			return nil, fmt.Errorf("uploads: sign: %w", err)
		}
		all = append(all, SignedPart{n, signed})
	}
	if at := document.Time(r.now()); at.Sub(rec.Parts.Signed) > signedEvery {
		_, err := snap.Ref.Update(ctx, []firestore.Update{{Path: "parts.signed", Value: at}}, firestore.LastUpdateTime(snap.UpdateTime))
		if err = unlessChanged(err); err != nil {
			return nil, fmt.Errorf("uploads: sign: %w", err)
		}
	}
	return all, nil
}

// Arrived returns the numbers of the parts that have arrived whole. Any role may ask. ErrNotFound
// if there is no such upload, ErrNoParts if it takes none.
func (r *Repository) Arrived(ctx context.Context, id ID) (Parts, []int, error) {
	_, rec, err := r.readParts(ctx, id)
	if err != nil {
		return Parts{}, nil, err
	}
	there, err := r.bucket.ListParts(ctx, objectOf(id), rec.Parts.Upload)
	if errors.Is(err, vending.ErrNoParts) {
		return Parts{}, nil, ErrNoParts
	}
	if err != nil {
		return Parts{}, nil, fmt.Errorf("uploads: list parts: %w", err)
	}
	numbers := []int{}
	for _, p := range there {
		if p.Number <= rec.sentIn().Count && p.Size == rec.length(p.Number) {
			numbers = append(numbers, p.Number)
		}
	}
	return rec.sentIn(), numbers, nil
}

// arrived returns the attributes of the upload's object, which it makes of the parts if they are
// all there. ErrNotUploaded if they are not.
func (r *Repository) arrived(ctx context.Context, id ID, rec record) (*storage.ObjectAttrs, error) {
	attrs, err := r.attrs(ctx, id)
	if rec.Parts == nil || !errors.Is(err, ErrNotUploaded) {
		return attrs, err
	}
	there, err := r.bucket.ListParts(ctx, objectOf(id), rec.Parts.Upload)
	if errors.Is(err, vending.ErrNoParts) {
		return r.attrs(ctx, id) // another has completed it meanwhile, or given it up
	}
	if err != nil {
		return nil, fmt.Errorf("uploads: list parts: %w", err)
	}
	if len(there) != rec.sentIn().Count {
		return nil, ErrNotUploaded
	}
	for i, p := range there {
		if p.Number != i+1 || p.Size != rec.length(p.Number) {
			return nil, ErrNotUploaded
		}
	}
	// Cloud Storage takes no condition here. None is needed: the object's name is used for this
	// upload alone, no request is signed that would create it otherwise, and an upload completes
	// once.
	generation, err := r.bucket.CompleteParts(ctx, objectOf(id), rec.Parts.Upload, there)
	switch {
	case errors.Is(err, vending.ErrNoParts):
		return r.attrs(ctx, id)
	case errors.Is(err, vending.ErrParts): // a part was sent again meanwhile
		return nil, ErrNotUploaded
	case err != nil:
		return nil, fmt.Errorf("uploads: complete parts: %w", err)
	}
	attrs, err = r.attrs(ctx, id)
	if err == nil && attrs.Generation != generation {
		return nil, ErrMismatch
	}
	return attrs, err
}

// giveUp ends an upload in parts and removes what it left, the object last: once the upload has
// ended, no request makes one any more.
func (r *Repository) giveUp(ctx context.Context, id ID, p *parts) error {
	if p != nil {
		if err := r.abort(ctx, id, p); err != nil {
			return err
		}
	}
	return r.remove(ctx, id)
}

// abort ends an upload in parts.
func (r *Repository) abort(ctx context.Context, id ID, p *parts) error {
	if err := r.bucket.AbortParts(ctx, objectOf(id), p.Upload); err != nil && !errors.Is(err, vending.ErrNoParts) {
		return fmt.Errorf("uploads: give parts up: %w", err)
	}
	return nil
}
