package notes

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/internal/document"
)

// collection holds a tenant's notes, each under its ID.
const collection = "notes"

// record is a note as stored.
type record struct {
	Text    string    `firestore:"text"`
	By      string    `firestore:"by"`
	Created time.Time `firestore:"created"`
	Words   int       `firestore:"words"` // counted by a job, a little later
}

// Cursor is a place in the list. Page is a part of it.
type (
	Cursor = document.Cursor[place]
	Page   = document.Page[Note, place]
	place  = document.Newest[kind]
)

// ParseCursor parses what Cursor.String returned; "" is the beginning. It returns ErrInvalid for anything else.
func ParseCursor(s string) (Cursor, error) {
	c, err := document.ParseCursor(s, document.ParseNewest[kind])
	if err != nil {
		return Cursor{}, fmt.Errorf("%w: cursor", ErrInvalid)
	}
	return c, nil
}

// List returns at most limit notes, newest first, beginning after c. Any role may ask.
func (r *Repository) List(ctx context.Context, c Cursor, limit int) (Page, error) {
	page, err := document.List(ctx, document.NewestFirst(r.db.Collection(collection)), c, limit, read)
	if err != nil {
		return Page{}, fmt.Errorf("notes: list: %w", err)
	}
	return page, nil
}

func read(d *firestore.DocumentSnapshot) (e document.Entry[Note, place], err error) {
	id, err := ParseID(d.Ref.ID)
	if err != nil {
		return e, err
	}
	var rec record
	if err := d.DataTo(&rec); err != nil {
		return e, fmt.Errorf("notes: record %s: %w", id, err)
	}
	e.Item = Note{ID: id, Text: rec.Text, By: rec.By, Created: rec.Created, Words: rec.Words}
	e.Place = document.NewestOf(rec.Created, id)
	return e, nil
}
