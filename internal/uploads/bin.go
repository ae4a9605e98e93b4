package uploads

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
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
	was := r
	was.Due, was.NameKey, was.Beginnings = time.Time{}, "", nil // they follow from the rest
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
// caller must be an editor, else ErrForbidden. ErrNotFound if there is no such upload.
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
