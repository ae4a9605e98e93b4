package people_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/internal/identitytest"
)

// world is two tenants and the services under test.
type world struct{ *identitytest.World }

func newWorld(t *testing.T) world {
	t.Helper()
	return world{identitytest.New(t)}
}
