// Package jobs does what is due. A Runner leases intents from the control plane and calls the
// handler of their kind.
//
// A job is done at least once. It is done again if its worker died after the work and before the
// store heard of it, so a handler must be able to run twice for one intent. A handler that returns
// nil has done the job. One that returns an error is called again, later each time, and after
// MaxAttempts the job is parked for an operator; an error that wraps ErrGiveUp parks it at once.
//
// Nothing here keeps time by itself: somebody calls Drain at each tick.
package jobs
