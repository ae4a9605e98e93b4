package people_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/people"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		shell, viewer := viewtest.Shell(text, people.Section()), viewtest.ViewerShell(text, people.Section())
		ada := people.Person{
			ID: text, Name: text, Email: text, Role: "admin", Status: "active", You: true, CanEdit: true, LastOne: true,
		}
		grace := people.Person{
			ID: text + "2", Email: text, Role: "editor", Status: "invited", CanEdit: true, Error: text, Selected: "admin",
		}
		bob := people.Person{ID: text, Name: text, Email: text, Role: "viewer", Status: "disabled"}
		gone := bob
		gone.CanEdit = true
		all := people.List{People: []people.Person{ada, grace}, CanChangeRoles: true}
		return []viewtest.Sample{
			{Name: "people", Component: people.Page(shell, all)},
			{Name: "people read only", Component: people.Page(viewer, people.List{People: []people.Person{bob}})},
			{Name: "people in parts", Component: people.Rows(shell, people.List{People: []people.Person{ada}, Next: text}), Fragment: true},
			{Name: "changed role", Component: people.Changed(shell, grace, []people.Person{ada}), Fragment: true},
			{Name: "step down", Component: people.StepDownPage(shell, people.StepDown{ID: text, Role: "editor"})},
			{Name: "disable", Component: people.DisablePage(shell, people.Disabling{ID: text, Who: text})},
			{Name: "person who is disabled", Component: people.Row(shell, gone), Fragment: true},
			{Name: "reset", Component: people.ResetPage(shell, people.Reset{ID: text, Who: text})},
			{Name: "person row", Component: people.Row(shell, grace), Fragment: true},
		}
	})
}
