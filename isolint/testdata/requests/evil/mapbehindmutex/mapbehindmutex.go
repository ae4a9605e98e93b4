package mapbehindmutex

import (
	"context"
	"maps"
	"sync"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

var (
	mu    sync.RWMutex // want "state: package variable mu holds sync.RWMutex"
	pages = map[string]notes.Page{}
	index map[string]int
	guard struct { // want "state: package variable guard holds sync.Mutex"
		sync.Mutex
		byID map[string]notes.Note
	}
)

func List(ctx context.Context, g machine.Grant, cursor string) (notes.Page, error) {
	mu.RLock()
	page, ok := pages[cursor]
	mu.RUnlock()
	if ok {
		return page, nil
	}
	page, err := notes.NewRepository(g).List(ctx, cursor)
	mu.Lock()
	defer mu.Unlock()
	pages[cursor] = page // want "state: pages\\[cursor\\] is changed"
	return page, err
}

func Forget(other map[string]notes.Page) {
	delete(pages, "")                              // want "state: pages is changed"
	clear(pages)                                   // want "state: pages is changed"
	maps.Copy(pages, other)                        // want "state: pages is changed by maps.Copy"
	pages = nil                                    // want "state: pages is changed"
	index = map[string]int{}                       // want "state: index is changed"
	guard.byID["x"] = struct{ ID, Title string }{} // want "state: guard.byID\\[.*\\] is changed"
}
