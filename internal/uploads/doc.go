// Package uploads keeps the files of one tenant. The bytes never pass through this program: a
// client asks for an upload, sends the file straight to the tenant's bucket by signed requests, and
// says when it is done; the bucket says so, too.
//
// A [Repository] is built from a [vending.Grant] and from nothing else, so the record goes to the
// caller's own database, the object to the caller's own bucket, and no method takes a tenant.
//
// An upload is a record and an object, and no transaction spans the two, so their order is chosen
// such that a crash between any two steps leaves something that a later call finishes:
//
//   - pending: the record is there, the object may or may not have arrived. Complete looks, and
//     Settle looks on behalf of clients that never came back to say so. Once its signed request can
//     begin no transfer any more, it is shown as unfinished.
//   - stored: the object is there, and the record knows its generation and checksum.
//   - binned: the file can be restored, and nothing else can be done with it. Its object stays
//     where it is. Its whole record is in one field, so that no query for files finds it: see
//     bin.go. After thirty days Settle deletes it for good. A version of this program that does not
//     know the state cannot read the record, so it takes it for no file.
//   - replaced: an earlier version of a file, kept in the same way, until it is made the file again
//     or deleted: see versions.go.
//   - deleting: nobody is shown the upload any more. An empty object keeps the place of its file,
//     for the signed request creates and never replaces: whoever holds it, or is sending at that
//     moment, is refused. Once that request has run out for certain, Settle removes object and
//     record.
//
// A file is inspected by another service, in the name of whoever sent it: see handover.go for what
// is handed over, and inspection.go for what is known of it. The record is the outbox of the events
// that follow from it.
//
// A list is a query that an index answers, so a page costs what it shows, however many files there
// are: see find.go. What it needs of a name is stored with the record (names.go). Where that is
// missing, a job fills it in once for a tenant, after an editor has looked at its files (fill.go).
//
// Records that are not settled carry the time at which they are next to be looked at. That makes
// them a queue which the database keeps in order without an index of its own, and a file that never
// arrives is looked at ever more rarely until it is given up.
package uploads
