package helper

import (
	"encoding/json"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

type site struct {
	page  notes.Page
	pages map[string]notes.Page
	views []string
	store store
}

type store interface{ put(notes.Page) }

type inMemory struct{ pages []notes.Page }

func (m *inMemory) put(page notes.Page) { m.pages = append(m.pages, page) } // want "state: m.pages is changed"

// remember does not know whose memory it writes to.
func remember(to *notes.Page, page notes.Page) { *to = page }

func index(pages map[string]notes.Page, page notes.Page) { pages[page.Next] = page }

func indirectly(pages map[string]notes.Page, page notes.Page) { index(pages, page) }

func set[V any](to *V, v V) { *to = v }

func double(page *notes.Page) *notes.Page { return page }

func (s *site) all() map[string]notes.Page { return s.pages }

type draft struct{ page *notes.Page }

var defaults notes.Page

var fillers = []func(*notes.Page){func(*notes.Page) {}}

func (s *site) notes(c echo.Context, page notes.Page) error {
	remember(&s.page, page)   // want "state: &s.page is changed by helper.remember"
	index(s.pages, page)      // want "state: s.pages is changed by helper.index"
	indirectly(s.pages, page) // want "state: s.pages is changed by helper.indirectly"
	set(&s.page, page)        // want "state: &s.page is changed by helper.set"
	set(&defaults, page)      // want "state: &defaults is changed by helper.set"
	double(&s.page).Next = "" // want "state: double\\(&s.page\\).Next is changed"
	s.all()["x"] = page       // want "state: s.all\\(\\)\\[\"x\"\\] is changed"
	p := &s.page
	p.Next = "" // want "state: p.Next is changed"
	for i := range s.views {
		s.views[i] = "" // want "state: s.views\\[i\\] is changed"
	}
	views := s.views[:0]
	views[0] = "" // want "state: views\\[0\\] is changed"
	s.store.put(page)
	fill := fillers[0]
	fill(&s.page)                                           // want "state: s.page has its address given away"
	_ = draft{page: &s.page}                                // want "state: s.page has its address taken"
	return json.Unmarshal([]byte(c.Param("page")), &s.page) // want "state: &s.page is filled by json.Unmarshal"
}
