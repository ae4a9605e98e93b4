package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// A string is not an identifier.
var id = tenant.ID("tn-0123456789") // want "cannot convert"
