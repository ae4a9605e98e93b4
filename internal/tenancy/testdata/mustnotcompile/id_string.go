package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// A constant is not an identifier either.
var _ = tenancy.SelectID("tn-0123456789") // want "cannot use"
