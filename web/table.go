package web

import (
	"errors"
	"fmt"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// Policy says who may call a route. The zero Policy is nobody's.
type Policy string

// The policies.
const (
	Public    Policy = "public"   // anyone
	Session   Policy = "session"  // a browser signed in to the workspace in the path
	Operators Policy = "operator" // a browser signed in as an operator
	API       Policy = "api"      // X-TenantId and a bearer token of that tenant
)

// Route is a line of the route table.
type Route struct {
	Method string
	Path   string // as Echo writes it: "/t/:tenant/files"
	Policy Policy
	Role   tenancy.Role // the least role that is let in; zero for Public and Operators, who have none
}

func (r Route) needsRole() bool { return r.Policy == Session || r.Policy == API }

// Routes returns the route table, for tests that call every line of it.
func Routes() []Route {
	s := &site{}
	t := newTable(s, echo.New())
	s.routes(t)
	return t.lines
}

// tenantHandler answers a request of a tenant's user, with what that user may touch.
type tenantHandler func(c echo.Context, g vending.Grant) error

// table registers routes. Each of its verbs is a policy.
type table struct {
	site  *site
	echo  *echo.Echo
	api   huma.API
	lines []Route
}

func newTable(s *site, e *echo.Echo) *table {
	return &table{site: s, echo: e, api: newAPI(e)}
}

// public registers a route that anyone may call.
func (t *table) public(method, path string, h echo.HandlerFunc) {
	t.lines = append(t.lines, Route{method, path, Public, 0})
	t.echo.Add(method, path, h)
}

// session registers a page of a workspace, for whoever is signed in to it with at least role.
func (t *table) session(role tenancy.Role, method, path string, h tenantHandler) {
	t.lines = append(t.lines, Route{method, path, Session, role})
	t.echo.Add(method, path, func(c echo.Context) error {
		g, err := t.site.enter(c, role)
		if err != nil {
			return err
		}
		done, err := t.site.limiter.admit(g.Tenant())
		if err != nil {
			return err
		}
		defer done()
		return h(c, g)
	})
}

// operator registers a page for the people who run Bulkhead.
func (t *table) operator(method, path string, h operatorHandler) {
	t.lines = append(t.lines, Route{method, path, Operators, 0})
	t.echo.Add(method, path, func(c echo.Context) error {
		o, err := t.site.enterOperator(c)
		if err != nil {
			return err
		}
		return h(c, o)
	})
}

// check reports routes that no policy covers: without a role, in the table twice, or registered past it.
func (t *table) check() error {
	var faults []error
	seen := map[string]bool{}
	for _, l := range t.lines {
		name := l.Method + " " + l.Path
		switch {
		case seen[name]:
			faults = append(faults, fmt.Errorf("web: route %s is in the table twice", name))
		case !slices.Contains([]Policy{Public, Session, API, Operators}, l.Policy), l.needsRole() && !l.Role.IsValid():
			faults = append(faults, fmt.Errorf("web: route %s lets in nobody in particular", name))
		}
		seen[name] = true
	}
	for _, r := range t.echo.Routes() {
		if name := r.Method + " " + r.Path; !seen[name] {
			faults = append(faults, fmt.Errorf("web: route %s is not in the table", name))
		}
	}
	return errors.Join(faults...)
}
