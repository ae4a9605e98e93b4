package sessions_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/sessions"
	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		shell, noon := view.Shell{Workspace: viewtest.Workspace(text)}, viewtest.Noon()
		one := sessions.Session{ID: "a", Device: text, Address: text, How: text, Began: noon, Seen: noon, Current: true}
		other := one
		other.ID, other.Current = "b", false
		return []viewtest.Sample{
			{Name: "sessions", Component: sessions.Page(shell, sessions.List{Sessions: []sessions.Session{one, other}})},
			{Name: "sessions, alone", Component: sessions.Page(shell, sessions.List{Sessions: []sessions.Session{one}})},
			{Name: "sessions of a person", Component: sessions.Page(shell, sessions.List{Of: "u", Sessions: []sessions.Session{other}})},
			{Name: "sessions of a person, none", Component: sessions.Page(shell, sessions.List{Of: "u"})},
		}
	})
}
