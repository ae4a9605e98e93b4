// Package worker is what a worker process answers: the scheduler's ticks, at each of which it does
// the jobs that are due; what Pub/Sub pushes; and the Adapter, which asks for files that it has a
// ticket for. It serves no people.
//
//	GET  /status               says that the process serves
//	POST /jobs/tick            200 with how the jobs ended, 503 if the queue could not be read
//	POST /events/objects       a push of Cloud Storage's: 204 once it is written down
//	POST /events/inspections   a push of the Adapter's: likewise
//	POST /files/open           {"ticket"}: 200 with a signed request for the file
package worker
