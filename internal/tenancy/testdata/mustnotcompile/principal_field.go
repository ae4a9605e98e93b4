package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// A Principal's content cannot be written.
var p = tenancy.Principal{p: nil} // want "unknown field p|cannot refer to unexported field p"
