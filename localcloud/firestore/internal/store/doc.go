// Package store keeps the documents of all databases: in memory for reading, in one file for
// keeping.
//
// A database in memory is one ordered tree of documents. Trees are never changed once published: a
// commit makes a copy-on-write clone, changes that, and publishes it. So a reader takes a
// [Snapshot], which is a pointer, and reads on undisturbed for as long as it likes. Older versions
// hang on each document for a few minutes, so that a snapshot of the recent past can be had as
// well; the first commit to the database after that lets go of them.
//
// Commits of all databases go through one goroutine. It takes all that wait, runs them one after
// the other on the working trees, writes what they changed into the file in a single transaction,
// which ends in an fsync, and only then publishes the trees and answers. Concurrent writers thereby
// share an fsync; what was answered survives the death of the process at any moment; and no reader
// ever sees what is not yet durable.
//
// Commit times are whole microseconds and rise strictly, over restarts too. A snapshot at time t
// holds every commit up to t, and no later commit will ever be given a time before it.
package store
