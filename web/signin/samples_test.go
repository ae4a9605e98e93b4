package signin_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/signin"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		asked := signin.Form{Workspace: viewtest.Workspace(text), Next: text, Notice: text}
		refused := signin.Form{Workspace: viewtest.Pooled(text), Email: text, Error: text}
		return []viewtest.Sample{
			{Name: "sign-in", Component: signin.Page(asked), Golden: true},
			{Name: "sign-in refused", Component: signin.Page(refused)},
		}
	})
}
