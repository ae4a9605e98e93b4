package embedded

import (
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

type shared struct{ last notes.Page }

type counts struct{ served int }

type site struct {
	*shared
	counts
}

func (s *site) notes(c echo.Context, page notes.Page) error {
	s.last = page        // want "state: s.last is changed"
	s.served++           // want "state: s.served is changed"
	s.shared.last = page // want "state: s.shared.last is changed"
	s.remember(page)
	return nil
}

func (s *shared) remember(page notes.Page) { s.last = page } // want "state: s.last is changed"

func (s site) byValue(c echo.Context, page notes.Page) {
	s.last = page // want "state: s.last is changed"
	s.served++    // of a copy
}
