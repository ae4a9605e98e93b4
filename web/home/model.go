package home

import (
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Form is the page on which one chooses a workspace.
type Form struct {
	Slug  string // as typed
	Error string // one sentence, or empty
	Live  []door.SignedIn

	// What became of an e-mail address.
	Asked     bool
	Email     string // as typed, if it is none
	FindError string
	Domain    string // of the address
	Found     []view.Workspace
}
