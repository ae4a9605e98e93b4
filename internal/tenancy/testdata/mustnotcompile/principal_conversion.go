package evil

import "github.com/bulkhead-saas/bulkhead/internal/tenancy"

type forged struct{ p *struct{ tenant tenancy.ID } }

// A struct that looks the same is another type.
var p = tenancy.Principal(forged{}) // want "cannot convert"
