package once

import (
	"sync"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

var first func() (notes.Page, error)

var settings = sync.OnceValue(func() map[string]string { return map[string]string{} })

type site struct {
	once sync.Once // want "state: site.once holds sync.Once"
	page notes.Page
}

func (s *site) list(c echo.Context, g machine.Grant) (notes.Page, error) {
	s.once.Do(func() {
		s.page, _ = notes.NewRepository(g).List(c.Request().Context(), "") // want "state: s.page is changed"
	})
	ctx := c.Request().Context()
	if first == nil {
		first = sync.OnceValues(func() (notes.Page, error) { // want "state: first is changed"
			return notes.NewRepository(g).List(ctx, "")
		})
	}
	settings()["title"] = c.Param("title") // want "state: settings\\(\\)\\[\"title\"\\] is changed"
	return first()
}

func wire(e *echo.Echo) {
	var caller machine.Principal
	tenant := sync.OnceValue(func() string { return caller.Tenant() })
	e.GET("/", func(c echo.Context) error { // want "keep: a handler holds what was vended"
		caller = machine.Grant{}.Principal() // want "state: caller is changed"
		return c.Redirect(303, tenant())
	})
}
