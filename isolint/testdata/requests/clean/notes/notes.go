// Package notes is a feature: a repository that is made of a grant, for one request.
package notes

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"cloud.google.com/go/firestore"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
)

// What can go wrong.
var (
	ErrNotFound = errors.New("notes: not found")
	ErrInvalid  = errors.New("notes: invalid")
)

var titles = regexp.MustCompile(`^[^\n]{1,120}$`)

// Note is a note.
type Note struct{ ID, Title string }

// Page is a part of the list.
type Page struct {
	Notes []Note
	Next  string
}

// Repository reads and changes notes.
type Repository struct {
	grant machine.Grant
	reads int
}

// NewRepository makes one. It does no I/O.
func NewRepository(g machine.Grant) *Repository { return &Repository{grant: g} }

// List lists them. It counts in a field, which dies with the request.
func (r *Repository) List(ctx context.Context, cursor string) (Page, error) {
	r.reads++
	docs, err := r.grant.Collection("notes").OrderBy("title", firestore.Asc).StartAfter(cursor).Documents(ctx).GetAll()
	if err != nil {
		return Page{}, fmt.Errorf("notes: list: %w", err)
	}
	var page Page
	for _, d := range docs {
		page.Notes = append(page.Notes, Note{ID: d.Ref.ID})
	}
	if n := len(page.Notes); n > 0 {
		page.Next = page.Notes[n-1].ID
	}
	return page, nil
}

// Add adds one, in a transaction that writes to what it captured.
func (r *Repository) Add(ctx context.Context, client interface {
	RunTransaction(context.Context, func(context.Context, *firestore.Transaction) error) error
}, title string,
) (added Note, err error) {
	if !titles.MatchString(title) {
		return Note{}, ErrInvalid
	}
	tries := 0
	err = client.RunTransaction(ctx, func(context.Context, *firestore.Transaction) error {
		tries++
		added = Note{ID: strings.Repeat("x", tries), Title: title}
		return nil
	})
	return added, err
}
