package lastresult

import (
	"sync/atomic"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

var last atomic.Pointer[notes.Page] // want "state: package variable last holds atomic.Pointer"

var served atomic.Int64 // want "state: package variable served holds atomic.Int64"

var hits int64

type site struct {
	last  atomic.Value // want "state: site.last holds atomic.Value"
	count *int64
}

func (s *site) list(c echo.Context, page notes.Page) {
	last.Store(&page)
	s.last.Store(page)
	served.Add(1)
	atomic.AddInt64(s.count, 1) // want "state: s.count is changed by atomic.AddInt64"
	atomic.AddInt64(&hits, 1)   // want "state: &hits is changed by atomic.AddInt64"
	*s.count++                  // want "state: \\*s.count is changed"
}
