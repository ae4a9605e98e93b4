package uploads

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
	"github.com/bulkhead-saas/bulkhead/internal/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// EmptyKind is the kind of job that goes on with emptying a bin.
const EmptyKind = "bin-empty"

const (
	// emptyAtOnce is how many files of a bin are deleted in one step.
	emptyAtOnce = 50
	// emptySteps is how many steps a job takes before it makes way for others.
	emptySteps = 10
)

// Emptied is the payload of a job of EmptyKind.
type Emptied struct {
	At time.Time `json:"at"` // when the bin was emptied; what is put into it later stays there
}

// Empty deletes for good what is in the bin: some of it at once, and what is more by a job. It
// returns how many files it has deleted, and whether a job goes on. The caller must be an editor,
// else ErrForbidden.
func (r *Repository) Empty(ctx context.Context) (deleted int, more bool, err error) {
	if err := r.mayWrite(); err != nil {
		return 0, false, err
	}
	e := Emptied{document.Time(r.now())}
	docs, err := e.oldest(ctx, r, nil, emptyAtOnce+1)
	if err != nil {
		return 0, false, err
	}
	if more = len(docs) > emptyAtOnce; more { // written down first: should this call break off, the job does the rest
		intent, err := r.grant.Intend(ctx, EmptyKind, e)
		if err != nil {
			return 0, false, err
		}
		defer func() { _ = intent.Hurry(ctx) }() // else it is done a little later
		docs = docs[:emptyAtOnce]
	}
	deleted, err = e.purge(ctx, r, docs)
	return deleted, more, err
}

// DoEmpty does a job of EmptyKind.
func DoEmpty(ctx context.Context, g vending.Grant, payload []byte) error {
	var e Emptied
	if err := payloadOf(payload, &e); err != nil {
		return err
	}
	r, last := NewRepository(g), (*firestore.DocumentSnapshot)(nil)
	for range emptySteps {
		docs, err := e.oldest(ctx, r, last, emptyAtOnce)
		if err != nil {
			return err
		}
		if _, err := e.purge(ctx, r, docs); err != nil || len(docs) < emptyAtOnce {
			return err
		}
		last = docs[len(docs)-1]
	}
	return jobs.Later(time.Second)
}

// oldest returns at most limit of the files that are to go: those after last that were put into the
// bin first. nil is before all of them.
func (e Emptied) oldest(ctx context.Context, r *Repository, last *firestore.DocumentSnapshot, limit int) ([]*firestore.DocumentSnapshot, error) {
	q := r.db.Collection(collection).Where("binned", "<=", e.At).OrderBy("binned", firestore.Asc).Limit(limit)
	if last != nil {
		q = q.StartAfter(last)
	}
	docs, err := q.Documents(ctx).GetAll()
	if err != nil {
		return nil, fmt.Errorf("uploads: empty the bin: %w", err)
	}
	return docs, nil
}

// purge deletes files for good, and returns how many there were. Those that somebody has restored
// or deleted meanwhile are left alone, and so are records that cannot be read.
func (e Emptied) purge(ctx context.Context, r *Repository, docs []*firestore.DocumentSnapshot) (int, error) {
	errs := make([]error, len(docs))
	var work sync.WaitGroup
	for i, d := range docs {
		work.Go(func() {
			id, err := ParseID(d.Ref.ID)
			if err != nil {
				err = unreadable(d.Ref.ID, "id")
			} else {
				err = r.purge(ctx, id, func(rec record) bool { return !rec.Binned.After(e.At) })
			}
			errs[i] = err
		})
	}
	work.Wait()
	deleted, failed := 0, []error(nil)
	for _, err := range errs {
		switch {
		case err == nil:
			deleted++
		case errors.Is(err, ErrNotBinned), errors.Is(err, ErrNotFound), document.Skipped(ctx, err):
		default:
			failed = append(failed, err)
		}
	}
	return deleted, errors.Join(failed...)
}
