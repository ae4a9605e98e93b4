package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/internal/tenancy"
	"github.com/bulkhead-saas/bulkhead/internal/vending"
)

// apiPrefix is where the API's addresses begin.
const apiPrefix = "/api/v1"

// newAPI returns an API over e that speaks strict JSON and answers every refusal as a problem.
func newAPI(e *echo.Echo) huma.API {
	strict := huma.Format{Marshal: encode, Unmarshal: decode}
	return humaecho.New(e, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Bulkhead",
				Version:     "1",
				Description: "People and files of one tenant, which X-TenantId selects and the bearer token or API key must belong to.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The idToken of " + apiPrefix + "/token, or an API key."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": strict, "json": strict}, // "json" stands for every +json
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{asProblem},
	})
}

func encode(w io.Writer, v any) error { return json.MarshalWrite(w, v) }

// decode is strict where encoding/json is not: it refuses duplicate members and does not fold case. huma refuses unknown
// ones.
func decode(data []byte, v any) error { return json.Unmarshal(data, v) }

// asProblem turns what huma itself refuses into our problem. It drops the values that huma would repeat.
func asProblem(ctx huma.Context, _ string, body any) (any, error) {
	m, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	r, ok := byStatus[m.Status]
	if !ok {
		r = unknown
	}
	p := r.problem(note(ctx.Context(), r, m))
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, fault{Location: e.Location, Message: e.Message})
	}
	return p, nil
}

// operation describes a route of the API.
func operation(method, path, summary string) huma.Operation {
	return huma.Operation{
		OperationID:  strings.ReplaceAll(strings.ToLower(summary), " ", "-"),
		Method:       method,
		Path:         apiPrefix + path,
		Summary:      summary,
		MaxBodyBytes: maxBody,
	}
}

func created(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusCreated
	return op
}

type grantKey struct{}

// api registers a route for holders of a bearer token of the selected tenant, with at least role.
func api[In, Out any](t *table, role tenancy.Role, op huma.Operation, h func(context.Context, vending.Grant, *In) (*Out, error)) {
	t.lines = append(t.lines, Route{op.Method, echoPath(op.Path), API, role})
	op.Security = []map[string][]string{{"bearer": {}}}
	op.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		g, err := t.site.admit(c, role)
		if err != nil {
			t.site.fail(err, c)
			return
		}
		done, err := t.site.limiter.admit(g.Tenant())
		if err != nil {
			t.site.fail(err, c)
			return
		}
		defer done()
		next(huma.WithValue(ctx, grantKey{}, g))
	}}
	register(t, op, func(ctx context.Context, in *In) (*Out, error) {
		//isolint:allow assert the middleware above has put it there: the API's library has no other way to pass it on
		g, ok := ctx.Value(grantKey{}).(vending.Grant)
		if !ok {
			return nil, vending.ErrDenied
		}
		return h(ctx, g, in)
	})
}

type tenantKey struct{}

// publicAPI registers a route that anyone may call, for a tenant that the header selects and that is served.
func publicAPI[In, Out any](t *table, op huma.Operation, h func(context.Context, tenancy.Tenant, *In) (*Out, error)) {
	t.lines = append(t.lines, Route{op.Method, echoPath(op.Path), Public, 0})
	op.Middlewares = huma.Middlewares{func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		tenant, err := t.site.headerTenant(c)
		if err != nil {
			t.site.fail(err, c)
			return
		}
		next(huma.WithValue(ctx, tenantKey{}, tenant))
	}}
	register(t, op, func(ctx context.Context, in *In) (*Out, error) {
		tenant, ok := ctx.Value(tenantKey{}).(tenancy.Tenant)
		if !ok {
			return nil, tenancy.ErrTenantDenied
		}
		return h(ctx, tenant, in)
	})
}

func register[In, Out any](t *table, op huma.Operation, h func(context.Context, *In) (*Out, error)) {
	schemas := t.api.OpenAPI().Components.Schemas
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: "X-TenantId", In: "header", Required: true, Description: "The tenant's identifier or its name in addresses.",
		Schema: &huma.Schema{Type: huma.TypeString},
	})
	op.Responses = map[string]*huma.Response{"default": {
		Description: "The request was refused.",
		Content:     map[string]*huma.MediaType{problemType: {Schema: schemas.Schema(reflect.TypeFor[problem](), true, "Problem")}},
	}}
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) {
		c := humaecho.Unwrap(ctx)
		if c.Request().ContentLength != 0 && c.Request().Header.Get("Content-Type") == "" {
			t.site.fail(errMediaType, c)
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

// echoPath writes a path of OpenAPI as Echo does.
func echoPath(path string) string { return strings.NewReplacer("{", ":", "}", "").Replace(path) }

// describe returns the API's description. huma's own form of a refusal, which nobody is ever shown, is left out.
func describe(api huma.API) ([]byte, error) {
	delete(api.OpenAPI().Components.Schemas.Map(), "ErrorModel")
	delete(api.OpenAPI().Components.Schemas.Map(), "ErrorDetail")
	doc, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("web: OpenAPI: %w", err)
	}
	return doc, nil
}

// apiDescription serves the API's description.
func (s *site) apiDescription(c echo.Context) error {
	return c.Blob(http.StatusOK, "application/openapi+json", s.openAPI)
}
