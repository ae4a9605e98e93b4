package jobs

import (
	"context"
	"errors"
	"iter"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

const (
	collection = "jobs"
	pageSize   = 50
	maxPage    = 200
)

// Store reads and writes the collection. Safe for concurrent use.
type Store struct {
	db  *firestore.Client
	now func() time.Time
}

// New returns a Store over the database "platform". Its account needs roles/datastore.user there.
// now is the clock; nil: time.Now.
func New(db *firestore.Client, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{db, now}
}

func (s *Store) doc(id string) *firestore.DocumentRef { return s.db.Collection(collection).Doc(id) }

// Post writes intents in a transaction of its own, for an intent that is its own cause. Otherwise
// it is Add. An error other than ErrConflict and tenant.ErrInvalid is tenant.ErrUnavailable: then
// nobody knows whether they were written, and to post them again is safe.
func (s *Store) Post(ctx context.Context, intents ...Intent) error {
	err := s.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		return s.Add(tx, intents...)
	})
	if err == nil || errors.Is(err, ErrConflict) || errors.Is(err, tenant.ErrInvalid) {
		return err
	}
	return tenant.Unavailable("jobs", err)
}

// PostParked writes an intent that nobody is to do before an operator has looked at it, and why, in
// one line. One whose id is there already stays as it is. tenant.ErrInvalid, tenant.ErrUnavailable.
func (s *Store) PostParked(ctx context.Context, i Intent, why string) error {
	if err := i.validate(); err != nil {
		return err
	}
	r := newRecord(i, s.now())
	r.State, r.Wake, r.Error = string(Parked), time.Time{}, line(why)
	_, err := s.doc(i.ID).Create(ctx, r)
	if err == nil || status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return tenant.Unavailable("jobs", err)
}

// Add writes intents in the caller's transaction, which must be of the database "platform". It
// reads first, so it has to be called before anything is written in that transaction. An intent
// whose id is there already stays as it is. ErrConflict if that one is of another kind or tenant,
// tenant.ErrInvalid for an intent that may not be stored, or the error of the database, which the
// transaction must return.
func (s *Store) Add(tx *firestore.Transaction, intents ...Intent) error {
	refs := make([]*firestore.DocumentRef, len(intents))
	for n, i := range intents {
		if err := i.validate(); err != nil {
			return err
		}
		refs[n] = s.doc(i.ID)
	}
	docs, err := tx.GetAll(refs)
	if err != nil {
		return err
	}
	for n, doc := range docs {
		if !doc.Exists() {
			if err := tx.Create(refs[n], newRecord(intents[n], s.now())); err != nil {
				return err
			}
			continue
		}
		there, err := jobOf(doc)
		if err != nil {
			return err
		}
		if there.Kind != intents[n].Kind || there.Tenant != intents[n].Tenant {
			return ErrConflict
		}
	}
	return nil
}

// Takable yields the jobs that may be taken now, the one that waits longest first: those that are
// due, and those whose lease has ended. It reads a page at a time. A record that cannot be read is
// yielded as an *UnreadableError, and the next one follows; after tenant.ErrUnavailable nothing
// follows.
func (s *Store) Takable(ctx context.Context) iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		query := s.db.Collection(collection).Where("wake", "<=", s.now().UTC()).
			OrderBy("wake", firestore.Asc).OrderBy(firestore.DocumentID, firestore.Asc).Limit(pageSize)
		for {
			docs, err := query.Documents(ctx).GetAll()
			if err != nil {
				yield(Job{}, tenant.Unavailable("jobs", err))
				return
			}
			for _, doc := range docs {
				if !yield(jobOf(doc)) {
					return
				}
			}
			if len(docs) < pageSize {
				return
			}
			query = query.StartAfter(docs[len(docs)-1])
		}
	}
}

// Page is a part of a list. Next is what after of the following call is; empty at the end.
type Page struct {
	Jobs       []Job
	Unreadable []*UnreadableError
	Next       string
}

