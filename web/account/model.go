package account

import "github.com/bulkhead-saas/bulkhead/web/view"

// Forgotten is the page of whoever has forgotten their password.
type Forgotten struct {
	Workspace view.Workspace
	Email     string // as typed
	Asked     bool
	Error     string // one sentence, or empty
}

// Code is a page that takes the code of a letter.
type Code struct {
	Workspace view.Workspace
	Typed     string // the code, as typed
	Error     string // one sentence, or empty
}

// Own is the page of a person's own account.
type Own struct {
	Password bool   // there is one
	Email    string // the new address, as typed
	Failed   string // the form that was not taken: "password", "address"
	Error    string // why, in one sentence
}

// Erase is the page that asks whether to erase an account.
type Erase struct {
	Password bool
	Error    string // one sentence, or empty
}
