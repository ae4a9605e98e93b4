package keys_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/web/keys"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, keys.Feature{}, []webtest.Told{
		{Err: keys.ErrForm, Status: 422, Code: "invalid"},
		{Err: keys.ErrNoName, Status: 422, Code: "invalid"},
		{Err: keys.ErrNoScope, Status: 422, Code: "invalid"},
		{Err: keys.ErrNoEnd, Status: 422, Code: "invalid"},
		{Err: keys.ErrOverlap, Status: 422, Code: "invalid"},
		{Err: tenant.ErrAPIKeyRolled, Status: 409, Code: "already_rolled"},
		{Err: tenant.ErrAPIKeyEnded, Status: 409, Code: "key_ended"},
		{Err: tenant.ErrNoAPIKey, Status: 404, Code: "not_found"},
		{Err: tenant.ErrAPIKeyExists, Status: 409, Code: "already_made"},
		{Err: tenant.ErrTooManyAPIKeys, Status: 409, Code: "too_many_api_keys"},
	})
}
