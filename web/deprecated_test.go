package web_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func deprecatedOperation() api.Operation {
	return api.NewOperation("Read old news", func(context.Context, vending.Grant, *struct{}) (*struct{}, error) { return nil, nil })
}

// TestDeprecation: an operation that will go says so in each of its answers and in the description,
// and goes on for long enough. It is a route of this test's own.
func TestDeprecation(t *testing.T) {
	since := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	const page = "https://app.example.com/api/docs#news"
	site := func(d api.Deprecation) (http.Handler, error) {
		return web.NewWith(deps(), func(r *door.Table) {
			r.API(tenant.FilesRead, "GET", "/old-news", deprecatedOperation(), door.Deprecated(d))
		})
	}
	h, err := site(api.Deprecation{Since: since, Sunset: since.AddDate(1, 0, 0), Link: page})
	fail(t, err)
	for path, want := range map[string]map[string]string{
		"/api/v1/old-news": {"Deprecation": "@1780272000", "Sunset": "Tue, 01 Jun 2027 00:00:00 GMT", "Link": "<" + page + `>; rel="deprecation"; type="text/html"`},
		"/api/v1/users":    {"Deprecation": "", "Sunset": "", "Link": ""},
	} {
		w := webtest.Call(h, "GET", path, "")
		webtest.WantProblem(t, path, w, http.StatusUnauthorized, "unauthenticated")
		for name, value := range want {
			if got := w.Header().Get(name); got != value {
				t.Errorf("%s: %s is %q, want %q", path, name, got, value)
			}
		}
	}
	doc := readDocument(t, h)
	if op := doc.Paths["/api/v1/old-news"]["get"]; !op.Deprecated || op.Description == "" {
		t.Errorf("the description does not say it: %+v", op)
	}
	if doc.Paths["/api/v1/users"]["get"].Deprecated {
		t.Error("the description says it of an operation that stays")
	}
	for what, d := range map[string]api.Deprecation{
		"a month":      {Since: since, Sunset: since.AddDate(0, 1, 0), Link: page},
		"no end":       {Since: since, Link: page},
		"no beginning": {Sunset: since, Link: page},
		"no page":      {Since: since, Sunset: since.AddDate(1, 0, 0)},
	} {
		if _, err := site(d); err == nil {
			t.Errorf("a deprecation with %s is accepted", what)
		}
	}
	if _, err := web.NewWith(deps(), func(r *door.Table) {
		r.Public("GET", "/old-page", nil, door.Deprecated(api.Deprecation{Since: since, Sunset: since.AddDate(1, 0, 0), Link: page}))
	}); err == nil {
		t.Error("a page is deprecated")
	}
}
