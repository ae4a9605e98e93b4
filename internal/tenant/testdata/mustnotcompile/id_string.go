package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// A constant is not an identifier either.
var _ = tenant.SelectID("tn-0123456789") // want "cannot use"
