package evil

import (
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Vend takes a verified caller, and no name of a tenant.
func vend(m *vending.Machine, id tenant.ID) {
	m.Vend(nil, id) // want "cannot use id"
}
