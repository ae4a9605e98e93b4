package boundmethod

import (
	"text/template"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/memory"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

// pages is changed by its methods alone, however they are called.
var pages = &known{byID: map[string]notes.Note{}}

type known struct{ byID map[string]notes.Note }

func (k *known) put(n notes.Note) { k.byID[n.ID] = n }

func (k *known) get(id string) notes.Note { return k.byID[id] }

var draft = template.Must(template.New("").Parse("{{.}}"))

type site struct {
	shelf memory.Shelf
	own   shelf
}

type shelf = memory.Shelf

func (s *site) notes(c echo.Context, n notes.Note) error {
	(*known).put(pages, n) // want "state: pages is changed by boundmethod.known.put"
	put := pages.put       // want "state: pages is changed by boundmethod.known.put"
	put(n)
	_ = pages.get(n.ID)
	s.shelf.Put(n.ID, n.Title) // want "state: s.shelf is changed by memory.Shelf.Put"
	_ = s.own.Get(n.ID)
	_, err := draft.Parse(n.Title) // want "state: draft is changed by template.Template.Parse"
	return err
}

type counter struct{ n int }

func (k *counter) inc() { k.n++ }

func wire(e *echo.Echo) {
	hits := new(counter)
	titles := map[string]string{}
	e.GET("/", func(c echo.Context) error {
		hits.inc()              // want "state: hits is changed by boundmethod.counter.inc, and a function that may run later has captured hits"
		c.Set("titles", titles) // want "state: titles is put into a context"
		return nil
	})
}
