package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenant"

// A choice of tenant comes from a parser.
var s = tenant.Selector{slug: tenant.Slug{}} // want "unknown field slug|cannot refer to unexported field slug"
