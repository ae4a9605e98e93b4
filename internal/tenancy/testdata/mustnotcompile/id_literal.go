package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// An identifier comes from a parser.
var id = tenancy.ID{"tn-0123456789"} // want "implicit assignment to unexported field s"
