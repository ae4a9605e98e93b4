package grantfield

import (
	"container/list"
	"context"
	"sync"
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

type handlers struct {
	machine *machine.Machine
	grant   machine.Grant                // want "keep: handlers.grant holds what was vended"
	repos   map[string]*notes.Repository // want "keep: handlers.repos holds what was vended"
	caller  *machine.Principal           // want "keep: handlers.caller holds what was vended"
	state
}

type state struct{ anything any }

func (h *handlers) list(c echo.Context) error {
	h.grant = h.machine.Vend() // want "state: h.grant is changed"
	h.anything = h.grant       // want "state: h.anything is changed"
	p := h.grant.Principal()
	h.caller = &p                                      // want "state: h.caller is changed"
	h.repos[p.Tenant()] = notes.NewRepository(h.grant) // want "state: h.repos"
	return nil
}

// lister is made of nothing of a request, and asked with it.
type lister struct {
	last func(context.Context, string) (notes.Page, error)
}

func (l *lister) List(ctx context.Context, g machine.Grant) {
	repo := notes.NewRepository(g)
	l.last = repo.List            // want "state: l.last is changed"
	use(&lister{last: repo.List}) // want "keep: what was vended to one caller is kept in grantfield.lister"
}

func use(*lister) {}

func keep(ctx context.Context, known *sync.Map, last *atomic.Value, all *list.List, g machine.Grant) {
	known.Store("g", g)                  // want "keep: known.Store keeps what was vended"
	last.Store(g.Principal())            // want "keep: last.Store keeps what was vended"
	all.PushBack(notes.NewRepository(g)) // want "keep: all.PushBack keeps what was vended"
	known.Store("f", func() { _ = g })   // want "keep: known.Store keeps what was vended"
	known.Store("t", g.Principal().Tenant())
}
