// Package mail writes to a tenant's people.
//
// Who is to be written to, and about what, is a Note. It lies in the tenant's own database, in the
// collection "mails", until it is sent: no address leaves the tenant's region before. Post writes a
// Note, after the intent of a job that sends it; the intent names the Note and nobody. Whatever
// dies in between, the job finds either the Note or nothing to do.
//
// A worker's Postman composes the letter when it is sent, and not before. So a secret that a letter
// carries is stored nowhere, and whether anybody has an address is looked up after the person who
// asked has had their answer.
//
// A letter is sent at least once. One that is sent again has the same Message-ID, by which most
// mailboxes drop it.
package mail
