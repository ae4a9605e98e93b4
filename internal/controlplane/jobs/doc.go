// Package jobs keeps what is still to be done: the collection "jobs" of the control plane's
// database, of which it is the only writer.
//
// An intent is written in the transaction that gives rise to it, so that the cause and the intent
// are both there or both not there. From then on it is due. A worker takes it under a lease, does
// it, and deletes it. Should the worker die, the lease ends and another takes the intent: each is
// done at least once, so whoever does it must be able to do it twice.
//
// A lease carries a fence, a number that grows with each lease of an intent. Whoever reports on a
// lease names its fence, and is told ErrLost if the intent was leased to another since. So a worker
// that slept through its lease changes nothing any more.
//
//	       Add             Take              Done
//	(none) ----> due ----------> leased ------------> (deleted)
//	              ^               |  | Park
//	              |  Retry        |  +------> parked
//	              +---------------+             |
//	              +-----------------------------+
//	                           Release
//
// What has to be looked at before anybody does it begins parked: PostParked.
//
// The collection is the platform's. A payload holds identifiers, and no data of a tenant's people.
package jobs
