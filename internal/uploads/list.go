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

// place is where an upload stands in the list.
type place = document.Newest[kind]

// ParseCursor parses what Cursor.String returned; "" is the beginning. It returns ErrInvalid for
// anything else.
func ParseCursor(s string) (Cursor, error) {
	c, err := document.ParseCursor(s, document.ParseNewest[kind])
	if err != nil {
		return Cursor{}, fmt.Errorf("%w: cursor", ErrInvalid)
	}
	return c, nil
}

// List returns at most limit uploads, newest first, beginning after c. A limit below 1 or above
// MaxPage means MaxPage. A page may be shorter than limit although another follows, for uploads
// being deleted are left out. Any role may ask.
func (r *Repository) List(ctx context.Context, c Cursor, limit int) (Page, error) {
	page, err := document.List(ctx, document.NewestFirst(r.db.Collection(collection)), c, limit, entryAt(r.now()))
	if err != nil {
		return Page{}, fmt.Errorf("uploads: list: %w", err)
	}
	return page, nil
}

// entryAt returns what turns a record into an entry of the list as it is at a time.
func entryAt(at time.Time) func(*firestore.DocumentSnapshot) (document.Entry[Upload, place], error) {
	return func(d *firestore.DocumentSnapshot) (document.Entry[Upload, place], error) { return entry(d, at) }
}

func entry(d *firestore.DocumentSnapshot, at time.Time) (document.Entry[Upload, place], error) {
	var e document.Entry[Upload, place]
	id, err := ParseID(d.Ref.ID)
	if err != nil {
		return e, unreadable(d.Ref.ID, "id")
	}
	rec, err := read(d, nil)
	if err != nil {
		return e, err
	}
	e.Place = document.NewestOf(rec.Created, id)
	e.Item, err = rec.upload(id, at)
	if errors.Is(err, ErrNotFound) { // it is being deleted
		e.Hidden, err = true, nil
	}
	return e, err
}
