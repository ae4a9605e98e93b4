package reference_test

import (
	"testing"

	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/reference"
	"github.com/bulkhead-saas/bulkhead/web/view/viewtest"
)

func TestPages(t *testing.T) {
	viewtest.Check(t, func(text string) []viewtest.Sample {
		f := door.Field{Name: text, In: "body", Type: text, Required: true, Says: text, Choices: []string{text}}
		return []viewtest.Sample{
			{Name: "reference", Component: reference.Page([]reference.Chapter{{Name: "users", All: []door.Described{
				{ID: text, Method: "GET", Path: "/api/v1/users", Summary: text, Asks: []door.Field{f}, Answers: []door.Answer{
					{Status: "200", Says: text, Fields: []door.Field{f}}, {Status: "404", Says: text, Codes: []string{"not_found"}}, {Status: "default", Says: text},
				}, Says: text, Given: text, Request: text, Response: text},
				{ID: text, Method: "POST", Path: "/api/v1/users", Summary: text, Public: true, Deprecated: true},
			}}}, []door.DescribedProblem{{Code: "not_found", Status: 404, Says: text, Example: text}})},
		}
	})
}
