package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// requestText is the example of an operation as HTTP has it.
func requestText(method, path string, op *huma.Operation) string {
	query, headers := url.Values{}, "X-TenantId: acme\n"
	if len(op.Security) > 0 {
		headers += "Authorization: Bearer …\n"
	}
	for _, p := range op.Parameters {
		value := fmt.Sprint(p.Example)
		switch {
		case p.Example == nil, p.Name == "X-TenantId":
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", value)
		case p.In == "query":
			query.Set(p.Name, value)
		default:
			headers += p.Name + ": " + value + "\n"
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	body := ""
	if op.RequestBody != nil {
		body = exampleText(op.RequestBody.Content)
		headers += "Content-Type: application/json\n"
	}
	return strings.TrimSpace(method + " " + path + "\n" + headers + "\n" + body)
}

// responseText is what the example of an operation is answered with.
func responseText(op *huma.Operation) string {
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if code, err := strconv.Atoi(status); err == nil && code < http.StatusMultipleChoices {
			return strings.TrimSpace(status + " " + http.StatusText(code) + "\n\n" + exampleText(op.Responses[status].Content))
		}
	}
	return ""
}

func exampleText(content map[string]*huma.MediaType) string {
	for _, media := range content {
		if media.Example != nil {
			return indented(media.Example)
		}
	}
	return ""
}

func indented(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(b)
}
