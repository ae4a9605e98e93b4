package lrulibrary

import (
	"context"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

var pages, _ = lru.New[string, notes.Page](128) // want "state: package variable pages holds lru.Cache"

type cached struct {
	pages *lru.TwoQueueCache[string, notes.Page] // want "state: cached.pages holds lru.TwoQueueCache"
}

func (l *cached) List(ctx context.Context, g machine.Grant, cursor string) (notes.Page, error) {
	if page, ok := pages.Get(cursor); ok {
		return page, nil
	}
	page, err := notes.NewRepository(g).List(ctx, cursor)
	pages.Add(cursor, page)
	l.pages.Add(cursor, page)
	return page, err
}

func wire() func(string, notes.Page) {
	pages, _ := lru.New[string, notes.Page](128)
	return func(cursor string, page notes.Page) {
		pages.Add(cursor, page) // want "state: pages is changed by lru.Cache.Add"
	}
}
