package account_test

import (
	"testing"

	internalaccount "github.com/bulkhead-saas/bulkhead/internal/account"
	"github.com/bulkhead-saas/bulkhead/internal/identityplatform"
	"github.com/bulkhead-saas/bulkhead/internal/people"
	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/web/account"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, account.Feature{}, []webtest.Told{
		{Err: identityplatform.ErrCode, Status: 400, Code: "code"},
		{Err: identityplatform.ErrPassword, Status: 422, Code: "weak_password"},
		{Err: account.ErrPresent, Status: 422, Code: "wrong_password"},
		{Err: internalaccount.ErrNoPassword, Status: 409, Code: "no_password"},
		{Err: people.ErrAddressTaken, Status: 409, Code: "address_taken"},
		{Err: users.ErrLastAdmin, Status: 409, Code: "last_admin"},
		{Err: users.ErrInvalid, Status: 422, Code: "invalid"},
	})
}
