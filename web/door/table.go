package door

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
	"github.com/bulkhead-saas/bulkhead/web/openapi"
	"github.com/bulkhead-saas/bulkhead/web/view"
)

// PageHandler answers a request of a tenant's user, with what that user may touch.
type PageHandler func(c echo.Context, g vending.Grant) error

// OperatorHandler answers a request of an operator. No Grant comes with it: an operator touches no
// tenant's data.
type OperatorHandler func(c echo.Context, o tenancy.Operator) error

// PlatformHandler answers an account of the platform.
type PlatformHandler func(c echo.Context, call tenancy.PlatformCall) error

// Table registers routes. Each of its verbs is a policy. It is read-only once Handler has returned.
type Table struct {
	door        *Door
	echo        *echo.Echo
	api         huma.API
	routes      []Route
	byName      map[string]Route
	rows        []Row             // what becomes of errors
	notices     map[string]string // the texts of notices, by their codes
	known       []*api.Problem    // each that can be said, as an example
	faults      []error           // of what features bring
	description []byte            // of the API, as OpenAPI
}

// Table returns an empty table of routes behind d that knows what the features bring. about
// describes the API in a sentence.
func (d *Door) Table(about string, features ...Feature) *Table {
	e := echo.New()
	t := &Table{door: d, echo: e, api: api.New(e, about, asProblem), byName: map[string]Route{}}
	t.rows, t.notices, t.faults = gather(features)
	t.known = examples(t.rows, d.origin)
	return t
}

// Public registers a route that anyone may call.
func (t *Table) Public(method, path string, h echo.HandlerFunc, flags ...Flag) {
	t.add(Route{Method: method, Path: path, Policy: Public}, flags)
	t.echo.Add(method, path, h)
}

// Session registers a page of a workspace, for whoever is signed in to it and has the
// permission.
func (t *Table) Session(needed tenant.Permission, method, path string, h PageHandler, flags ...Flag) {
	route := t.add(Route{Method: method, Path: path, Policy: Session, Permission: needed}, flags)
	t.echo.Add(method, path, func(c echo.Context) error {
		g, done, err := t.door.enterPage(c, route)
		if err != nil {
			return err
		}
		defer done()
		return h(c, g)
	})
}

// Operator registers a page for the people who run Bulkhead.
func (t *Table) Operator(method, path string, h OperatorHandler, flags ...Flag) {
	route := t.add(Route{Method: method, Path: path, Policy: Operators}, flags)
	t.echo.Add(method, path, func(c echo.Context) error {
		o, err := t.door.enterOperator(c, route)
		if err != nil {
			return err
		}
		return h(c, o)
	})
}

// Platform registers a route for the one account of the platform that calls there: the scheduler's
// or Pub/Sub's. Its handler may take as long as a job does.
func (t *Table) Platform(method, path string, h PlatformHandler) {
	route := t.add(Route{Method: method, Path: path, Policy: Platform}, nil)
	t.echo.Add(method, path, func(c echo.Context) error {
		call, err := t.door.enterPlatform(c, route)
		if err != nil {
			return err
		}
		return h(c, call)
	})
}

// API registers a route of the API, for holders of a bearer token of the selected tenant who have
// the permission. The path stands below the API's prefix.
func (t *Table) API(needed tenant.Permission, method, path string, op api.Operation, flags ...Flag) {
	t.operation(API, needed, method, path, op, flags)
}

// APIKey is API for a route that takes API keys and nothing else, whatever a tenant's settings say.
func (t *Table) APIKey(needed tenant.Permission, method, path string, op api.Operation, flags ...Flag) {
	t.operation(APIKey, needed, method, path, op, flags)
}

func (t *Table) operation(p Policy, needed tenant.Permission, method, path string, op api.Operation, flags []Flag) {
	described := op.At(method, path)
	route := t.add(Route{Method: method, Path: echoPath(described.Path), Policy: p, Permission: needed},
		append(flags, status(&described), deprecation(&described)))
	op.Register(apiRoute{t, route}, described)
	t.describe(route, described, op.Doc())
}

// PublicAPI registers a route of the API that anyone may call, for a tenant that the header selects
// and that is served. The path stands below the API's prefix.
func (t *Table) PublicAPI(method, path string, op api.PublicOperation, flags ...Flag) {
	described := op.At(method, path)
	route := t.add(Route{Method: method, Path: echoPath(described.Path), Policy: Public},
		append(flags, status(&described), deprecation(&described)))
	op.Register(apiRoute{t, route}, described)
	t.describe(route, described, op.Doc())
}

func (t *Table) add(r Route, flags []Flag) Route {
	for _, set := range flags {
		set(&r)
	}
	if r.Section != (view.Section{}) {
		r.Section.Path = r.Path
	}
	t.routes = append(t.routes, r)
	t.byName[r.name()] = r
	return r
}

type tableKey struct{}

// tableOf returns the table that the request of ctx came in through. ok is false outside a request.
func tableOf(ctx context.Context) (t *Table, ok bool) {
	t, ok = ctx.Value(tableKey{}).(*Table)
	return t, ok
}

// Routes returns the lines of the table, in order.
func (t *Table) Routes() []Route { return slices.Clone(t.routes) }

// Registered returns what the router has registered, as "METHOD path".
func (t *Table) Registered() []string {
	var all []string
	for _, r := range t.echo.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

// routeOf returns the line of the table that the request is for; the zero Route if there is none.
func (t *Table) routeOf(c echo.Context) Route { return t.byName[c.Request().Method+" "+c.Path()] }

// Handler returns the handler of the whole table. It returns every fault of the table: a route that
// no policy covers, or features that contradict each other.
func (t *Table) Handler() (http.Handler, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	var err error
	if t.description, err = openapi.Encode(t.api.OpenAPI()); err != nil {
		return nil, err
	}
	t.echo.IPExtractor = t.door.clientAddress()
	t.echo.HTTPErrorHandler = t.fail
	t.echo.Use(t.middleware()...)
	return httpserver.AsGet(t.echo), nil
}

// Check returns every fault of the table: a route that asks for no permission, in the table twice,
// registered past it, or with flags that contradict each other; two features that say different
// things of one error.
func (t *Table) Check() error {
	faults := slices.Clone(t.faults)
	seen := map[string]bool{}
	for _, r := range t.routes {
		name := r.name()
		if seen[name] {
			faults = append(faults, fmt.Errorf("web: route %s is in the table twice", name))
		}
		seen[name] = true
		if fault := r.fault(); fault != "" {
			faults = append(faults, fmt.Errorf("web: route %s %s", name, fault))
		}
	}
	for _, name := range t.Registered() {
		if !seen[name] {
			faults = append(faults, fmt.Errorf("web: route %s is not in the table", name))
		}
	}
	return errors.Join(faults...)
}
