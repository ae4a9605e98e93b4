// Package adapter is what the Adapter's process answers: what Pub/Sub pushes about files, and the
// scheduler's ticks, at each of which it goes on with what it has left behind. It serves no people.
//
//	GET  /status           says that the process serves
//	POST /events/uploads   a push of the application's: 204 once it is taken in; 503 if it must come again
//	POST /jobs/tick        200 with how the jobs ended, 503 if the queue could not be read
package adapter
