package explain_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/explain"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, explain.Feature{}, []webtest.Told{
		{Err: explain.ErrQuestion, Status: 422, Code: "invalid"},
	})
}
