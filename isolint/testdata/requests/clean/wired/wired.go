// Package wired makes what handlers share, and changes nothing of it afterwards.
package wired

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
	"github.com/bulkhead-saas/bulkhead/isolint/testdata/requests/clean/notes"
)

// Deps is what handlers need.
type Deps struct {
	Machine *machine.Machine
	Logger  *slog.Logger
	Limit   int
}

type site struct {
	Deps
	policy   string
	origin   *http.CrossOriginProtection
	handlers map[string]echo.HandlerFunc
}

// New wires.
func New(d Deps) (*echo.Echo, error) {
	s := newSite(d)
	s.policy = "default-src 'none'"
	s.handlers = map[string]echo.HandlerFunc{}
	s.handlers["/"] = s.index
	if err := s.origin.AddTrustedOrigin("https://example.com"); err != nil {
		return nil, err
	}
	e := echo.New()
	t := &table{site: s, echo: e}
	t.add("/", s.home)
	return e, d.validate()
}

func newSite(d Deps) *site {
	s := &site{Deps: d, origin: http.NewCrossOriginProtection()}
	s.Limit = max(d.Limit, 1)
	return s
}

func (d Deps) validate() error {
	var faults []string
	require := func(ok bool, what string) {
		if !ok {
			faults = append(faults, what)
		}
	}
	require(d.Machine != nil, "no machine")
	require(d.Logger != nil, "no logger")
	if len(faults) > 0 {
		return fmt.Errorf("wired: %q", faults)
	}
	return nil
}

// table registers routes while the program is wired.
type table struct {
	site  *site
	echo  *echo.Echo
	lines []string
}

func (t *table) add(path string, h func(echo.Context, machine.Grant) error) {
	t.lines = append(t.lines, path)
	t.echo.GET(path, func(c echo.Context) error { return h(c, t.site.Machine.Vend()) })
}

func (s *site) home(c echo.Context, g machine.Grant) error {
	limit := s.Limit
	limit++
	d := s.Deps
	d.Limit = limit
	page, err := notes.NewRepository(g).List(c.Request().Context(), c.QueryParam("cursor"))
	if err != nil {
		return err
	}
	page.Notes = append(page.Notes, notes.Note{Title: s.policy})
	c.Response().Header().Set("X-Count", fmt.Sprint(len(page.Notes), d.Limit))
	return nil
}

func (s *site) index(c echo.Context) error { return s.home(c, s.Machine.Vend()) }
