package worker

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/allowed/machine"
)

type job struct {
	tenant string
	run    func(context.Context) error
}

var queue = make(chan job, 16) // want "state: package variable queue holds chan"

type site struct {
	jobs chan job                 // want "state: site.jobs holds chan"
	done chan<- machine.Principal // want "state: site.done holds chan" "keep: site.done holds what was vended"
}

func (s *site) report(c echo.Context, g machine.Grant) error {
	p := g.Principal()
	s.jobs <- job{tenant: p.Tenant()}
	s.done <- p                                                          // want "keep: a grant or a client is sent to a channel"
	queue <- job{run: func(context.Context) error { _ = g; return nil }} // want "keep: a grant or a client is sent to a channel" "keep: what was vended to one caller is kept in worker.job"
	return nil
}

func wire(e *echo.Echo) {
	jobs := make(chan job)
	e.GET("/", func(c echo.Context) error {
		jobs <- job{tenant: c.Param("tenant")} // want "state: jobs is sent to"
		return nil
	})
}
