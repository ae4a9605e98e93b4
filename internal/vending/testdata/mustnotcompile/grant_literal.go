package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// A Grant's content cannot be written.
var g = vending.Grant{caller: nil} // want "unknown field caller|cannot refer to unexported field caller"
