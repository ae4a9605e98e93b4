package mapfield

import (
	"maps"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

type byID map[string]notes.Note

type site struct {
	seen   map[string]notes.Note
	known  byID
	values *values
}

type values struct{ titles map[string]string }

func (v values) put(id, title string) { v.titles[id] = title } // want "state: v.titles\\[id\\] is changed"

func (b byID) add(n notes.Note) { b[n.ID] = n } // want "state: b\\[n.ID\\] is changed"

func (s site) notes(c echo.Context, n notes.Note) error {
	s.seen[n.ID] = n                                                        // want "state: s.seen\\[n.ID\\] is changed"
	delete(s.seen, "")                                                      // want "state: s.seen is changed"
	maps.DeleteFunc(s.known, func(string, notes.Note) bool { return true }) // want "state: s.known is changed by maps.DeleteFunc"
	s.values.put(n.ID, n.Title)
	s.known.add(n)
	titles := s.values.titles
	titles[n.ID] = "" // want "state: titles\\[n.ID\\] is changed"
	s.seen = nil      // of a copy
	return nil
}
