package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// Nor without naming the field.
var p = tenancy.Principal{nil} // want "implicit assignment to unexported field p"
