package home_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/home"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		return []viewtest.Sample{
			{Name: "home", Component: home.Page(home.Form{})},
			{Name: "home refused", Component: home.Page(home.Form{Slug: text, Error: text})},
		}
	})
}
