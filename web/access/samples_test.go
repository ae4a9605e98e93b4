package access_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/access"
	"github.com/bulkhead-saas/bulkhead/web/view/records"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		shell := viewtest.Shell(text, access.Section())
		return []viewtest.Sample{
			{Name: "access", Component: access.Page(shell, viewtest.Records(text))},
			{Name: "access empty", Component: access.Page(shell, records.Part{Decision: text})},
		}
	})
}
