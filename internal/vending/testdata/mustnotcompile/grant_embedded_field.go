package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

type wider struct{ vending.Grant }

// Embedding opens nothing that was closed.
func dig(w wider) any {
	return w.caller // want "w.caller undefined"
}
