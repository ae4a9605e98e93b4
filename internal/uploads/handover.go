package uploads

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/golang-jwt/jwt/v5"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/events"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Hand makes a token of the caller's that is for Service B and for one document, and says when it
// has expired. nil: the caller has none to hand over, as a program has not.
type Hand func(ctx context.Context, document string) (token string, expires time.Time, err error)

// maxHanded is the greatest length of a token that a client hands over itself, in bytes.
const maxHanded = 4 << 10

// Handed is the Hand of a client who has a token for Service B already, made by an issuer that
// Service B trusts by its own configuration. Whether it counts, Service B alone decides: nothing
// here can tell, and the token is read only for when it expires. *FieldError for a text that is no
// token, and for one that has expired at that time.
func Handed(token string, at time.Time) (Hand, error) {
	refuse := func(sentence string) (Hand, error) { return nil, &FieldError{"inspectionToken", sentence} }
	if len(token) > maxHanded || strings.Count(token, ".") != 2 {
		return refuse("It is not a JSON Web Token of at most 4 KiB.")
	}
	var claims jwt.RegisteredClaims
	_, _, err := jwt.NewParser(jwt.WithStrictDecoding()).ParseUnverified(token, &claims)
	switch {
	case err != nil:
		return refuse("It is not a JSON Web Token of at most 4 KiB.")
	case claims.ExpiresAt == nil:
		return refuse("It does not say when it expires.")
	case !claims.ExpiresAt.After(at):
		return refuse("It has expired. Have another made, then announce the file again.")
	}
	expires := claims.ExpiresAt.Time
	return func(context.Context, string) (string, time.Time, error) { return token, expires, nil }, nil
}

// ErrNotOwner reports somebody who would have a file inspected in the name of its owner.
var ErrNotOwner = errors.New("uploads: only its owner has a file inspected")

// errNothingPublished reports that no events are published here, so nobody would hear of the file.
var errNothingPublished = errors.New("uploads: nothing is published")

// ErrInspected reports a file that is inspected already, or whose inspection goes on.
var ErrInspected = errors.New("uploads: the inspection has not ended without a verdict")

// handOver returns what is stored of an inspection that is asked for now: the attempt after rec's,
// with what is handed over. The error is that of hand; the attempt then waits for the owner.
func (r *Repository) handOver(ctx context.Context, id ID, rec record, hand Hand) (*inspection, error) {
	i := &inspection{Attempt: 1, At: document.Time(r.now())}
	if rec.Inspection != nil {
		i.Attempt = rec.Inspection.Attempt + 1
	}
	token, expires, err := hand(ctx, id.String())
	if err == nil {
		i.Sealed, err = r.grant.SealHandover(id.String(), events.Handover{
			Token: token, Expires: expires, Name: rec.Name, Size: rec.Size, Type: rec.ContentType,
		})
		i.Expires = document.Time(expires)
	}
	if err != nil {
		i.Step = string(events.Waiting)
	}
	return i, err
}

// Inspect has a stored file inspected, or inspected again, in the name of its owner, who asks for
// it. ErrNotFound, ErrBinned, ErrForbidden, ErrNotUploaded, ErrNotOwner for anybody else;
// ErrInspected if the inspection goes on or has a verdict; tenant.ErrUnavailable if nothing is
// inspected here; and the error of hand, which changes nothing.
func (r *Repository) Inspect(ctx context.Context, id ID, hand Hand) (Upload, error) {
	if err := r.mayWrite(); err != nil {
		return Upload{}, err
	}
	u, err := r.Get(ctx, id)
	switch {
	case err != nil:
		return Upload{}, err
	case u.State != Stored:
		return Upload{}, ErrNotUploaded
	case u.Owner != r.caller.User() || hand == nil:
		return Upload{}, ErrNotOwner
	case !u.Inspection.MayAsk:
		return Upload{}, ErrInspected
	case !r.grant.Publishes():
		return Upload{}, tenant.Unavailable("inspection", errNothingPublished)
	}
	ref, err := r.doc(id)
	if err != nil {
		return Upload{}, err
	}
	rec, err := read(ref.Get(ctx))
	if err != nil {
		return Upload{}, err
	}
	asked, err := r.handOver(ctx, id, rec, hand)
	if err != nil {
		return Upload{}, err
	}
	at := document.Time(r.now())
	if err := r.settleAt(ctx, at.Add(remindTime)); err != nil {
		return Upload{}, err
	}
	err = r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		if rec, err = read(tx.Get(ref)); err != nil {
			return err
		}
		if _, err := rec.upload(id, at); err != nil {
			return err // deleted, or put into the bin
		}
		if rec.Inspection != nil && rec.Inspection.Attempt >= asked.Attempt {
			return ErrInspected // another has asked meanwhile
		}
		rec.Inspection = asked
		rec.Due = rec.remind(at)
		return tx.Set(ref, rec)
	})
	switch {
	case errors.Is(err, ErrInspected) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrBinned):
		return Upload{}, err
	case err != nil:
		return Upload{}, fmt.Errorf("uploads: inspect: %w", err)
	}
	r.publish(ctx, id, rec)
	return rec.upload(id, at)
}

