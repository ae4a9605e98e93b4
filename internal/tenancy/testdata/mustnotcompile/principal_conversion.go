package evil

import (
	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
)

type forged struct{ p *struct{ tenant tenant.ID } }

// A struct that looks the same is another type.
var p = tenancy.Principal(forged{}) // want "cannot convert"
