// Package transaction keeps the transactions under way.
//
// A read-only transaction is a snapshot. A read-write transaction locks each document it reads, for
// itself alone, so that others who mean to read and then write the same document wait for their
// turn instead of failing at the end. Locks are about politeness, not correctness: a transaction
// also records what it observed, versions of documents and results of queries, and its commit is
// answered with ABORTED unless all of it still holds. So a write outside any transaction, or one
// that has waited long enough, may go ahead in spite of a lock, and no update is ever lost.
//
// A wait that would never end, for it closes a circle, is answered with ABORTED at once, and one
// that takes too long when its time is up. A transaction that is not used for a while expires and
// lets go of its locks.
package transaction
