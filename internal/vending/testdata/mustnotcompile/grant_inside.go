package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// The type within has no name here.
var c vending.caller // want "not exported|undefined"
