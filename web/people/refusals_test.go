package people_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/users"
	"github.com/bulkhead-saas/bulkhead/web/people"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRefusals(t *testing.T) {
	webtest.WantRefusals(t, people.Feature{}, []webtest.Told{
		{Err: users.ErrExists, Status: 409, Code: "exists"},
		{Err: users.ErrForbidden, Status: 403, Code: "forbidden"},
		{Err: people.ErrOneOfTwo, Status: 422, Code: "invalid"},
		{Err: users.ErrInvalid, Status: 422, Code: "invalid"},
		{Err: users.ErrLastAdmin, Status: 409, Code: "last_admin"},
		{Err: users.ErrNotFound, Status: 404, Code: "not_found"},
	})
}
