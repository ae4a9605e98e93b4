package closure

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

// New keeps the last page in a variable that all requests share.
func New(e *echo.Echo, m *machine.Machine, mux *http.ServeMux) {
	var last notes.Page
	seen := map[string]int{}
	pages := new(notes.Page)
	hits := 0
	title := &strings.Builder{}
	e.GET("/", func(c echo.Context) error {
		page, err := notes.NewRepository(m.Vend()).List(c.Request().Context(), "")
		last = page                 // want "state: last is changed"
		seen[c.Path()]++            // want "state: seen\\[c.Path\\(\\)\\] is changed"
		*pages = page               // want "state: \\*pages is changed"
		title.WriteString(c.Path()) // want "state: title is changed by strings.Builder.WriteString"
		func() { hits++ }()         // want "state: hits is changed"
		return err
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		hits++ // want "state: hits is changed"
	})
	register(func(cursor string) {
		last.Next = cursor // want "state: last.Next is changed"
	})
	bump := func() { hits++ } // want "state: hits is changed"
	e.GET("/bump", func(echo.Context) error {
		bump()
		return nil
	})
	later := func() { hits++ } // want "state: hits is changed"
	register(func(string) { later() })
	e.GET("/later", handler(later))
}

func register(func(string)) {}

func handler(f func()) echo.HandlerFunc {
	return func(echo.Context) error {
		f()
		return nil
	}
}

// Count counts in what the middleware captured.
func Count() echo.MiddlewareFunc {
	seen := map[string]int{}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		calls := 0
		return func(c echo.Context) error {
			seen[c.Param("tenant")]++ // want "state: seen\\[.*\\] is changed"
			calls++                   // want "state: calls is changed"
			return next(c)
		}
	}
}

// cached is a function that remembers.
var cached = memo()

func memo() func(string) string {
	known := map[string]string{}
	return func(key string) string {
		known[key] = key // want "state: known\\[key\\] is changed"
		return known[key]
	}
}

func init() {
	visits := 0
	http.HandleFunc("/", func(http.ResponseWriter, *http.Request) {
		visits++          // want "state: visits is changed"
		requests = visits // want "state: requests is changed"
	})
	requests = 1
}

var requests int
