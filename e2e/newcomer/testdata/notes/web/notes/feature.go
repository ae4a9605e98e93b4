// Package notes is the feature of a workspace's notes: the list, a form, deletions; pages and API.
//
//	GET  /t/acme/notes             Page
//	POST /t/acme/notes             303 to the list
//	POST /t/acme/notes/ID/delete   303 to the list with a notice
package notes

import (
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/notes"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Feature answers for a workspace's notes. It keeps nothing.
type Feature struct{}

// New returns the feature.
func New() Feature { return Feature{} }

// Section is the feature's entry in the navigation.
func Section() view.Section { return view.Section{Name: "notes", Label: "Notes", Icon: "files"} }

const deleted = "note-deleted"

// Notices returns what the feature says after a form.
func (f Feature) Notices() []door.Notice {
	return []door.Notice{{Code: deleted, Text: "The note is deleted."}}
}

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: notes.ErrNotFound, Refusal: door.NotFound()},
		{Err: notes.ErrForbidden, Refusal: door.Forbidden()},
		{Err: notes.ErrInvalid, Refusal: door.Invalid()},
	}
}

// address is where the workspace's notes stand.
func address(slug tenant.Slug) string { return door.Address(slug, "notes") }

// parse returns the note that an address names.
func parse(s string) (notes.ID, error) { return door.ParseID(s, notes.ParseID, "a note") }

// Note is a note as the page and the API show one.
type Note struct {
	ID      string    `json:"id" format:"id"`
	Text    string    `json:"text"`
	By      string    `json:"by" format:"id"`
	Created time.Time `json:"created"`
	Words   int       `json:"words,omitempty" doc:"Absent until they are counted."`
}

// The examples of the API's description speak of one note.
const (
	exampleID   = "5f1d7a84c0b94e6aa2d3b7c1e8f09a64"
	exampleNote = `{"id":"` + exampleID + `","text":"Buy milk","by":"q3VfX0m2YbT8sKdW1nRzE5uHcJa7",` +
		`"created":"2026-03-02T09:30:00Z","words":0}`
)

func newNote(n notes.Note) Note { return Note{n.ID.String(), n.Text, n.By, n.Created, n.Words} }

// List is what the page shows.
type List struct {
	Notes    []Note
	Next     string // cursor of the next part; empty on the last
	CanWrite bool
}
