package genericcache

import (
	"context"
	"sync"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

// cache is what one writes when the library is not to hand.
type cache[K comparable, V any] struct {
	known map[K]V
}

func (c *cache[K, V]) get(key K, load func() (V, error)) (V, error) {
	if v, ok := c.known[key]; ok {
		return v, nil
	}
	v, err := load()
	c.known[key] = v
	return v, err
}

type locked[V any] struct {
	mu sync.Mutex // want "state: locked.mu holds sync.Mutex"
	v  V
}

// byKey is one whose values are held by what handles requests.
type byKey[V any] struct{ known map[string]V }

func (b *byKey[V]) put(key string, v V) { b.known[key] = v } // want "state: b.known\\[key\\] is changed"

var pages = &cache[string, notes.Page]{known: map[string]notes.Page{}}

var last unlocked[notes.Page] // want "state: package variable last holds sync.Mutex"

type unlocked[V any] struct {
	mu sync.Mutex
	v  V
}

func List(ctx context.Context, g machine.Grant, cursor string) (notes.Page, error) {
	return pages.get(cursor, func() (notes.Page, error) { // want "state: pages is changed by genericcache.cache.get"
		return notes.NewRepository(g).List(ctx, cursor)
	})
}

type lister struct {
	pages *byKey[notes.Page]
	last  locked[notes.Page]
}

func (l *lister) List(ctx context.Context, g machine.Grant, cursor string) (notes.Page, error) {
	page, err := notes.NewRepository(g).List(ctx, cursor)
	l.pages.put(cursor, page)
	return page, err
}
