package notes

import (
	"context"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/notes"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

// noteBody is a note as the API shows one.
type noteBody struct {
	ID      string    `json:"id"`
	Text    string    `json:"text"`
	By      string    `json:"by"`
	Created time.Time `json:"created"`
}

func bodyOf(n notes.Note) noteBody { return noteBody{n.ID.String(), n.Text, n.By, n.Created} }

type noteOutput struct{ Body noteBody }

type notesOutput struct {
	Body struct {
		Notes []noteBody `json:"notes"`
	}
}

type createNoteInput struct {
	Body struct {
		Text string `json:"text"`
	}
}

// ListAPI lists the notes.
func (f Feature) ListAPI() door.Operation {
	return door.NewOperation("List the notes of the tenant, newest first", f.listAPI)
}

func (f Feature) listAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*notesOutput, error) {
	all, err := notes.NewRepository(g).List(ctx)
	if err != nil {
		return nil, err
	}
	out := new(notesOutput)
	out.Body.Notes = []noteBody{}
	for _, n := range all {
		out.Body.Notes = append(out.Body.Notes, bodyOf(n))
	}
	return out, nil
}

// CreateAPI keeps a note.
func (f Feature) CreateAPI() door.Operation { return door.NewOperation("Write a note", f.createAPI) }

func (f Feature) createAPI(ctx context.Context, g vending.Grant, in *createNoteInput) (*noteOutput, error) {
	n, err := notes.NewRepository(g).Create(ctx, in.Body.Text)
	if err != nil {
		return nil, err
	}
	return &noteOutput{bodyOf(n)}, nil
}

// DeleteAPI deletes a note.
func (f Feature) DeleteAPI() door.Operation { return door.NewOperation("Delete a note", f.deleteAPI) }

func (f Feature) deleteAPI(ctx context.Context, g vending.Grant, in *door.ID) (*struct{}, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, notes.NewRepository(g).Delete(ctx, id)
}