// publish publishes all that the record asks for: that a token is handed over, and that the file
// has arrived. It is a courtesy, so that nobody waits. The record itself is the outbox: what is not
// published here, Settle publishes.
func (r *Repository) publish(ctx context.Context, id ID, rec record) {
	i := rec.Inspection
	if i == nil || events.Step(i.Step).IsEnd() {
		return
	}
	d := events.Data{Upload: id.String(), Attempt: i.Attempt}
	if i.Step == "" && len(i.Sealed) > 0 {
		d.Sealed = i.Sealed
		_ = r.grant.Publish(ctx, events.UploadRequested, d)
	}
	r.publishArrival(ctx, id, rec)
}

// publishArrival publishes that the file has arrived, if it has and is to be inspected.
func (r *Repository) publishArrival(ctx context.Context, id ID, rec record) {
	i := rec.Inspection
	if i == nil || events.Step(i.Step).IsEnd() || rec.State != string(Stored) {
		return
	}
	_ = r.grant.Publish(ctx, events.ObjectFinalized, events.Data{
		Upload: id.String(), Attempt: i.Attempt, Generation: rec.Generation, Size: rec.Size, CRC32C: uint32(rec.CRC32C),
	})
}

// Moved records how far the Adapter has come with a file, and the verdict at the end. An event that
// says nothing new changes nothing: it came late, or twice, or is about a file or a generation that
// is gone. What it says of a file in the bin, or of an earlier version, is kept with it.
func (r *Repository) Moved(ctx context.Context, d events.Data) error {
	id, err := ParseID(d.Upload)
	if err != nil {
		return nil
	}
	ref, err := r.doc(id)
	if err != nil {
		return err
	}
	at := document.Time(r.now())
	err = r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		rec, err := read(tx.Get(ref))
		if err != nil {
			return err
		}
		moved, news := rec.whole().moved(d, at)
		switch {
		case State(rec.State) == deleting || !news:
			return nil
		case rec.Was != nil: // it is in the bin, or an earlier version
			rec.Was = &moved
			return tx.Set(ref, rec)
		}
		return tx.Set(ref, moved)
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("uploads: an inspection moved: %w", err)
	}
	return nil
}

// Opened returns a signed request for the generation of a file that is about to be inspected: the
// Adapter reads it so, also while the file is in the bin, since an inspection that was asked for
// goes on there. ErrNotFound for a file or a generation that is gone, ErrNotUploaded for one that
// has not arrived.
func (r *Repository) Opened(ctx context.Context, id ID, generation int64) (vending.SignedRequest, error) {
	ref, err := r.doc(id)
	if err != nil {
		return vending.SignedRequest{}, err
	}
	rec, err := read(ref.Get(ctx))
	if err != nil {
		return vending.SignedRequest{}, err
	}
	u, err := rec.whole().upload(id, r.now())
	switch {
	case err != nil:
		return vending.SignedRequest{}, err
	case u.State != Stored:
		return vending.SignedRequest{}, ErrNotUploaded
	case u.Generation != generation:
		return vending.SignedRequest{}, ErrNotFound
	}
	req, err := r.bucket.SignDownload(ctx, objectOf(id), u.Generation, u.Name, AnyType, signedLife)
	if err != nil {
		return vending.SignedRequest{}, fmt.Errorf("uploads: sign: %w", err)
	}
	return req, nil
}
