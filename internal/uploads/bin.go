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

// BinTime is how long a file stays in the bin before it is deleted for good.
const BinTime = 30 * 24 * time.Hour

var (
	// ErrBinned reports a file that is in the bin. Until it is restored, nothing else can be done
	// with it.
	ErrBinned = errors.New("uploads: the file is in the bin")
	// ErrNotBinned reports a file that is to be deleted for good, and is not in the bin.
	ErrNotBinned = errors.New("uploads: the file is not in the bin")
)

// Binned is a file in the bin.
type Binned struct {
	Upload           // as it was when it was put there; its inspection is as it is now
	At     time.Time // when it was put there
	By     string    // e-mail address of whoever put it there
	Due    time.Time // when it is deleted for good
}

// BinCursor is a place in the list of the bin. BinPage is a part of that list.
type (
	BinCursor = document.Cursor[document.Newest[kind]]
	BinPage   = document.Page[Binned, document.Newest[kind]]
)

// ParseBinCursor parses what BinCursor.String returned; "" is the beginning. It returns ErrInvalid
// for anything else.
func ParseBinCursor(s string) (BinCursor, error) {
	c, err := document.ParseCursor(s, document.ParseNewest[kind])
	if err != nil {
		return BinCursor{}, fmt.Errorf("%w: cursor", ErrInvalid)
	}
	return c, nil
}

// binnedAt is the record of a stored file in the bin. The file's own record is in Was, and nowhere
// else: no query for files finds the record, for it has none of the fields that they ask for.
func (r record) binnedAt(at time.Time, by string) record {
	was := r.stowed()
	return record{State: string(binned), Binned: at, BinnedBy: by, Due: at.Add(BinTime), Was: &was}
}

// restoredAt is the record of a file that was in the bin. Its revision is a new one: a change that
// is based on what the file was before is refused. What its inspection waits for is asked again.
func (r record) restoredAt(at time.Time) record {
	back := *r.Was
	back.Revision++
	back.Due = back.remind(at)
	return back.findable()
}

// inBin turns the record of a file in the bin into the Binned that it is at a time. ErrNotBinned
// for any other record.
func (r record) inBin(id ID, at time.Time) (Binned, error) {
	if State(r.State) != binned {
		return Binned{}, ErrNotBinned
	}
	if r.Was == nil || State(r.Was.State) != Stored {
		return Binned{}, unreadable(id.String(), "was")
	}
	u, err := r.Was.upload(id, at)
	return Binned{Upload: u, At: r.Binned, By: r.BinnedBy, Due: r.Due}, err
}

// Bin puts a stored file into the bin. What has not arrived is deleted at once, as Delete deletes,
// and its Binned has no At. A file that is in the bin stays there until the day that it had. The
// caller must be an editor, else ErrForbidden. ErrNotFound if there is no such upload, ErrReplaced
// for an earlier version of a file: all versions of a file go into the bin with it, and come back
// with it.
//
// The object stays where it is. A download that was signed before goes on to work for the rest of
// its minute. An inspection goes on, and its verdict is kept with the file.
func (r *Repository) Bin(ctx context.Context, id ID) (Binned, error) {
	if err := r.mayWrite(); err != nil {
		return Binned{}, err
	}
	at := document.Time(r.now())
	if err := r.settleAt(ctx, at); err != nil { // which asks for a job on the day that the file is due
		return Binned{}, err
	}
	was, now, err := r.changeState(ctx, id, func(rec record) (record, error) {
		switch State(rec.State) {
		case binned:
			return rec, nil
		case Stored:
			return rec.binnedAt(at, r.caller.Email()), nil
		case replaced:
			return record{}, ErrReplaced
		}
		return rec.tombstone(), nil
	})
	if err != nil {
		return Binned{}, err
	}
	if State(now.State) == deleting {
		return Binned{}, r.forget(ctx, id, was)
	}
	return now.inBin(id, at)
}

// Restore takes a file out of the bin: it has its name and folder again, and another revision. A
// file that is not in the bin stays as it is. The caller must be an editor, else ErrForbidden.
// ErrNotFound if there is no such upload.
func (r *Repository) Restore(ctx context.Context, id ID) (Upload, error) {
	if err := r.mayWrite(); err != nil {
		return Upload{}, err
	}
	at := document.Time(r.now())
	if err := r.settleAt(ctx, at.Add(remindTime)); err != nil {
		return Upload{}, err
	}
	_, now, err := r.changeState(ctx, id, func(rec record) (record, error) {
		switch _, err := rec.inBin(id, at); {
		case err == nil:
			return rec.restoredAt(at), nil
		case errors.Is(err, ErrNotBinned):
			return rec, nil
		default:
			return record{}, err
		}
	})
	if err != nil {
		return Upload{}, err
	}
	return now.upload(id, at)
}

// GetBinned returns one file of the bin. Any role may ask. ErrNotFound if there is no such upload,
// ErrNotBinned if it is not in the bin.
func (r *Repository) GetBinned(ctx context.Context, id ID) (Binned, error) {
	ref, err := r.doc(id)
	if err != nil {
		return Binned{}, err
	}
	rec, err := read(ref.Get(ctx))
	if err != nil {
		return Binned{}, err
	}
	if State(rec.State) == deleting {
		return Binned{}, ErrNotFound
	}
	return rec.inBin(id, r.now())
}

// Binned returns at most limit files of the bin, beginning after c with those that were put there
// last. A limit below 1 or above MaxPage means MaxPage. Any role may ask.
func (r *Repository) Binned(ctx context.Context, c BinCursor, limit int) (BinPage, error) {
	q := r.db.Collection(collection).OrderBy("binned", firestore.Desc).OrderBy(firestore.DocumentID, firestore.Desc)
	at := r.now()
	page, err := document.List(ctx, q, c, limit, func(d *firestore.DocumentSnapshot) (e document.Entry[Binned, document.Newest[kind]], err error) {
		id, rec, err := identified(d)
		if err != nil {
			return e, err
		}
		e.Place = document.NewestOf(rec.Binned, id)
		e.Item, err = rec.inBin(id, at)
		return e, err
	})
	if err != nil {
		return BinPage{}, fmt.Errorf("uploads: bin: %w", err)
	}
	return page, nil
}

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
