package files_test

import (
	"fmt"
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/files"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, files.Feature{}, []webtest.Told{
		{Err: uploads.ErrForbidden, Status: 403, Code: "forbidden"},
		{Err: uploads.ErrBinned, Status: 410, Code: "in_bin"},
		{Err: uploads.ErrReplaced, Status: 410, Code: "replaced"},
		{Err: uploads.ErrNotBinned, Status: 409, Code: "not_in_bin"},
		{Err: uploads.ErrInvalid, Status: 422, Code: "invalid"},
		{Err: uploads.ErrHarmful, Status: 409, Code: "harmful"},
		{Err: signin.ErrNoPerson, Status: 403, Code: "forbidden"},
		{Err: uploads.ErrInspected, Status: 409, Code: "inspected"},
		{Err: uploads.ErrNotOwner, Status: 403, Code: "not_owner"},
		{Err: uploads.ErrMismatch, Status: 409, Code: "upload_mismatch"},
		{Err: uploads.ErrNoParts, Status: 409, Code: "no_parts"},
		{Err: uploads.ErrNotFound, Status: 404, Code: "not_found"},
		{Err: uploads.ErrNotUploaded, Status: 409, Code: "not_uploaded"},
		{Err: uploads.ErrWithheld, Status: 409, Code: "withheld"},
		{Err: uploads.ErrSettings, Status: 503, Code: "unavailable"},
		{Err: uploads.ErrQuota, Status: 413, Code: "quota_exceeded"},
		{Err: uploads.ErrUncounted, Status: 503, Code: "unavailable"},
		{Err: uploads.ErrTooLarge, Status: 413, Code: "file_too_large"},
	})
}

func TestFieldErrorsAreShown(t *testing.T) {
	err := fmt.Errorf("create: %w", &uploads.FieldError{Field: "name", Sentence: "The name is odd."})
	r := new(door.Door).Table("", files.Feature{}).Refuse(err)
	if r.Sentence != "The name is odd." || r.Status != 422 {
		t.Errorf("%d %q", r.Status, r.Sentence)
	}
}
