package operators_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/controlplane/jobs"
	"github.com/bulkhead-saas/bulkhead/internal/controlplane/ledger"
	"github.com/bulkhead-saas/bulkhead/web/operators"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, operators.Feature{}, []webtest.Told{
		{Err: ledger.ErrNoAlert, Status: 404, Code: "not_found"},
		{Err: jobs.ErrNoJob, Status: 404, Code: "not_found"},
		{Err: ledger.ErrQuery, Status: 400, Code: "malformed"},
	})
}
