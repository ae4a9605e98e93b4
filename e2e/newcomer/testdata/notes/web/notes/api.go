package notes

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/internal/notes"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

type notesOutput struct {
	Body struct {
		Notes []Note `json:"notes"`
		Next  string `json:"next,omitempty" format:"cursor" doc:"Where the next part begins. Absent at the end."`
	}
}

type createNoteInput struct {
	api.Creating
	Body struct {
		Text string `json:"text"`
	}
}

// ListAPI lists the notes.
func (f Feature) ListAPI() api.Operation {
	return api.NewOperation("List the notes of the tenant, newest first", f.listAPI).Described(api.Doc{
		Says: "Each page holds at most limit notes.", Query: "limit=1",
		Answers: `{"notes":[` + exampleNote + `],"next":"MTc3MjQ0MzgwMDAwMDAwMA.t1G58P3z"}`,
	})
}

func (f Feature) listAPI(ctx context.Context, g vending.Grant, in *api.Part) (*notesOutput, error) {
	cursor, err := api.From(g, "notes", *in, notes.ParseCursor)
	if err != nil {
		return nil, err
	}
	page, err := notes.NewRepository(g).List(ctx, cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := new(notesOutput)
	out.Body.Notes = []Note{}
	out.Body.Next = api.Next(g, "notes", page.Next.String())
	for _, n := range page.Items {
		out.Body.Notes = append(out.Body.Notes, newNote(n))
	}
	return out, nil
}

// CreateAPI keeps a note.
func (f Feature) CreateAPI() api.Operation {
	return api.NewCreation("Write a note", f.createAPI, func(*Note) {}).Described(api.Doc{
		Says: "It is there at once, and its words are counted later.", Asks: `{"text":"Buy milk"}`, Answers: exampleNote,
	})
}

func (f Feature) createAPI(ctx context.Context, g vending.Grant, in *createNoteInput) (*api.Creation[Note], error) {
	n, err := notes.NewRepository(g).Create(ctx, in.Body.Text)
	if err != nil {
		return nil, err
	}
	return &api.Creation[Note]{Location: api.Address("notes", n.ID.String()), Body: newNote(n)}, nil
}

// DeleteAPI deletes a note.
func (f Feature) DeleteAPI() api.Operation {
	return api.NewOperation("Delete a note", f.deleteAPI).Described(api.Doc{Says: "It does not come back.", ID: exampleID})
}

func (f Feature) deleteAPI(ctx context.Context, g vending.Grant, in *api.ID) (*struct{}, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, notes.NewRepository(g).Delete(ctx, id)
}
