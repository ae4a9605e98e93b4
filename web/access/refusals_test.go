package access_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/web/access"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, access.Feature{}, []webtest.Told{
		{Err: ledger.ErrQuery, Status: 400, Code: "malformed"},
	})
}
