package sessions

import (
	"context"
	"errors"

	"github.com/bulkhead-saas/bulkhead/internal/sessions"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// Ends lists and ends the sessions of people of the tenant of a Grant. Its caller is the person, or
// an admin.
type Ends interface {
	SessionsOf(ctx context.Context, g vending.Grant, u tenant.UserID) ([]sessions.Session, error)
	EndSession(ctx context.Context, g vending.Grant, u tenant.UserID, id sessions.ID) error
	EndSessions(ctx context.Context, g vending.Grant, u tenant.UserID) error
	EndOtherSessions(ctx context.Context, g vending.Grant) error
}

// Feature answers for where people are signed in. It is read-only.
type Feature struct {
	ends    Ends
	browser door.Sessions
}

// New returns the feature.
func New(ends Ends, browser door.Sessions) Feature { return Feature{ends, browser} }

// section is the page's place, which is not in the navigation: the account menu leads to it.
func section() view.Section { return view.Section{Name: "sessions", Label: "Sessions"} }

const (
	ended       = "session-ended"
	othersEnded = "other-sessions-ended"
	allEnded    = "sessions-ended"
)

// Notices returns what the feature says after a form.
func (f Feature) Notices() []door.Notice {
	return []door.Notice{
		{Code: ended, Text: "The session has ended. Within five seconds it opens nothing anywhere."},
		{Code: othersEnded, Text: "All your other sessions have ended. Within five seconds they open nothing anywhere."},
		{Code: allEnded, Text: "All sessions of this person have ended. Within five seconds they open nothing anywhere."},
	}
}

// errWhich reports a form that does not say what to end.
var errWhich = errors.New("web: which sessions")

// Refusals returns what clients are told about the feature's errors.
func (f Feature) Refusals() []door.Row {
	return []door.Row{
		{Err: errWhich, Refusal: door.Malformed()},
		{Err: sessions.ErrNotFound, Refusal: door.NotFound()},
	}
}

// parse returns the session that an address or a form names.
func parse(s string) (sessions.ID, error) {
	return door.ParseID(s, sessions.ParseID, "a session")
}

// own is the session of the grant's caller.
func own(g vending.Grant) sessions.ID {
	p := g.Principal()
	return sessions.IDOf(p.Tenant(), p.User(), p.SignedIn())
}
