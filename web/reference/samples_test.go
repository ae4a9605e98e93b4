package reference_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/openapi"
	"github.com/bulkhead-saas/bulkhead/web/reference"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		f := openapi.Field{Name: text, In: "body", Type: text, Required: true, Says: text, Choices: []string{text}}
		return []viewtest.Sample{
			{Name: "reference", Component: reference.Page([]reference.Chapter{{Name: "users", All: []openapi.Operation{
				{ID: text, Method: "GET", Path: "/api/v1/users", Summary: text, Asks: []openapi.Field{f}, Answers: []openapi.Answer{
					{Status: "200", Says: text, Fields: []openapi.Field{f}}, {Status: "404", Says: text, Codes: []string{"not_found"}}, {Status: "default", Says: text},
				}, Says: text, Given: text, Request: text, Response: text},
				{ID: text, Method: "POST", Path: "/api/v1/users", Summary: text, Public: true, Deprecated: true},
			}}}, []openapi.Problem{{Code: "not_found", Status: 404, Says: text, Example: text}})},
		}
	})
}
