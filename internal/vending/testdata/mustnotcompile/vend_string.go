package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// Nor a text.
func vend(m *vending.Machine) {
	m.Vend(nil, "tn-0123456789") // want "cannot use"
}
