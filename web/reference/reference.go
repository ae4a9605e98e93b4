// Package reference is the feature that shows the API's description to people, as a page: every
// operation with what it asks for and what it answers. It needs no script and no other host.
//
//	GET /api/docs   Page
//
// Handles for tests: operation, which carries data-id, and problem. The place of a problem is what
// its type leads to.
package reference

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/web/door"
	"github.com/bulkhead-saas/bulkhead/web/openapi"
)

// Feature shows the API's description. It is read-only and holds nothing: what it shows is that of
// the door that a request came through.
type Feature struct{}

// New returns the feature.
func New() Feature { return Feature{} }

// Notices returns none.
func (Feature) Notices() []door.Notice { return nil }

// Refusals returns none.
func (Feature) Refusals() []door.Row { return nil }

// Page shows every operation.
func (Feature) Page(c echo.Context) error {
	ctx := c.Request().Context()
	return door.Show(c, http.StatusOK, Page(chapters(door.Operations(ctx)), door.Problems(ctx)))
}

// Chapter is what the API does with one kind of thing.
type Chapter struct {
	Name string
	All  []openapi.Operation
}

// chapters divides operations by the first segment of their paths. They come in its order.
func chapters(all []openapi.Operation) (c []Chapter) {
	for _, d := range all {
		name, _, _ := strings.Cut(strings.TrimPrefix(d.Path, "/api/v1/"), "/")
		if len(c) == 0 || c[len(c)-1].Name != name {
			c = append(c, Chapter{Name: name})
		}
		last := &c[len(c)-1]
		last.All = append(last.All, d)
	}
	return c
}
