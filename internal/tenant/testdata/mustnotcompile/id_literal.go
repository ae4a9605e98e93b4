package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// An identifier comes from a parser.
var id = tenant.ID{"tn-0123456789"} // want "implicit assignment to unexported field s"
