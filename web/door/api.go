package door

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/api"
	"github.com/bulkhead-saas/bulkhead/web/openapi"
)

// apiRoute is a line of the table as an operation of the API sees it.
type apiRoute struct {
	table *Table
	route Route
}

func (r apiRoute) Name() string { return r.route.name() }

func (r apiRoute) API() huma.API { return r.table.api }

func (r apiRoute) Enter(c echo.Context) (g vending.Grant, done func(), err error) {
	return r.table.door.enterAPI(c, r.route)
}

func (r apiRoute) Select(c echo.Context) (tenant.Tenant, error) { return r.table.door.headerTenant(c) }

func (r apiRoute) Refused(ctx context.Context, err error) error {
	return r.table.door.refused(ctx, err)
}

func (r apiRoute) Keeper(ctx context.Context, g vending.Grant) (vending.Grant, error) {
	return r.table.door.keeper(ctx, g, r.route)
}

func (r apiRoute) Fail(err error, c echo.Context) { r.table.fail(err, c) }

func (r apiRoute) Problem(ctx context.Context, err error) *api.Problem { return newProblem(ctx, err) }

func (r apiRoute) Logger() *slog.Logger { return r.table.door.config.Logger }

// newProblem turns err into what a program is told.
func newProblem(ctx context.Context, err error) *api.Problem {
	r, id := refuse(ctx, err)
	p := r.problem(originOf(ctx), id)
	p.Header = refusalHeaders(r.Status, r.Code, retryAfter(err))
	return p
}

// asProblem turns what huma itself refuses into our problem. It drops the values that huma would
// repeat.
func asProblem(ctx huma.Context, _ string, body any) (any, error) {
	m, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	r := ofStatus(m.Status)
	p := r.problem(originOf(ctx.Context()), note(ctx.Context(), r, m))
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, api.Fault{Location: e.Location, Message: e.Message})
	}
	return p, nil
}

// problem is the refusal as a program is told it, at a site of that origin.
func (r Refusal) problem(origin, requestID string) *api.Problem {
	return &api.Problem{
		Type:      api.ProblemURI(origin, r.Code),
		Title:     http.StatusText(r.Status),
		Status:    r.Status,
		Detail:    r.Sentence,
		Code:      r.Code,
		RequestID: requestID,
	}
}

// originOf is that of the site that a request came to.
func originOf(ctx context.Context) string {
	if t, ok := tableOf(ctx); ok {
		return t.door.origin
	}
	return ""
}

// describe adds what d says to the description of an operation that is registered.
func (t *Table) describe(route Route, described huma.Operation, d api.Doc) {
	err := openapi.Describe(t.api.OpenAPI(), openapi.Route{
		Name: route.name(), Wants: wants(route), Public: route.Policy == Public,
		Fresh: route.Fresh, Created: route.Created, Deprecated: route.Deprecated,
	}, described, d, t.known)
	if err != nil {
		t.faults = append(t.faults, err)
	}
}

// wants says who may call a route.
func wants(r Route) string {
	switch {
	case r.Policy == Public:
		return "It takes no credential."
	case r.Policy == APIKey:
		return "It takes an API key with the scope " + string(r.Permission) + ", and nothing else."
	case r.Own && r.Fresh:
		return "It takes the ID token of somebody's own sign-in, of the last ten minutes, and nothing else."
	case r.Own:
		return "It takes the ID token of somebody's own sign-in, and nothing else."
	case r.Fresh:
		return "It wants the permission " + string(r.Permission) + ", and a sign-in of the last ten minutes."
	}
	return "It wants the permission " + string(r.Permission) + "."
}

// status passes on to the API's description what an earlier flag says of the status.
func status(op *huma.Operation) Flag {
	return func(r *Route) {
		if r.Created {
			op.DefaultStatus = http.StatusCreated
		}
	}
}

// deprecation passes on to the API's description, and to each answer, what an earlier flag says of
// the operation's end.
func deprecation(op *huma.Operation) Flag {
	return func(r *Route) {
		if r.Deprecated != (api.Deprecation{}) {
			r.Deprecated.Mark(op)
		}
	}
}

// echoPath writes a path of OpenAPI as Echo does.
func echoPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }

// Description serves the API's description.
func (t *Table) Description(c echo.Context) error {
	return blob(c, http.StatusOK, "application/openapi+json", t.description)
}

// Operations returns the operations of the table that a request came through, by their paths.
func Operations(ctx context.Context) []openapi.Operation {
	t, ok := tableOf(ctx)
	if !ok {
		return nil
	}
	return openapi.Operations(t.api.OpenAPI())
}

// Problems returns what the table that a request came through can refuse with, by status and code.
// The type of each problem leads to where it stands on the page of the API.
func Problems(ctx context.Context) []openapi.Problem {
	t, ok := tableOf(ctx)
	if !ok {
		return nil
	}
	return openapi.Problems(t.known)
}
