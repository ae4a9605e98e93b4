package signin_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/signin"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, signin.Feature{}, []webtest.Told{
		{Err: signin.ErrCredential, Status: 422, Code: "invalid"},
		{Err: signin.ErrNoKeys, Status: 403, Code: "forbidden"},
	})
}
