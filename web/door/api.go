package door

import (
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"
)

// apiPrefix is where the API's addresses begin.
const apiPrefix = "/api/v1"

// newAPI returns an API over e that speaks strict JSON and answers every refusal as a problem.
// about is its description in a sentence.
func newAPI(e *echo.Echo, about string) huma.API {
	strict := huma.Format{Marshal: encode, Unmarshal: decode}
	return humaecho.New(e, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Bulkhead",
				Version:     "1",
				Description: about,
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {
						Type: "http", Scheme: "bearer", BearerFormat: "JWT",
						Description: "The idToken of " + apiPrefix + "/token, or an API key.",
					},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": strict, "json": strict}, // "json" stands for every +json
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{asProblem},
	})
}

func encode(w io.Writer, v any) error { return json.MarshalWrite(w, v) }

// decode is strict where encoding/json is not: it takes no duplicate members and does not fold
// case. huma takes no unknown ones.
func decode(data []byte, v any) error { return json.Unmarshal(data, v) }

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
		p.Errors = append(p.Errors, fault{Location: e.Location, Message: e.Message})
	}
	return p, nil
}

// describe returns the API's description. huma's own form of a refusal, which nobody is ever shown,
// is left out.
func describe(api huma.API) ([]byte, error) {
	delete(api.OpenAPI().Components.Schemas.Map(), "ErrorModel")
	delete(api.OpenAPI().Components.Schemas.Map(), "ErrorDetail")
	doc, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("web: OpenAPI: %w", err)
	}
	return doc, nil
}

// Description serves the API's description.
func (t *Table) Description(c echo.Context) error {
	return blob(c, http.StatusOK, "application/openapi+json", t.description)
}
