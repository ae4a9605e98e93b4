package signin

import "github.com/bulkhead-saas/bulkhead/web/view"

// Form is the sign-in page of a workspace.
type Form struct {
	Workspace view.Workspace
	Email     string // as typed
	Next      string // where to go afterwards: a path that the handler has checked
	Error     string // one sentence, or empty
	Notice    string // e.g. "You have signed out."
}
