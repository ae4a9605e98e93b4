package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// A string is not an identifier.
var id = tenancy.ID("tn-0123456789") // want "cannot convert"