// List reads the jobs of a state in the order of their ids: those after the id after, which is
// empty at the start, and at most limit, which is 50 if it is zero and never more than 200.
// tenant.ErrInvalid for a state or an id that is none, tenant.ErrUnavailable.
func (s *Store) List(ctx context.Context, state State, after string, limit int) (Page, error) {
	if state != Due && state != Leased && state != Parked || after != "" && !idForm.MatchString(after) {
		return Page{}, tenant.Invalid("query of jobs")
	}
	if limit <= 0 || limit > maxPage {
		limit = pageSize
	}
	query := s.db.Collection(collection).Where("state", "==", string(state)).OrderBy(firestore.DocumentID, firestore.Asc)
	if after != "" {
		query = query.StartAfter(after)
	}
	docs, err := query.Limit(limit + 1).Documents(ctx).GetAll()
	if err != nil {
		return Page{}, tenant.Unavailable("jobs", err)
	}
	var page Page
	if len(docs) > limit {
		docs = docs[:limit]
		page.Next = docs[limit-1].Ref.ID
	}
	for _, doc := range docs {
		j, err := jobOf(doc)
		if bad, ok := errors.AsType[*UnreadableError](err); ok {
			page.Unreadable = append(page.Unreadable, bad)
			continue
		}
		page.Jobs = append(page.Jobs, j)
	}
	return page, nil
}

// Get reads one job. ErrNoJob if there is none, tenant.ErrUnavailable.
func (s *Store) Get(ctx context.Context, id string) (Job, error) {
	if !idForm.MatchString(id) {
		return Job{}, ErrNoJob
	}
	doc, err := s.doc(id).Get(ctx)
	switch {
	case status.Code(err) == codes.NotFound:
		return Job{}, ErrNoJob
	case err != nil:
		return Job{}, tenant.Unavailable("jobs", err)
	}
	return jobOf(doc)
}

// Release makes a parked job due now, with its attempts counted anew. ErrNoJob if no parked one has
// the id, tenant.ErrUnavailable.
func (s *Store) Release(ctx context.Context, id string) error {
	return s.change(ctx, id, ErrNoJob, func(j Job) ([]firestore.Update, error) {
		if j.State != Parked {
			return nil, ErrNoJob
		}
		return []firestore.Update{
			{Path: "state", Value: string(Due)},
			{Path: "wake", Value: s.now().UTC()},
			{Path: "attempts", Value: 0},
		}, nil
	})
}

// Hurry makes a job due now that is due later. ErrNoJob if no job that waits has the id,
// tenant.ErrUnavailable.
func (s *Store) Hurry(ctx context.Context, id string) error {
	return s.change(ctx, id, ErrNoJob, func(j Job) ([]firestore.Update, error) {
		if j.State != Due {
			return nil, ErrNoJob
		}
		wake := s.now().UTC()
		if j.Due.Before(wake) {
			wake = j.Due
		}
		return []firestore.Update{{Path: "wake", Value: wake}}, nil
	})
}

// Cancel deletes a job in any state, also one whose record cannot be read. Whoever holds its lease
// loses it. ErrNoJob, tenant.ErrUnavailable.
func (s *Store) Cancel(ctx context.Context, id string) error {
	if !idForm.MatchString(id) {
		return ErrNoJob
	}
	_, err := s.doc(id).Delete(ctx, firestore.Exists)
	switch {
	case status.Code(err) == codes.NotFound || status.Code(err) == codes.FailedPrecondition:
		return ErrNoJob
	case err != nil:
		return tenant.Unavailable("jobs", err)
	}
	return nil
}

// change updates the job by compare-and-set: with what patch returns for the job as it is. A patch
// of nothing deletes it. absent is the error if there is no such job.
func (s *Store) change(ctx context.Context, id string, absent error, patch func(Job) ([]firestore.Update, error)) error {
	if !idForm.MatchString(id) {
		return absent
	}
	err := s.db.RunTransaction(ctx, func(_ context.Context, tx *firestore.Transaction) error {
		doc, err := tx.Get(s.doc(id))
		if status.Code(err) == codes.NotFound {
			return absent
		}
		if err != nil {
			return err
		}
		j, err := jobOf(doc)
		if err != nil {
			return err
		}
		updates, err := patch(j)
		switch {
		case err != nil:
			return err
		case updates == nil:
			return tx.Delete(doc.Ref)
		}
		return tx.Update(doc.Ref, updates)
	})
	if err == nil || errors.Is(err, absent) || errors.Is(err, ErrLost) {
		return err
	}
	if _, ok := errors.AsType[*UnreadableError](err); ok {
		return err
	}
	return tenant.Unavailable("jobs", err)
}

// readError is the error of reading one job: ErrLost if there is none.
func readError(err error) error {
	switch {
	case err == nil:
		return nil
	case status.Code(err) == codes.NotFound:
		return ErrLost
	}
	return tenant.Unavailable("jobs", err)
}
