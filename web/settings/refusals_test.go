package settings_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/authsettings"
	"github.com/bulkhead-saas/bulkhead/web/settings"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, settings.Feature{}, []webtest.Told{
		{Err: settings.ErrVersion, Status: 400, Code: "malformed"},
		{Err: settings.ErrNoCondition, Status: 428, Code: "condition_required"},
		{Err: settings.ErrGrace, Status: 422, Code: "invalid"},
		{Err: settings.ErrMapping, Status: 422, Code: "invalid"},
		{Err: authsettings.ErrInvalid, Status: 422, Code: "invalid"},
		{Err: authsettings.ErrAddress, Status: 422, Code: "bad_address"},
		{Err: authsettings.ErrNotFound, Status: 404, Code: "not_found"},
		{Err: authsettings.ErrExists, Status: 409, Code: "already_there"},
		{Err: authsettings.ErrTooMany, Status: 409, Code: "too_many"},
		{Err: authsettings.ErrLockout, Status: 409, Code: "lockout"},
		{Err: authsettings.ErrOwn, Status: 409, Code: "own_session"},
		{Err: authsettings.ErrOwnAge, Status: 409, Code: "own_session_age"},
		{Err: authsettings.ErrRequired, Status: 409, Code: "provider_required"},
		{Err: authsettings.ErrUntested, Status: 409, Code: "not_tested"},
		{Err: authsettings.ErrNoProvider, Status: 409, Code: "no_provider"},
		{Err: authsettings.ErrEnforced, Status: 409, Code: "already_required"},
		{Err: authsettings.ErrNoRecord, Status: 409, Code: "no_record"},
		{Err: authsettings.ErrDNS, Status: 503, Code: "dns_unavailable"},
	})
}
