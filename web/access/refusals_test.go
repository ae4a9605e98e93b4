package access_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/access"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, access.Feature{}, []webtest.Told{
		{Err: vending.ErrQuery, Status: 400, Code: "malformed"},
	})
}
