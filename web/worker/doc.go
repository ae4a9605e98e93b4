// Package worker is what a worker process answers: the scheduler's ticks, at each of which it does
// the jobs that are due. It serves no people.
//
//	GET  /status      says that the process serves
//	POST /jobs/tick   200 with how the jobs ended, 503 if the queue could not be read
package worker
