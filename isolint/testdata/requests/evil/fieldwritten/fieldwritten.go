package fieldwritten

import (
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

type site struct {
	last   notes.Page
	title  string
	values [2]int
	list   []notes.Note
}

func (s *site) notes(c echo.Context, page notes.Page) error {
	if s.title == "" {
		s.title = c.Param("title") // want "state: s.title is changed"
	}
	s.last = page                          // want "state: s.last is changed"
	s.last.Next = ""                       // want "state: s.last.Next is changed"
	s.values[1] = 3                        // want "state: s.values\\[1\\] is changed"
	s.list = append(s.list, page.Notes...) // want "state: s.list is changed"
	remembered := s.last.Notes
	remembered[0] = notes.Note{} // want "state: remembered\\[0\\] is changed"
	s.keep(page)
	reset(s)
	*s = site{} // want "state: \\*s is changed"
	return nil
}

// keep handles no request itself, but what it is called on is for all of them.
func (s *site) keep(page notes.Page) { s.last = page } // want "state: s.last is changed"

func reset(s *site) { s.last = notes.Page{} } // want "state: s.last is changed"
