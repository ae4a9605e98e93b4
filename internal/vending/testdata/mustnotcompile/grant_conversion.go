package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

type caller struct{ database any }

type forged struct{ caller *caller }

// A struct that looks the same is another type.
var g = vending.Grant(forged{}) // want "cannot convert"
