package notes_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/notes"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		shell, viewer := viewtest.Shell(text, notes.Section()), viewtest.ViewerShell(text, notes.Section())
		all := []notes.Note{{ID: text, Text: text, By: text, Created: viewtest.Noon()}}
		return []viewtest.Sample{
			{Name: "notes", Component: notes.Page(shell, notes.List{Notes: all, Next: text, CanWrite: true})},
			{Name: "notes read only", Component: notes.Page(viewer, notes.List{Notes: all})},
			{Name: "no notes", Component: notes.Page(shell, notes.List{})},
		}
	})
}
