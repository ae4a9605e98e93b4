package notes_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/notes"
	webnotes "github.com/bulkhead-saas/bulkhead/web/notes"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, webnotes.Feature{}, []webtest.Told{
		{Err: notes.ErrNotFound, Status: 404, Code: "not_found"},
		{Err: notes.ErrForbidden, Status: 403, Code: "forbidden"},
		{Err: notes.ErrInvalid, Status: 422, Code: "invalid"},
	})
}
