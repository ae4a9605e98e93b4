package home_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/home"
	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		live := []door.SignedIn{{Workspace: viewtest.Workspace(text), Email: text, Address: "/t/acme/files"}}
		return []viewtest.Sample{
			{Name: "home signed in", Component: home.Page(home.Form{Live: live})},
			{Name: "home", Component: home.Page(home.Form{})},
			{Name: "home found", Component: home.Page(home.Form{Asked: true, Domain: text, Found: []view.Workspace{viewtest.Workspace(text)}})},
			{Name: "home found none", Component: home.Page(home.Form{Asked: true, Domain: text})},
			{Name: "home no address", Component: home.Page(home.Form{Asked: true, Email: text, FindError: text})},
			{Name: "home refused", Component: home.Page(home.Form{Slug: text, Error: text})},
		}
	})
}
