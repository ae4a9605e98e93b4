package contexthelper

import (
	"github.com/labstack/echo/v4"

	"github.com/bulkhead-saas/bulkhead/isolint/testdata/clean/background"
)

type queue struct{ jobs []func() }

func (q *queue) add(job func()) { q.jobs = append(q.jobs, job) }

func start(job func()) { go job() }

func startAll(wait bool, jobs ...func()) {
	for _, job := range jobs {
		start(job)
	}
	_ = wait
	go run(jobs)
}

func indirectly(job func()) {
	wrapped := func() { job() }
	start(wrapped)
}

func run([]func()) {}

var last any

func remember(v any) { last = v }

func All(c echo.Context, q *queue, r background.Runner) {
	work := func() { _ = c.Path() }
	start(work)                                     // want "context: contexthelper.start is given"
	indirectly(work)                                // want "context: contexthelper.indirectly is given"
	q.add(work)                                     // want "context: contexthelper.queue.add is given"
	remember(c)                                     // want "context: contexthelper.remember is given"
	startAll(true, func() {}, work)                 // want "context: contexthelper.startAll is given"
	background.Go(func() { _ = c.Path() })          // want "context: background.Go is given"
	r.Run(func() error { return c.NoContent(204) }) // want "context: background.Runner.Run is given"
}
