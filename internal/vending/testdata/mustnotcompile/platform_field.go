package evil

import "github.com/bulkhead-saas/bulkhead/internal/vending"

// The control plane's clients are handed out by methods alone, which isolint restricts.
func dig(p *vending.Platform) any {
	return p.registry // want "p.registry undefined"
}
