package files

import (
	"context"
	"strings"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// BinnedUpload is a file in the bin, as the API shows one: the file as it was, with its inspection
// as it is now.
type BinnedUpload struct {
	Upload
	Binned time.Time `json:"binned" doc:"When it was put into the bin."`
	By     string    `json:"by" doc:"The e-mail address of whoever put it there."`
	Due    time.Time `json:"due" doc:"When it is deleted for good."`
}

type binOutput struct {
	Body struct {
		Uploads []BinnedUpload `json:"uploads"`
		Next    string         `json:"next,omitempty" format:"cursor" doc:"Where the next part begins. Absent at the end."`
	}
}

// BinAPI lists the bin.
func (f Feature) BinAPI() api.Operation {
	return api.NewOperation("List the files in the bin", f.binAPI).Described(api.Doc{
		Says:  "Those that were put there last come first. A file stays there for 30 days, and is then deleted for good.",
		Given: "a file was put into the bin", Query: "limit=1",
		Answers: `{"uploads":[` + strings.TrimSuffix(exampleStored, "}") + `,"binned":"2026-03-02T10:00:00Z","by":"admin@acme.test","due":"2026-04-01T10:00:00Z"}]}`,
	})
}

func (f Feature) binAPI(ctx context.Context, g vending.Grant, in *api.Part) (*binOutput, error) {
	const list = "binned-uploads"
	cursor, err := api.From(g, list, *in, uploads.ParseBinCursor)
	if err != nil {
		return nil, err
	}
	page, err := f.bin(ctx, g, cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := new(binOutput)
	out.Body.Uploads = []BinnedUpload{}
	out.Body.Next = api.Next(g, list, page.Next.String())
	for _, b := range page.Items {
		out.Body.Uploads = append(out.Body.Uploads, BinnedUpload{newUpload(b.Upload), b.At, b.By, b.Due})
	}
	return out, nil
}

// RestoreAPI takes a file out of the bin.
func (f Feature) RestoreAPI() api.Operation {
	return api.NewOperation("Restore a file from the bin", f.restoreAPI).Described(api.Doc{
		Says: "It has its name and folder again, and another ETag. To restore it twice is no mistake.",
		ID:   exampleID, Given: "a file was put into the bin",
		Answers: exampleStored,
	})
}

func (f Feature) restoreAPI(ctx context.Context, g vending.Grant, in *api.ID) (*uploadOutput, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	u, err := uploads.NewRepository(g).Restore(ctx, id)
	if err != nil {
		return nil, err
	}
	return outputOf(u), nil
}

// PurgeAPI deletes a file of the bin for good.
func (f Feature) PurgeAPI() api.Operation {
	return api.NewOperation("Delete a file of the bin for good", f.purgeAPI).Described(api.Doc{
		Says: "The file itself goes with its record, and does not come back.",
		ID:   exampleID, Given: "a file was put into the bin", Problems: []string{"not_in_bin"},
	})
}

func (f Feature) purgeAPI(ctx context.Context, g vending.Grant, in *api.ID) (*struct{}, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, uploads.NewRepository(g).Delete(ctx, id)
}

type emptiedOutput struct {
	Body struct {
		Deleted int  `json:"deleted" minimum:"0" doc:"How many files are deleted already."`
		More    bool `json:"more" doc:"There were more. They are deleted within a few minutes."`
	}
}

// EmptyAPI deletes for good what is in the bin.
func (f Feature) EmptyAPI() api.Operation {
	return api.NewOperation("Empty the bin", f.emptyAPI).Described(api.Doc{
		Says:    "What is in it is deleted for good, and does not come back. What is put into it later stays there.",
		Given:   "a file was put into the bin, and nothing else is there",
		Answers: `{"deleted":1,"more":false}`,
	})
}

func (f Feature) emptyAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*emptiedOutput, error) {
	out, err := new(emptiedOutput), error(nil)
	out.Body.Deleted, out.Body.More, err = uploads.NewRepository(g).Empty(ctx)
	return out, err
}
