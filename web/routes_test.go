package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bulkhead-saas/bulkhead/web"
	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/webtest"
)

func TestRouteTableIsWhole(t *testing.T) {
	var table []string
	for _, r := range web.Routes() {
		table = append(table, r.Method+" "+r.Path)
	}
	registered := web.Table().Registered()
	slices.Sort(table)
	slices.Sort(registered)
	if diff := cmp.Diff(table, registered); diff != "" {
		t.Errorf("table (-) and router (+) differ:\n%s", diff)
	}
}

// address fills a route's parameters in.
func address(r door.Route) string {
	return strings.NewReplacer(":tenant", "acme", ":id", strings.Repeat("0", 32)).Replace(r.Path)
}

func TestEveryRouteRefusesAnonymousCallers(t *testing.T) {
	h := newSite(t)
	guarded := 0
	for _, r := range web.Routes() {
		if r.Policy == door.Public {
			continue
		}
		guarded++
		t.Run(r.Method+" "+r.Path, func(t *testing.T) {
			for name, edits := range map[string][]func(*http.Request){
				"nothing":            nil,
				"a tenant":           {webtest.Header("X-TenantId", "acme")},
				"an empty bearer":    {webtest.Header("X-TenantId", "acme"), webtest.Header("Authorization", "Bearer ")},
				"basic":              {webtest.Header("X-TenantId", "acme"), webtest.Header("Authorization", "Basic YTpi")},
				"two bearers":        {webtest.Header("X-TenantId", "acme"), webtest.Header("Authorization", "Bearer a", "Bearer a")},
				"another workspace":  {webtest.Header("Cookie", "__Host-bh-globex=x")},
				"two cookies":        {webtest.Header("Cookie", "__Host-bh-acme=x; __Host-bh-acme=y")},
				"two cookie headers": {webtest.Header("Cookie", "__Host-bh-acme=x", "__Host-bh-acme=x")},
				"JSON":               {webtest.Header("Accept", "application/json")},
				"htmx":               {webtest.Header("HX-Request", "true")},
			} {
				w := webtest.Call(h, r.Method, address(r), "", edits...)
				door := map[door.Policy]string{door.Session: "/t/acme/sign-in", door.Operators: "/operator/sign-in"}[r.Policy]
				toSignIn := door != "" && w.Code == http.StatusSeeOther && strings.HasPrefix(w.Header().Get("Location"), door)
				if w.Code != http.StatusUnauthorized && !toSignIn {
					t.Errorf("with %s: %d %s", name, w.Code, w.Header().Get("Location"))
				}
			}
		})
	}
	if guarded < 15 {
		t.Errorf("only %d guarded routes", guarded)
	}
}

func TestPagesLeadToSignIn(t *testing.T) {
	h := newSite(t)
	for name, tt := range map[string]struct {
		method, target string
		edits          []func(*http.Request)
		status         int
		location, htmx string
	}{
		"page":                {"GET", "/t/acme/people", nil, 303, "/t/acme/sign-in?next=%2Ft%2Facme%2Fpeople", ""},
		"first page":          {"GET", "/t/acme/files", nil, 303, "/t/acme/sign-in", ""},
		"form":                {"POST", "/t/acme/people/u1/role", nil, 303, "/t/acme/sign-in", ""},
		"script":              {"POST", "/t/acme/files", []func(*http.Request){webtest.Header("Content-Type", "application/json")}, 401, "", ""},
		"two cookies":         {"GET", "/t/acme/files", []func(*http.Request){webtest.Header("Cookie", "__Host-bh-acme=x; __Host-bh-acme=y")}, 401, "", ""},
		"unusual spelling":    {"GET", "/t/%61cme/files", nil, 400, "", ""},
		"not a workspace":     {"GET", "/t/ACME/files", nil, 400, "", ""},
		"a tenant identifier": {"GET", "/t/tn-0123456789/files", nil, 400, "", ""},
		"fragment": {"GET", "/t/acme/files?cursor=x", []func(*http.Request){
			webtest.Header("HX-Request", "true"), webtest.Header("HX-Current-URL", "https://app.example.com/t/acme/people"),
		}, 401, "", "/t/acme/sign-in?next=%2Ft%2Facme%2Fpeople"},
	} {
		t.Run(name, func(t *testing.T) {
			w := webtest.Call(h, tt.method, tt.target, "", tt.edits...)
			if w.Code != tt.status || w.Header().Get("Location") != tt.location || w.Header().Get("HX-Redirect") != tt.htmx {
				t.Errorf("%d Location=%q HX-Redirect=%q, want %d %q %q", w.Code,
					w.Header().Get("Location"), w.Header().Get("HX-Redirect"), tt.status, tt.location, tt.htmx)
			}
		})
	}
}

// TestPublicRoutes pins what anyone may call. A route that joins it is decided here, and not by the
// way.
func TestPublicRoutes(t *testing.T) {
	want := []string{
		"GET /",
		"GET /api/docs",
		"GET /api/openapi.json",
		"GET /assets/*",
		"GET /callback",
		"GET /operator/sign-in",
		"GET /operator/sign-in/second-factor",
		"GET /status",
		"GET /t/:tenant",
		"GET /t/:tenant/address/confirm",
		"GET /t/:tenant/password/forgotten",
		"GET /t/:tenant/password/new",
		"GET /t/:tenant/sign-in",
		"GET /t/:tenant/sign-in/callback",
		"GET /t/:tenant/sign-in/recovery",
		"GET /t/:tenant/sign-in/second-factor",
		"POST /",
		"POST /api/v1/addresses",
		"POST /api/v1/password-letters",
		"POST /api/v1/passwords",
		"POST /api/v1/token",
		"POST /operator/sign-in",
		"POST /operator/sign-in/second-factor",
		"POST /operator/sign-out",
		"POST /t/:tenant/address/confirm",
		"POST /t/:tenant/password/forgotten",
		"POST /t/:tenant/password/new",
		"POST /t/:tenant/sign-in",
		"POST /t/:tenant/sign-in/provider/:id",
		"POST /t/:tenant/sign-in/recovery",
		"POST /t/:tenant/sign-in/second-factor",
		"POST /t/:tenant/sign-out",
	}
	var got []string
	for _, r := range web.Routes() {
		if r.Policy == door.Public {
			got = append(got, r.Method+" "+r.Path)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("public routes (-pinned +table): who may call a new one, and what does it tell?\n%s", diff)
	}
}
