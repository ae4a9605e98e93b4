package door

import (
	"context"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"

	"github.com/bulkhead-saas/bulkhead/internal/tenant"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
	"github.com/bulkhead-saas/bulkhead/web/httpserver"
)

// ID is the input of an operation on one object.
type ID struct {
	ID string `path:"id"`
}

// Operation is what a route of the API does: a summary, input, output, and a handler.
type Operation struct {
	summary
	doc      Doc
	register func(t *Table, route Route, op huma.Operation)
}

// Described returns the operation with what the description says of it.
func (o Operation) Described(d Doc) Operation {
	o.doc = d
	return o
}

// PublicOperation is an Operation that anyone may call.
type PublicOperation struct {
	summary
	doc      Doc
	register func(t *Table, op huma.Operation)
}

// Described returns the operation with what the description says of it.
func (o PublicOperation) Described(d Doc) PublicOperation {
	o.doc = d
	return o
}

// summary says in a line what an operation does.
type summary string

func (s summary) describe(method, path string) huma.Operation {
	return huma.Operation{
		OperationID:  operationID(method, path),
		Method:       method,
		Path:         apiPrefix + path,
		Summary:      string(s),
		MaxBodyBytes: httpserver.MaxBody,
	}
}

type grantKey struct{}

// NewOperation returns an operation whose handler is called with what the caller may touch.
func NewOperation[In, Out any](does string, h func(context.Context, vending.Grant, *In) (*Out, error)) Operation {
	return Operation{summary: summary(does), register: func(t *Table, route Route, op huma.Operation) {
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Middlewares = append(op.Middlewares, t.enterOperation(route))
		register(t, op, func(ctx context.Context, in *In) (*Out, error) {
			//isolint:allow assert enterOperation has put it there: the API's library has no other way to pass it on
			g, ok := ctx.Value(grantKey{}).(vending.Grant)
			if !ok {
				return nil, vending.ErrDenied
			}
			return h(ctx, g, in)
		})
	}}
}

// enterOperation is the policy of the API as the API's library takes it.
func (t *Table) enterOperation(route Route) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		g, done, err := t.door.enterAPI(c, route)
		if err != nil {
			t.fail(err, c)
			return
		}
		defer done()
		next(huma.WithValue(ctx, grantKey{}, g))
	}
}

type tenantKey struct{}

// NewPublicOperation returns an operation whose handler is called with the selected tenant.
func NewPublicOperation[In, Out any](does string, h func(context.Context, tenant.Tenant, *In) (*Out, error)) PublicOperation {
	return PublicOperation{summary: summary(does), register: func(t *Table, op huma.Operation) {
		op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
			c := humaecho.Unwrap(ctx)
			tenant, err := t.door.headerTenant(c)
			if err != nil {
				t.fail(err, c)
				return
			}
			next(huma.WithValue(ctx, tenantKey{}, tenant))
		})
		register(t, op, func(ctx context.Context, in *In) (*Out, error) {
			made, ok := ctx.Value(tenantKey{}).(tenant.Tenant)
			if !ok {
				return nil, tenant.ErrTenantDenied
			}
			out, err := h(ctx, made, in)
			if err != nil { // a credential of another tenant, perhaps
				err = t.door.refused(ctx, err)
			}
			return out, err
		})
	}}
}

// register hands the operation to the API's library, with what all operations have in common.
func register[In, Out any](t *Table, op huma.Operation, h func(context.Context, *In) (*Out, error)) {
	schemas := t.api.OpenAPI().Components.Schemas
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: "X-TenantId", In: "header", Required: true,
		Description: "The tenant's identifier or its name in addresses.",
		Schema:      &huma.Schema{Type: huma.TypeString},
	})
	refusal := schemas.Schema(reflect.TypeFor[problem](), true, "Problem")
	op.Responses = map[string]*huma.Response{"default": {
		Description: "The request was refused.",
		Content:     map[string]*huma.MediaType{problemType: {Schema: refusal}},
	}}
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		if r := c.Request(); r.ContentLength != 0 && r.Header.Get("Content-Type") == "" {
			t.fail(httpserver.ErrMediaType, c)
			return
		}
		next(ctx)
	})
	huma.Register(t.api, op, func(ctx context.Context, in *In) (*Out, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, newProblem(ctx, err)
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

// echoPath writes a path of OpenAPI as Echo does.
func echoPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }
