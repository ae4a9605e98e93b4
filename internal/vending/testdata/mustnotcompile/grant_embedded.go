package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

type wider struct{ vending.Grant }

// What has a Grant in it is none.
func widen(g vending.Grant) vending.Database {
	w := wider{g}
	open := func(vending.Grant) vending.Database { return w.Database() }
	return open(w) // want "cannot use w"
}
