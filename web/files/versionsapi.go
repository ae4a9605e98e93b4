package files

import (
	"context"
	"strings"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// UploadVersion is a version of a file, as the API shows one. A version has an identifier of its
// own, which names it below /versions.
type UploadVersion struct {
	Upload
	Current bool `json:"current" doc:"It is the file. The others are earlier versions."`
}

type versionsOutput struct {
	Body struct {
		Versions []UploadVersion `json:"versions" maxItems:"200"`
	}
}

// VersionsAPI lists the versions of a file.
func (f Feature) VersionsAPI() api.Operation {
	return api.NewOperation("List the versions of a file", f.versionsAPI).Described(api.Doc{
		Says:  "The newest comes first. Of the earlier ones 20 are kept: when there is one more, the oldest is deleted for good.",
		Given: "a file was sent", ID: exampleID, Problems: []string{"in_bin", "replaced"},
		Answers: `{"versions":[` + strings.TrimSuffix(exampleStored, "}") + `,"current":true}]}`,
	})
}

func (f Feature) versionsAPI(ctx context.Context, g vending.Grant, in *api.ID) (*versionsOutput, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	all, err := uploads.NewRepository(g).Versions(ctx, id)
	if err != nil {
		return nil, err
	}
	out := new(versionsOutput)
	out.Body.Versions = []UploadVersion{}
	for _, v := range all {
		out.Body.Versions = append(out.Body.Versions, UploadVersion{newUpload(v.Upload), v.Current})
	}
	return out, nil
}

// DownloadVersionAPI signs a request for an earlier version.
func (f Feature) DownloadVersionAPI() api.Operation {
	return api.NewOperation("Ask for a signed request for an earlier version", f.downloadVersionAPI).Described(api.Doc{
		Says:  "It is as for a file. While a file is in the bin, none of its versions is given out.",
		Given: "a file was replaced", ID: exampleID, Problems: []string{"harmful", "withheld"},
		Answers: `{"method":"GET","url":"` + exampleURL + `","headers":{},"expires":"2026-03-02T09:35:00Z"}`,
	})
}

func (f Feature) downloadVersionAPI(ctx context.Context, g vending.Grant, in *downloadInput) (*downloadOutput, error) {
	id, err := parse(in.ID.ID)
	if err != nil {
		return nil, err
	}
	signed, err := uploads.NewRepository(g).DownloadVersion(ctx, id, in.Knowing)
	if err != nil {
		return nil, err
	}
	return &downloadOutput{newSignedRequest(signed)}, nil
}

// RestoreVersionAPI makes an earlier version the file again.
func (f Feature) RestoreVersionAPI() api.Operation {
	return api.NewOperation("Make an earlier version the file again", f.restoreVersionAPI).Described(api.Doc{
		Says:  "It becomes the newest version, with the name and the folder that the file has. What was the file is an earlier version then.",
		Given: "a file was replaced", ID: exampleID, Problems: []string{"stale"},
		Answers: strings.Replace(exampleStored, `"version":1`, `"version":3`, 1),
	})
}

func (f Feature) restoreVersionAPI(ctx context.Context, g vending.Grant, in *api.ID) (*uploadOutput, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	u, err := uploads.NewRepository(g).MakeCurrent(ctx, id)
	if err != nil {
		return nil, err
	}
	return outputOf(u), nil
}

// DeleteVersionAPI deletes an earlier version for good.
func (f Feature) DeleteVersionAPI() api.Operation {
	return api.NewOperation("Delete an earlier version for good", f.deleteVersionAPI).Described(api.Doc{
		Says: "It does not come back. The other versions stay.",
		ID:   exampleID, Given: "a file was replaced",
	})
}

func (f Feature) deleteVersionAPI(ctx context.Context, g vending.Grant, in *api.ID) (*struct{}, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, uploads.NewRepository(g).DeleteVersion(ctx, id)
}
