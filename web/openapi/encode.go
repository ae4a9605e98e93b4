package openapi

import (
	"fmt"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
)

// Encode returns the description as JSON. The library's own form of a refusal, which nobody is ever
// shown, is left out.
func Encode(doc *huma.OpenAPI) ([]byte, error) {
	delete(doc.Components.Schemas.Map(), "ErrorModel")
	delete(doc.Components.Schemas.Map(), "ErrorDetail")
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("web: OpenAPI: %w", err)
	}
	return text, nil
}
