package uploads

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
)

// MaxPage is the greatest number of uploads in one page of the list.
const MaxPage = document.MaxPage

// Cursor is a place in the list. Page is a part of it.
type (
	Cursor = document.Cursor[place]
	Page   = document.Page[Upload, place]
)

// ParseCursor parses what Cursor.String returned; "" is the beginning. It returns ErrInvalid for
// anything else.
func ParseCursor(s string) (Cursor, error) {
	c, err := document.ParseCursor(s, parsePlace)
	if err != nil {
		return Cursor{}, fmt.Errorf("%w: cursor", ErrInvalid)
	}
	return c, nil
}

// List returns at most limit uploads, newest first, beginning after c. A limit below 1 or above
// MaxPage means MaxPage. A page may be shorter than limit although another follows, for uploads
// being deleted are left out. Any role may ask.
func (r *Repository) List(ctx context.Context, c Cursor, limit int) (Page, error) {
	return r.Find(ctx, Query{}, c, limit)
}

// identified returns a record with its ID.
func identified(d *firestore.DocumentSnapshot) (id ID, rec record, err error) {
	if id, err = ParseID(d.Ref.ID); err != nil {
		return id, rec, unreadable(d.Ref.ID, "id")
	}
	rec, err = read(d, nil)
	return id, rec, err
}

// entry turns a record into an entry of a list as it is at a time. Of its place it sets the ID.
func entry(d *firestore.DocumentSnapshot, at time.Time) (e document.Entry[Upload, place], rec record, err error) {
	id, rec, err := identified(d)
	if err != nil {
		return e, rec, err
	}
	e.Place.id = id
	e.Item, err = rec.upload(id, at)
	if errors.Is(err, ErrNotFound) { // it is being deleted
		e.Hidden, err = true, nil
	}
	return e, rec, err
}
