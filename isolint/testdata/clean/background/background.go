// Package background runs functions on their own, which is well as long as they hold nothing of a request.
package background

import "golang.org/x/sync/errgroup"

// Go runs job.
func Go(job func()) {
	go func() {
		defer func() { _ = recover() }()
		job()
	}()
}

// Runner waits for what it runs.
type Runner struct{ group *errgroup.Group }

// Run runs job.
func (r Runner) Run(job func() error) { r.group.Go(job) }

// Each calls f, and is done with it when it returns.
func Each(names []string, f func(string)) {
	for _, name := range names {
		f(name)
	}
}
