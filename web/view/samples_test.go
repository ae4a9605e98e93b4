package view_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/view"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		acme := viewtest.Workspace(text)
		first := view.Section{Name: "files", Label: "Files", Icon: "files", Path: "/t/:tenant/files"}
		bare := view.Failure{Status: 500, RequestID: text, Workspace: &acme, First: &first}
		worded := view.Failure{Status: 401, Title: text, What: text, Next: text, Workspace: &acme}
		return []viewtest.Sample{
			{Name: "failure", Component: view.FailurePage(bare)},
			{Name: "failure in words", Component: view.FailurePage(worded)},
			{Name: "notice", Component: view.NoticeOOB(view.Notice{Text: text, Error: true}), Fragment: true},
		}
	})
}
