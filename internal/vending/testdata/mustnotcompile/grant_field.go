package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// Nobody gets at the clients behind a Grant.
func dig(g vending.Grant) any {
	return g.caller // want "g.caller undefined"
}
