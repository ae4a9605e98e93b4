package explain_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/explain"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		shell, operators := viewtest.Shell(text, explain.Section()), viewtest.OperatorShell(text, explain.Section())
		asked := explain.Asked{Route: text, Credential: "session", Flaw: "right", Role: "viewer", Workspace: text}
		refused := &explain.Answer{
			Policy: "session", Status: 403, Code: "forbidden", Sentence: text,
			Steps: []explain.Step{
				{Name: text, Where: text, Outcome: "passed"},
				{Name: text, Where: text, Outcome: "refused", Detail: text},
				{Name: text, Where: text, Outcome: "not asked"},
			},
		}
		return []viewtest.Sample{
			{Name: "explain", Component: explain.Page(shell, explain.Model{Asked: asked})},
			{Name: "explain refused", Component: explain.Page(shell, explain.Model{Asked: asked, Answer: refused})},
			{Name: "explain let in", Component: explain.Page(shell, explain.Model{Answer: &explain.Answer{Policy: "public", Allowed: true}})},
			{Name: "explain error", Component: explain.OperatorPage(operators, explain.Model{Asked: asked, Error: text})},
		}
	})
}
