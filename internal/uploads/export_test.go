package uploads

import (
	"context"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
)

var (
	NewID      = document.NewID[kind]
	StoredType = storedType
)

// Validate is what Create makes of an intent.
func Validate(i Intent) error { return i.validate() }

// CursorOf is a place in the list.
func CursorOf(created time.Time, id ID) Cursor {
	return document.After(place{created: created, id: id})
}

// TypeOf is what a file that begins with head is kept as.
func TypeOf(head []byte, announced string) string { return typeOf(head, announced) }

// Object is the name of the upload's object.
func Object(id ID) string { return objectOf(id) }

// QueryOf is the query that Find asks for a first page.
func QueryOf(r *Repository, q Query) (firestore.Query, error) {
	return q.of(r.db.Collection(collection).Query)
}

// Findable is a record of the n-th file, as Create stores it.
func Findable(i Intent, n int) any {
	at := time.Unix(1_700_000_000+int64(n), 0)
	return record{Name: i.Name, Folder: i.Folder, Size: i.Size, State: string(Stored), Created: at}.findable()
}

// Sum adds up the sizes of all records.
func Sum(ctx context.Context, r *Repository) (int64, error) { return r.sum(ctx) }

// Recount counts the records if that is due.
func Recount(ctx context.Context, r *Repository) error { return r.recount(ctx) }

// CountAround replaces the count by used, as a job does that has read it before f was called.
func CountAround(ctx context.Context, r *Repository, used int64, f func()) error {
	before, err := r.db.GetAll(ctx, r.shardRefs())
	if err != nil {
		return err
	}
	f()
	return r.replaceCount(ctx, before, used)
}

// EmptyAround empties the bin of what was in it at a time, as a call does that has read it before f
// was called.
func EmptyAround(ctx context.Context, r *Repository, at time.Time, f func()) (deleted int, err error) {
	e := Emptied{at}
	docs, err := e.oldest(ctx, r, nil, emptyAtOnce)
	if err != nil {
		return 0, err
	}
	f()
	return e.purge(ctx, r, docs)
}

// Expire deletes a file of the bin if its day has come.
func Expire(ctx context.Context, r *Repository, id ID, at time.Time) error {
	return r.expire(ctx, id, at)
}
