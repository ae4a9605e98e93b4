package signin_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/identity"
	"github.com/bulkhead-saas/bulkhead/web/signin"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, signin.Feature{}, []webtest.Told{
		{Err: signin.ErrCredential, Status: 422, Code: "invalid"},
		{Err: signin.ErrNoKeys, Status: 403, Code: "forbidden"},
		{Err: signin.ErrNoFactor, Status: 403, Code: "second_factor_required"},
		{Err: signin.ErrNoPassword, Status: 422, Code: "invalid"},
		{Err: signin.ErrCode, Status: 422, Code: "invalid"},
		{Err: identity.ErrRecoveryCode, Status: 401, Code: "recovery_code"},
		{Err: identity.ErrFlow, Status: 400, Code: "sign_in_flow"},
		{Err: identity.ErrFlowOver, Status: 400, Code: "sign_in_over"},
		{Err: identity.ErrNoProvider, Status: 404, Code: "unknown_provider"},
		{Err: identity.ErrProviderRefused, Status: 403, Code: "provider_refused"},
		{Err: identity.ErrProviderFault, Status: 502, Code: "provider_fault"},
		{Err: identity.ErrProviderDown, Status: 503, Code: "provider_down"},
		{Err: identity.ErrProviderToken, Status: 401, Code: "provider_token"},
		{Err: identity.ErrStranger, Status: 403, Code: "not_known"},
		{Err: identity.ErrNoAddress, Status: 403, Code: "no_address"},
		{Err: identity.ErrAddressTaken, Status: 409, Code: "address_taken"},
		{Err: identity.ErrLoginTaken, Status: 409, Code: "login_taken"},
		{Err: identity.ErrLastLogin, Status: 409, Code: "last_login"},
		{Err: identity.ErrNoLogin, Status: 404, Code: "not_found"},
		{Err: identity.ErrOther, Status: 403, Code: "begun_by_another"},
	})
}
