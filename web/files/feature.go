package files

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/bulkhead-saas/bulkhead/internal/signin"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/uploads"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Feature answers for a workspace's files. It is read-only.
type Feature struct {
	maxSize int64
	signIn  *signin.Service // makes tokens for Service B
	log     *slog.Logger
}

// New returns the feature. No file above maxSize bytes is taken.
func New(maxSize int64, signIn *signin.Service, log *slog.Logger) Feature {
	return Feature{maxSize, signIn, log}
}

// Section is the feature's entry in the navigation.
func Section() view.Section { return view.Section{Name: "files", Label: "Files", Icon: "files"} }

const (
	deleted  = "file-deleted"
	moved    = "file-moved"
	inBin    = "file-binned"
	restored = "file-restored"
	emptied  = "bin-emptied"
	emptying = "bin-emptying"
	current  = "version-current"

	versionDeleted = "version-deleted"
)

// Notices returns what the feature says after a form.
func (f Feature) Notices() []door.Notice {
	return []door.Notice{
		{Code: deleted, Text: "The file is deleted."},
		{Code: inBin, Text: "The file is in the bin."},
		{Code: restored, Text: "The file is restored."},
		{Code: current, Text: "This version is the file again."},
		{Code: versionDeleted, Text: "The version is deleted."},
		{Code: emptied, Text: "The bin is empty."},
		{Code: emptying, Text: "The first files are deleted for good. The others follow within a few minutes."},
		{Code: moved, Text: "The file has its new name and place."},
		{Code: inspectionAsked, Text: "The file will be inspected."},
	}
}

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: uploads.ErrNotFound, Refusal: door.NotFound()},
		{Err: uploads.ErrBinned, Refusal: door.NewRefusal(http.StatusGone, "in_bin",
			"The file is in the bin. Restore it there, then it is as it was.")},
		{Err: uploads.ErrReplaced, Refusal: door.NewRefusal(http.StatusGone, "replaced",
			"This is an earlier version of a file, and has its own address. The file has another.")},
		{Err: uploads.ErrNotBinned, Refusal: door.NewRefusal(http.StatusConflict, "not_in_bin",
			"The file is not in the bin. Somebody may have restored it: put it into the bin again to delete it.")},
		{Err: uploads.ErrForbidden, Refusal: door.Forbidden()},
		{Err: uploads.ErrTooLarge, Refusal: door.NewRefusal(http.StatusRequestEntityTooLarge, "file_too_large",
			"The file is larger than this workspace takes."), Explain: explainSize},
		{Err: uploads.ErrWithheld, Refusal: door.NewRefusal(http.StatusConflict, "withheld",
			"This workspace gives a file out only once its inspection has found nothing in it."), Explain: explainWithheld},
		{Err: uploads.ErrSettings, Refusal: door.NewRefusal(http.StatusServiceUnavailable, "unavailable",
			"The settings of this workspace's files cannot be read, so no file is taken or given out. Its admins can set them again.")},
		{Err: uploads.ErrQuota, Refusal: door.NewRefusal(http.StatusRequestEntityTooLarge, "quota_exceeded",
			"This workspace has no room for the file."), Explain: explainQuota},
		{Err: uploads.ErrUncounted, Refusal: door.NewRefusal(http.StatusServiceUnavailable, "unavailable",
			"How much this workspace keeps cannot be read right now, so no file is taken. It is counted anew within ten minutes. Try again then.")},
		{Err: uploads.ErrNotUploaded, Refusal: door.NewRefusal(http.StatusConflict, "not_uploaded",
			"The file itself has not arrived yet.")},
		{Err: uploads.ErrMismatch, Refusal: door.NewRefusal(http.StatusConflict, "upload_mismatch",
			"What arrived is not the file that was announced. Delete it and send it again.")},
		{Err: uploads.ErrNotOwner, Refusal: door.NewRefusal(http.StatusForbidden, "not_owner",
			"A file is inspected in the name of whoever sent it, and for nobody else.")},
		{Err: uploads.ErrHarmful, Refusal: door.NewRefusal(http.StatusConflict, "harmful",
			"The inspection has found something in this file. Ask for it once more and say that you know.")},
		{Err: signin.ErrNoPerson, Refusal: door.Forbidden()},
		{Err: uploads.ErrInspected, Refusal: door.NewRefusal(http.StatusConflict, "inspected",
			"The file is inspected already, or its inspection goes on.")},
		{Err: uploads.ErrNoParts, Refusal: door.NewRefusal(http.StatusConflict, "no_parts",
			"This upload takes no part: it is sent by one request, or it is complete, or it was given up.")},
		{Err: uploads.ErrInvalid, Refusal: door.Invalid(), Explain: explain},
	}
}

// explain says what is wrong with a field of an announced file.
func explain(err error) string {
	if field, ok := errors.AsType[*uploads.FieldError](err); ok {
		return field.Sentence
	}
	return ""
}

// address is where the workspace's files stand.
func address(slug tenant.Slug) string { return door.Address(slug, "files") }

// parse returns the file that an address names.
func parse(s string) (uploads.ID, error) { return door.ParseID(s, uploads.ParseID, "a file") }
