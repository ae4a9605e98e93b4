package home

import "github.com/bulkhead-saas/bulkhead/web/door"

// Form is the page on which one chooses a workspace.
type Form struct {
	Slug  string // as typed
	Error string // one sentence, or empty
	Live  []door.SignedIn
}
