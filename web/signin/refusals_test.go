package signin_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/federation"
	"github.com/bulkhead-saas/bulkhead/internal/logins"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	internalsignin "github.com/bulkhead-saas/bulkhead/internal/signin"
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
		{Err: internalsignin.ErrRecoveryCode, Status: 401, Code: "recovery_code"},
		{Err: federation.ErrFlow, Status: 400, Code: "sign_in_flow"},
		{Err: federation.ErrFlowOver, Status: 400, Code: "sign_in_over"},
		{Err: federation.ErrNoProvider, Status: 404, Code: "unknown_provider"},
		{Err: federation.ErrProviderRefused, Status: 403, Code: "provider_refused"},
		{Err: federation.ErrProviderFault, Status: 502, Code: "provider_fault"},
		{Err: federation.ErrProviderDown, Status: 503, Code: "provider_down"},
		{Err: federation.ErrProviderToken, Status: 401, Code: "provider_token"},
		{Err: federation.ErrStranger, Status: 403, Code: "not_known"},
		{Err: federation.ErrNoAddress, Status: 403, Code: "no_address"},
		{Err: people.ErrAddressTaken, Status: 409, Code: "address_taken"},
		{Err: federation.ErrLoginTaken, Status: 409, Code: "login_taken"},
		{Err: federation.ErrLastLogin, Status: 409, Code: "last_login"},
		{Err: logins.ErrNotFound, Status: 404, Code: "not_found"},
		{Err: federation.ErrOther, Status: 403, Code: "begun_by_another"},
	})
}
