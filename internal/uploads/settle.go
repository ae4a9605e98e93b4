package uploads

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/events"
)

// settleAtOnce is how many records one call of Settle looks at, at most.
const settleAtOnce = 16

// Settle looks at uploads that nobody finished: files that have arrived become stored, files that
// never came are given up after a day, files whose time in the bin is over are deleted, and what a
// deletion left behind is removed. It looks at no more than a few at each call, those first that
// were due first. It does nothing for a caller who may only read.
func (r *Repository) Settle(ctx context.Context) error {
	if r.mayWrite() != nil {
		return nil
	}
	_, err := r.settleSome(ctx)
	return errors.Join(err, r.seeFilled(ctx))
}

// settleSome settles a few of those that are due, and returns how many it has looked at.
func (r *Repository) settleSome(ctx context.Context) (int, error) {
	at := document.Time(r.now())
	docs, err := r.db.Collection(collection).
		Where("due", "<=", at).
		OrderBy("due", firestore.Asc).
		Limit(settleAtOnce).
		Documents(ctx).GetAll()
	if err != nil {
		return 0, fmt.Errorf("uploads: settle: %w", err)
	}
	errs := make([]error, len(docs))
	var work sync.WaitGroup
	for i, d := range docs {
		work.Go(func() { errs[i] = r.settleOrPutAside(ctx, d, at) })
	}
	work.Wait() // each for itself: what fails for one ends none of the others
	return len(docs), errors.Join(errs...)
}

// settleOrPutAside settles one record. One that cannot be read is put aside for a day, for as many
// as one call looks at would otherwise stop the queue.
func (r *Repository) settleOrPutAside(ctx context.Context, d *firestore.DocumentSnapshot, at time.Time) error {
	err := r.settle(ctx, d, at)
	if document.Skipped(ctx, err) {
		return r.postpone(ctx, d, at.Add(patience))
	}
	return err
}

func (r *Repository) settle(ctx context.Context, d *firestore.DocumentSnapshot, at time.Time) error {
	id, rec, err := identified(d)
	if err != nil {
		return err
	}
	switch State(rec.State) {
	case deleting:
		return r.bury(ctx, d, id, rec)
	case binned:
		return r.expire(ctx, id, at)
	}
	u, err := rec.upload(id, at)
	if err != nil {
		return err
	}
	if u.State == Stored {
		return r.again(ctx, d, id, rec, at)
	}
	attrs, err := r.arrived(ctx, id, rec)
	switch {
	case errors.Is(err, ErrNotUploaded) && rec.overdue(at):
		return r.lapse(ctx, d, id, rec)
	case errors.Is(err, ErrNotUploaded):
		return r.postpone(ctx, d, at.Add(at.Sub(rec.Created)/2))
	case err != nil:
		return err
	case attrs.Size != rec.Size:
		err = r.delete(ctx, id, func(rec record) bool { return State(rec.State) == Pending })
	default:
		_, err = r.markStored(ctx, id, attrs)
	}
	return unlessOvertaken(err)
}

// again publishes the events of a stored file again that nothing has followed. When its deadline
// has passed, nothing more is published: the file says so, and its owner can have it inspected
// again. A token that has died meanwhile waits for the owner.
func (r *Repository) again(ctx context.Context, d *firestore.DocumentSnapshot, id ID, rec record, at time.Time) error {
	i := rec.Inspection
	var updates []firestore.Update
	if i != nil && i.Step == "" && !at.Before(i.Expires) {
		updates = []firestore.Update{
			{Path: "inspection.step", Value: string(events.Waiting)}, {Path: "inspection.at", Value: at},
			{Path: "inspection.sealed", Value: firestore.Delete}, {Path: "inspection.expires", Value: firestore.Delete},
			{Path: "due", Value: firestore.Delete},
		}
	} else if next := rec.remind(at); next.IsZero() {
		updates = []firestore.Update{{Path: "due", Value: firestore.Delete}}
	} else {
		r.publish(ctx, id, rec)
		updates = []firestore.Update{{Path: "due", Value: next}, {Path: "inspection.reminds", Value: firestore.Increment(1)}}
	}
	_, err := d.Ref.Update(ctx, updates, firestore.LastUpdateTime(d.UpdateTime))
	return unlessChanged(err)
}

// lapse forgets an upload whose file never came. One in parts is ended first: whoever completed it
// in that moment has made an object, which is looked at the next time.
func (r *Repository) lapse(ctx context.Context, d *firestore.DocumentSnapshot, id ID, rec record) error {
	if rec.Parts != nil {
		if err := r.abort(ctx, id, rec.Parts); err != nil {
			return err
		}
		if _, err := r.attrs(ctx, id); !errors.Is(err, ErrNotUploaded) {
			return err
		}
	}
	return r.discard(ctx, d, id, rec.Size)
}

// expire deletes a file for good whose time in the bin is over. Whoever has restored it meanwhile
// wins.
func (r *Repository) expire(ctx context.Context, id ID, at time.Time) error {
	return unlessOvertaken(r.purge(ctx, id, func(rec record) bool { return !rec.Due.After(at) }))
}

// bury removes what a deletion left behind, versions and object first.
func (r *Repository) bury(ctx context.Context, d *firestore.DocumentSnapshot, id ID, rec record) error {
	if err := r.deleteVersions(ctx, rec.File, 0); err != nil {
		return err
	}
	if err := r.giveUp(ctx, id, rec.Parts); err != nil {
		return err
	}
	return r.discard(ctx, d, id, rec.Size)
}

// discard deletes a record that counts so many bytes, unless it has changed since it was read.
func (r *Repository) discard(ctx context.Context, d *firestore.DocumentSnapshot, id ID, size int64) error {
	return r.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		now, err := tx.Get(d.Ref)
		if status.Code(err) == codes.NotFound || err == nil && !now.UpdateTime.Equal(d.UpdateTime) {
			return nil // whoever changed it first has settled it
		}
		if err != nil {
			return err
		}
		uncount, err := r.count(tx, id, -size)
		if err != nil {
			return err
		}
		if err := tx.Delete(d.Ref); err != nil {
			return err
		}
		return uncount()
	})
}

// postpone sets when a record is looked at again, unless it has changed since it was read.
func (r *Repository) postpone(ctx context.Context, d *firestore.DocumentSnapshot, due time.Time) error {
	_, err := d.Ref.Update(ctx, []firestore.Update{{Path: "due", Value: due}}, firestore.LastUpdateTime(d.UpdateTime))
	return unlessChanged(err)
}

// unlessOvertaken drops the error of a step that is not for the upload any more: whoever deleted,
// binned or restored it meanwhile has settled it.
func unlessOvertaken(err error) error {
	for _, other := range []error{ErrNotFound, ErrNotUploaded, ErrBinned, ErrNotBinned, ErrReplaced} {
		if errors.Is(err, other) {
			return nil
		}
	}
	return err
}

// unlessChanged drops the error of a write that came too late: whoever changed the record first has
// settled it.
func unlessChanged(err error) error {
	switch status.Code(err) {
	case codes.FailedPrecondition, codes.NotFound, codes.Aborted:
		return nil
	}
	return err
}
