package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// A choice of tenant comes from a parser.
var s = tenancy.Selector{slug: tenancy.Slug{}} // want "unknown field slug|cannot refer to unexported field slug"
