package api

import (
	"io"
	"path"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/go-json-experiment/json"
	"github.com/labstack/echo/v4"
)

// Prefix is where the API's addresses begin.
const Prefix = "/api/v1"

// Address is the address of something in the API: its segments below the prefix. They are ours, or
// identifiers that were parsed.
func Address(segments ...string) string { return Prefix + "/" + path.Join(segments...) }

// New returns an API over e that speaks strict JSON. about is its description in a sentence.
// refused turns what the API's library itself refuses into our problem.
func New(e *echo.Echo, about string, refused huma.Transformer) huma.API {
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
						Description: "The idToken of " + Prefix + "/token, or an API key.",
					},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": strict, "json": strict}, // "json" stands for every +json
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{refused},
	})
}

func encode(w io.Writer, v any) error { return json.MarshalWrite(w, v) }

// decode is strict where encoding/json is not: it takes no duplicate members and does not fold
// case. huma takes no unknown ones.
func decode(data []byte, v any) error { return json.Unmarshal(data, v) }
