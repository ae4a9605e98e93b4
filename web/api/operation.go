package api

import (
	"context"
	"log/slog"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// Route is the line of the route table that an operation stands in. It decides who gets in, and
// what becomes of an error.
type Route interface {
	// Name is its method and path.
	Name() string
	// API is what the operation is registered with.
	API() huma.API
	// Enter is the route's policy: it returns what the caller may touch. Call done at the end of
	// the request.
	Enter(c echo.Context) (g vending.Grant, done func(), err error)
	// Select returns the tenant that the request selects, if it is served. It says nothing about
	// the caller.
	Select(c echo.Context) (tenant.Tenant, error)
	// Refused records a refusal that is an attempt to reach another tenant, and returns what to
	// answer with.
	Refused(ctx context.Context, err error) error
	// Keeper returns the grant with which the answer of a request is kept.
	Keeper(ctx context.Context, g vending.Grant) (vending.Grant, error)
	// Fail answers with err.
	Fail(err error, c echo.Context)
	// Problem returns what a program is told about err.
	Problem(ctx context.Context, err error) *Problem
	// Logger is for what the caller is not told.
	Logger() *slog.Logger
}

// ID is the input of an operation on one object.
type ID struct {
	ID string `path:"id"`
}

// Operation is what a route of the API does: a summary, input, output, and a handler.
type Operation struct {
	summary
	doc      Doc
	register func(r Route, op huma.Operation)
}

// Described returns the operation with what the description says of it.
func (o Operation) Described(d Doc) Operation {
	o.doc = d
	return o
}

// Doc returns what the description says of the operation.
func (o Operation) Doc() Doc { return o.doc }

// Register registers the operation, described as op, in a line of the route table.
func (o Operation) Register(r Route, op huma.Operation) { o.register(r, op) }

// PublicOperation is an Operation that anyone may call.
type PublicOperation struct {
	summary
	doc      Doc
	register func(r Route, op huma.Operation)
}

// Described returns the operation with what the description says of it.
func (o PublicOperation) Described(d Doc) PublicOperation {
	o.doc = d
	return o
}

// Doc returns what the description says of the operation.
func (o PublicOperation) Doc() Doc { return o.doc }

// Register registers the operation, described as op, in a line of the route table.
func (o PublicOperation) Register(r Route, op huma.Operation) { o.register(r, op) }

// summary says in a line what an operation does.
type summary string

// At returns the form of the operation at an address, which stands below the API's prefix.
func (s summary) At(method, path string) huma.Operation {
	return huma.Operation{
		OperationID:  operationID(method, path),
		Method:       method,
		Path:         Prefix + path,
		Summary:      string(s),
		MaxBodyBytes: httpserver.MaxBody,
	}
}

type grantKey struct{}

// NewOperation returns an operation whose handler is called with what the caller may touch.
func NewOperation[In, Out any](does string, h func(context.Context, vending.Grant, *In) (*Out, error)) Operation {
	return Operation{summary: summary(does), register: func(r Route, op huma.Operation) {
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Middlewares = append(op.Middlewares, enter(r))
		register(r, op, func(ctx context.Context, in *In) (*Out, error) {
			//isolint:allow assert enter has put it there: the API's library has no other way to pass it on
			g, ok := ctx.Value(grantKey{}).(vending.Grant)
			if !ok {
				return nil, vending.ErrDenied
			}
			return h(ctx, g, in)
		})
	}}
}

// enter is the policy of a route as the API's library takes it.
func enter(r Route) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		g, done, err := r.Enter(c)
		if err != nil {
			r.Fail(err, c)
			return
		}
		defer done()
		next(huma.WithValue(ctx, grantKey{}, g))
	}
}

type tenantKey struct{}

// NewPublicOperation returns an operation whose handler is called with the selected tenant.
func NewPublicOperation[In, Out any](does string, h func(context.Context, tenant.Tenant, *In) (*Out, error)) PublicOperation {
	return PublicOperation{summary: summary(does), register: func(r Route, op huma.Operation) {
		op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
			c := humaecho.Unwrap(ctx)
			tenant, err := r.Select(c)
			if err != nil {
				r.Fail(err, c)
				return
			}
			next(huma.WithValue(ctx, tenantKey{}, tenant))
		})
		register(r, op, func(ctx context.Context, in *In) (*Out, error) {
			made, ok := ctx.Value(tenantKey{}).(tenant.Tenant)
			if !ok {
				return nil, tenant.ErrTenantDenied
			}
			out, err := h(ctx, made, in)
			if err != nil { // a credential of another tenant, perhaps
				err = r.Refused(ctx, err)
			}
			return out, err
		})
	}}
}

// register hands the operation to the API's library, with what all operations have in common.
func register[In, Out any](r Route, op huma.Operation, h func(context.Context, *In) (*Out, error)) {
	schemas := r.API().OpenAPI().Components.Schemas
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: "X-TenantId", In: "header", Required: true,
		Description: "The tenant's identifier or its name in addresses.",
		Schema:      &huma.Schema{Type: huma.TypeString},
	})
	refusal := schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	op.Responses = map[string]*huma.Response{"default": {
		Description: "The request was refused.",
		Content:     map[string]*huma.MediaType{ProblemType: {Schema: refusal}},
	}}
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		if sent := c.Request(); sent.ContentLength != 0 && sent.Header.Get("Content-Type") == "" {
			r.Fail(httpserver.ErrMediaType, c)
			return
		}
		next(ctx)
	})
	huma.Register(r.API(), op, func(ctx context.Context, in *In) (*Out, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, r.Problem(ctx, err)
		}
		return out, nil
	})
}

// operationID names an operation by its method and address: "listUsers", "completeUpload". Clients
// that are generated from the description call their functions so: a summary may be reworded, an
// address stays.
func operationID(method, path string) string {
	oneOfMany, verb := false, map[string]string{"GET": "list", "POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}[method]
	var things []string
	for segment := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if !strings.HasPrefix(segment, "{") {
			things = append(things, segment)
			continue
		}
		one := len(things) - 1 // of many
		things[one] = singular(things[one])
		oneOfMany = true
		if verb == "list" {
			verb = "read"
		}
	}
	if verb == "read" && !strings.HasSuffix(path, "}") && len(things) == 2 && singular(things[1]) != things[1] {
		verb = "list" // what one of them has
	}
	if len(things) == 1 && things[0] == "account" && verb == "list" { // there is one
		verb = "read"
	}
	if last := things[len(things)-1]; len(things) == 2 && oneOfMany && singular(last) == last && !strings.HasSuffix(path, "}") { // what is done to one of them
		verb, things = things[1], things[:1]
	}
	thing := strings.Join(things, "-")
	for i := strings.IndexByte(thing, '-'); i >= 0; i = strings.IndexByte(thing, '-') { // "settingsAuthentication"
		thing = thing[:i] + strings.ToUpper(thing[i+1:i+2]) + thing[i+2:]
	}
	if verb == "create" {
		thing = singular(thing)
	}
	return verb + strings.ToUpper(thing[:1]) + thing[1:]
}

func singular(word string) string {
	if strings.HasSuffix(word, "ss") {
		return word
	}
	if strings.HasSuffix(word, "sses") {
		return strings.TrimSuffix(word, "es")
	}
	return strings.TrimSuffix(word, "s")
}
