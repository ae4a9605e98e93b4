package notes

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/notes"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
)

type noteOutput struct{ Body Note }

type notesOutput struct {
	Body struct {
		Notes []Note `json:"notes"`
		Next  string `json:"next,omitempty" doc:"Where the next part begins. Absent at the end."`
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

func (f Feature) listAPI(ctx context.Context, g vending.Grant, in *door.Part) (*notesOutput, error) {
	cursor, err := notes.ParseCursor(in.Cursor)
	if err != nil {
		return nil, err
	}
	page, err := notes.NewRepository(g).List(ctx, cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := new(notesOutput)
	out.Body.Notes = []Note{}
	out.Body.Next = page.Next.String()
	for _, n := range page.Items {
		out.Body.Notes = append(out.Body.Notes, newNote(n))
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
	return &noteOutput{newNote(n)}, nil
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
