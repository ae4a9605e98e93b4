package settings

import (
	"context"
	"errors"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
)

// APIFiles is what the workspace demands of its files, as the API shows it.
type APIFiles struct {
	MaxBytes      int64      `json:"maxBytes" minimum:"0" doc:"The greatest size of a file. 0: as the platform."`
	Types         []string   `json:"types" maxItems:"40" doc:"The media types that are taken. Empty: all that the platform takes."`
	OnlyInspected bool       `json:"onlyInspected" doc:"A file is given out only once its inspection has found nothing."`
	UsedBytes     *int64     `json:"usedBytes,omitempty" format:"count" doc:"How much is used of the quota. Absent while it is being counted anew. A file counts from when it is announced until it is given up or deleted for good, in the bin too, and so does each of its versions."`
	QuotaBytes    int64      `json:"quotaBytes" format:"count" doc:"How much the workspace may keep. Whoever runs Bulkhead sets it."`
	Changed       *time.Time `json:"changed,omitempty" doc:"Absent: nothing was ever set."`
}

type filesOutput struct {
	ETag string `header:"ETag"`
	Body APIFiles
}

func filesOutputOf(ctx context.Context, g vending.Grant, s uploads.Settings) (*filesOutput, error) {
	u, err := uploads.NewRepository(g).Usage(ctx)
	used := &u.Bytes
	if errors.Is(err, uploads.ErrUncounted) {
		used = nil
	} else if err != nil {
		return nil, err
	}
	return &filesOutput{api.Tag(s.Version), APIFiles{
		s.MaxSize, append([]string{}, s.Types...), s.OnlyInspected, used, g.Quota(), unlessZero(s.Changed),
	}}, nil
}

func matches(header string, version int64) bool { return api.Matches(header, api.Tag(version)) }

// FilesAPI shows what the workspace demands of its files.
func (f Feature) FilesAPI() api.Operation {
	return api.NewOperation("Read what the workspace demands of its files", f.filesAPI).Described(api.Doc{
		Says:    "The ETag of the answer is what a change must say in If-Match that it is based on.",
		Answers: APIFiles{Types: []string{}, UsedBytes: new(int64(4_200_000)), QuotaBytes: vending.DefaultQuota},
	})
}

func (f Feature) filesAPI(ctx context.Context, g vending.Grant, _ *struct{}) (*filesOutput, error) {
	s, err := uploads.NewRepository(g).Settings(ctx)
	if err != nil {
		return nil, err
	}
	return filesOutputOf(ctx, g, s)
}

type setFilesInput struct {
	Based
	Body struct {
		MaxBytes      int64    `json:"maxBytes" minimum:"0" doc:"The greatest size of a file. 0: as the platform."`
		Types         []string `json:"types" maxItems:"40" doc:"The media types that are taken. Empty: all that the platform takes."`
		OnlyInspected bool     `json:"onlyInspected" doc:"A file is given out only once its inspection has found nothing."`
	}
}

// SetFilesAPI sets what the workspace demands of its files.
func (f Feature) SetFilesAPI() api.Operation {
	return api.NewOperation("Set what the workspace demands of its files", f.setFilesAPI).Described(api.Doc{
		Says:     "It replaces all of it. Nothing looser than the platform's own limits is taken. Files that are there already stay.",
		Asks:     `{"maxBytes":10000000,"types":["application/octet-stream","text/plain"],"onlyInspected":false}`,
		Problems: own(),
		Answers: APIFiles{
			MaxBytes: 10_000_000, Types: []string{"application/octet-stream", "text/plain"},
			UsedBytes: new(int64(4_200_000)), QuotaBytes: vending.DefaultQuota, Changed: new(exampleTime()),
		},
	})
}

func (f Feature) setFilesAPI(ctx context.Context, g vending.Grant, in *setFilesInput) (*filesOutput, error) {
	was, err := fileSettings(ctx, g, in.Based)
	if err != nil {
		return nil, err
	}
	s, err := f.setFiles(ctx, g, was.Version, uploads.Settings{
		MaxSize: in.Body.MaxBytes, Types: in.Body.Types, OnlyInspected: in.Body.OnlyInspected,
	})
	if err != nil {
		return nil, err
	}
	return filesOutputOf(ctx, g, s)
}
