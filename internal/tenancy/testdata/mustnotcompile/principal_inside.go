package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

// The type within has no name here.
var p tenancy.principal // want "not exported|undefined"
