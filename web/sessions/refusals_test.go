package sessions_test

import (
	"testing"

	records "github.com/bulkhead-saas/bulkhead/internal/sessions"
	"github.com/bulkhead-saas/bulkhead/web/sessions"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, sessions.Feature{}, []webtest.Told{
		{Err: sessions.ErrWhich, Status: 400, Code: "malformed"},
		{Err: records.ErrNotFound, Status: 404, Code: "not_found"},
	})
}
