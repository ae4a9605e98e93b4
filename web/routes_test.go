package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/web"
)

func TestRouteTableIsWhole(t *testing.T) {
	var table []string
	for _, r := range web.Routes() {
		table = append(table, r.Method+" "+r.Path)
	}
	registered := web.Registered()
	slices.Sort(table)
	slices.Sort(registered)
	if diff := cmp.Diff(table, registered); diff != "" {
		t.Errorf("table (-) and router (+) differ:\n%s", diff)
	}
}

func TestTableRefusesRoutesWithoutPolicy(t *testing.T) {
	type register = func(role tenancy.Role, method, path string)
	for name, add := range map[string]func(*echo.Echo, register){
		"past the table":  func(e *echo.Echo, _ register) { e.GET("/back-door", echo.NotFoundHandler) },
		"without a role":  func(_ *echo.Echo, session register) { session(0, "GET", "/t/:tenant/x") },
		"an unknown role": func(_ *echo.Echo, session register) { session(99, "GET", "/t/:tenant/x") },
		"twice": func(_ *echo.Echo, session register) {
			session(tenancy.Viewer, "GET", "/t/:tenant/x")
			session(tenancy.Admin, "GET", "/t/:tenant/x")
		},
	} {
		if err := web.CheckTable(add); err == nil {
			t.Errorf("a route %s is accepted", name)
		}
	}
	if err := web.CheckTable(func(_ *echo.Echo, session register) { session(tenancy.Viewer, "GET", "/t/:tenant/x") }); err != nil {
		t.Errorf("a proper route: %v", err)
	}
}

// address fills a route's parameters in.
func address(r web.Route) string {
	return strings.NewReplacer(":tenant", "acme", ":id", strings.Repeat("0", 32)).Replace(r.Path)
}

func TestEveryRouteRefusesAnonymousCallers(t *testing.T) {
	h := newSite(t)
	guarded := 0
	for _, r := range web.Routes() {
		if r.Policy == web.Public {
			continue
		}
		guarded++
		t.Run(r.Method+" "+r.Path, func(t *testing.T) {
			for name, edits := range map[string][]func(*http.Request){
				"nothing":            nil,
				"a tenant":           {header("X-TenantId", "acme")},
				"an empty bearer":    {header("X-TenantId", "acme"), header("Authorization", "Bearer ")},
				"basic":              {header("X-TenantId", "acme"), header("Authorization", "Basic YTpi")},
				"two bearers":        {header("X-TenantId", "acme"), header("Authorization", "Bearer a", "Bearer a")},
				"another workspace":  {header("Cookie", "__Host-bh-globex=x")},
				"two cookies":        {header("Cookie", "__Host-bh-acme=x; __Host-bh-acme=y")},
				"two cookie headers": {header("Cookie", "__Host-bh-acme=x", "__Host-bh-acme=x")},
				"JSON":               {header("Accept", "application/json")},
				"htmx":               {header("HX-Request", "true")},
			} {
				w := call(h, r.Method, address(r), "", edits...)
				door := map[web.Policy]string{web.Session: "/t/acme/sign-in", web.Operators: "/operator/sign-in"}[r.Policy]
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
		"script":              {"POST", "/t/acme/files", []func(*http.Request){header("Content-Type", "application/json")}, 401, "", ""},
		"two cookies":         {"GET", "/t/acme/files", []func(*http.Request){header("Cookie", "__Host-bh-acme=x; __Host-bh-acme=y")}, 401, "", ""},
		"unusual spelling":    {"GET", "/t/%61cme/files", nil, 400, "", ""},
		"not a workspace":     {"GET", "/t/ACME/files", nil, 400, "", ""},
		"a tenant identifier": {"GET", "/t/tn-0123456789/files", nil, 400, "", ""},
		"fragment": {"GET", "/t/acme/files?cursor=x", []func(*http.Request){
			header("HX-Request", "true"), header("HX-Current-URL", "https://app.example.com/t/acme/people"),
		}, 401, "", "/t/acme/sign-in?next=%2Ft%2Facme%2Fpeople"},
	} {
		t.Run(name, func(t *testing.T) {
			w := call(h, tt.method, tt.target, "", tt.edits...)
			if w.Code != tt.status || w.Header().Get("Location") != tt.location || w.Header().Get("HX-Redirect") != tt.htmx {
				t.Errorf("%d Location=%q HX-Redirect=%q, want %d %q %q", w.Code,
					w.Header().Get("Location"), w.Header().Get("HX-Redirect"), tt.status, tt.location, tt.htmx)
			}
		})
	}
}
