package evil

import "github.com/bulkhead-saas/bulkhead/internal/platform"

// The control plane's clients are handed out by methods alone, which isolint restricts.
func dig(p *platform.Platform) any {
	return p.registry // want "p.registry undefined"
}
