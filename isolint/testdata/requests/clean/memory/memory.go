// Package memory keeps a result in the store that was vended for it.
package memory

import (
	"context"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

type lister struct{}

// List asks the memory first.
func (lister) List(ctx context.Context, g machine.Grant, cursor string) (notes.Page, error) {
	return remembered(g.Memory(), cursor, func() (notes.Page, error) { return notes.NewRepository(g).List(ctx, cursor) })
}

func remembered[V any](m *machine.Memory, key string, load func() (V, error)) (V, error) {
	if v, ok := m.Get(key); ok {
		if v, ok := v.(V); ok {
			return v, nil
		}
	}
	v, err := load()
	if err == nil {
		m.Put(key, v)
	}
	return v, err
}

// Shelf is kept by whoever has one.
type Shelf interface {
	Get(id string) string
	Put(id, title string)
}

type shelf struct{ titles map[string]string }

// NewShelf makes one, for a request.
func NewShelf() Shelf { return &shelf{titles: map[string]string{}} }

func (s *shelf) Get(id string) string { return s.titles[id] }
func (s *shelf) Put(id, title string) { s.titles[id] = title }
