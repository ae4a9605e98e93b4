package attacks_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

// guarded are the routes that want a tenant's credential, but for the one that ends it.
func guarded(t *testing.T, policy door.Policy) (routes []door.Route) {
	t.Helper()
	for _, r := range web.Routes() {
		if r.Policy == policy && r.Path != "/api/v1/token" {
			routes = append(routes, r)
		}
	}
	if len(routes) < 7 {
		t.Fatalf("only %d routes are %s", len(routes), policy)
	}
	return routes
}

// at is a route's address for the object id, in the workspace slug; and a body that the route
// takes.
func at(r door.Route, slug, id string) (path, body string) {
	path = strings.NewReplacer(":tenant", slug, ":id", id).Replace(r.Path)
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodDelete:
	case strings.HasSuffix(r.Path, "/uploads"):
		body = `{"name":"x.txt","type":"text/plain","size":1}`
	case strings.HasSuffix(r.Path, "/keys"):
		body = `{"name":"x","role":"viewer","expiresInDays":7}`
	case strings.HasSuffix(r.Path, "/roll") && r.Policy == door.API:
		body = `{"overlap":"now"}`
	case strings.HasSuffix(r.Path, "/roll"):
		body = "overlap=now"
	case strings.HasSuffix(r.Path, "/parts"):
		body = `{"numbers":[1]}`
	case r.Method == http.MethodPut && strings.HasSuffix(r.Path, "/providers/:id"):
		body = `{"name":"x","clientId":"bulkhead","first":"refuse"}`
	case r.Method == http.MethodPatch && strings.HasSuffix(r.Path, "/uploads/:id"):
		body = `{"name":"y.txt"}`
	case strings.HasSuffix(r.Path, "/move"):
		body = "name=y.txt"
	case r.Method == http.MethodPut && strings.HasSuffix(r.Path, "/settings/files"):
		body = `{"maxBytes":1,"types":[],"onlyInspected":true}`
	case strings.HasSuffix(r.Path, "/settings/files"):
		body = "version=0&max-bytes=0"
	case r.Method == http.MethodPatch:
		body = `{"role":"viewer"}`
	case r.Policy == door.Session:
		body = "role=viewer"
	default:
		body = "{}"
	}
	return strings.TrimPrefix(path, "/api/v1"), body
}

// foreign is the identifier of something of B that a route would take. What B has not been
// furnished with is made as webtest.Kinds says.
func (w *town) foreign(t *testing.T, r door.Route) string {
	t.Helper()
	kind, ok := webtest.KindOf(t, r)
	switch {
	case !ok:
		return w.theirs // the route takes none
	case slices.Contains(kind.Segments, "uploads"):
		return w.theirs
	case slices.Contains(kind.Segments, "users"):
		return w.b.Viewer.ID.String()
	case slices.Contains(kind.Segments, "keys"):
		return w.keyB.ID
	}
	if w.furnished == nil {
		w.furnished = map[string]string{}
	}
	if w.furnished[kind.Segments[0]] == "" {
		w.furnished[kind.Segments[0]] = kind.Foreign(t, webtest.Around(t, w.World))
	}
	return w.furnished[kind.Segments[0]]
}

// makeForeign makes what B has not been furnished with, before an attack begins.
func (w *town) makeForeign(t *testing.T) {
	t.Helper()
	for _, r := range web.Routes() {
		if r.Policy == door.API || r.Policy == door.Session {
			w.foreign(t, r)
		}
	}
}

// callRoute calls a route for the object id of the workspace slug, with the caller's credential.
func (c caller) callRoute(r door.Route, slug, id string, edits ...edit) exchange {
	path, body := at(r, slug, id)
	if r.Policy == door.API || r.Policy == door.APIKey {
		return c.api(r.Method, path, body, edits...)
	}
	return c.page(r.Method, path, body, edits...)
}
